import { parseArgs } from 'node:util';

export const sectionNames = ['calls', 'latency', 'kept', 'redis', 'sizes', 'growth', 'memory'] as const;
export type SectionName = (typeof sectionNames)[number];

/** How long everything is measured. */
export interface Effort {
  /** How often the programs take turns. */
  readonly rounds: number;
  /** Of one run of one program. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** How often a run is made that does not count, until one does: what disturbed it is over after a while, what is wrong stays. */
  readonly tries: number;
}

export interface Plan extends Effort {
  readonly quick: boolean;
  readonly sections: readonly SectionName[];
  readonly jsonFile: string;
}

export const usage = `npm run bench -- [--quick] [--only SECTION,…] [--rounds N] [--seconds S] [--json FILE]
Measures Runway beside other programs that do the same, and writes what it found to FILE (bench.json).
--quick takes less than a minute: fewer sections and programs, short runs. Sections: ${sectionNames.join(', ')}.
npm run bench:steps measures the steps of a call alone, in one process; npm run bench:flame draws where its time goes.`;

/** Five rounds let one that was disturbed be told from the rest; two rounds of a second show no more than the order of things. */
const whole: Effort = { rounds: 5, seconds: 4, warmUpSeconds: 8, tries: 3 };
const quick: Effort = { rounds: 2, seconds: 1, warmUpSeconds: 2, tries: 2 };
const quickSections: readonly SectionName[] = ['calls', 'latency', 'kept', 'redis'];

/** Undefined: help is asked for. @throws with what is allowed, where an argument is not. */
export function planOf(args: readonly string[]): Plan | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      json: { type: 'string', default: 'bench.json' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const usual = values.quick ? quick : whole;
  return {
    quick: values.quick,
    sections: values.only === undefined ? (values.quick ? quickSections : sectionNames) : chosen(values.only),
    rounds: numberOf('--rounds', values.rounds, 1, 100) ?? usual.rounds,
    seconds: numberOf('--seconds', values.seconds, 1, 600) ?? usual.seconds,
    warmUpSeconds: usual.warmUpSeconds,
    tries: usual.tries,
    jsonFile: values.json,
  };
}

function chosen(only: string): readonly SectionName[] {
  const wanted = only.split(',');
  const unknown = wanted.find((name) => !sectionNames.some((known) => known === name));
  if (unknown !== undefined) throw new Error(`--only has ${JSON.stringify(unknown)}, allowed are ${sectionNames.join(', ')}`);
  return sectionNames.filter((name) => wanted.includes(name));
}

/** Of an argument; undefined where it is not there. @throws with what is allowed */
export function numberOf(name: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  const allowed = Number.isInteger(value) && value >= least && value <= most;
  if (!allowed) throw new Error(`${name} is ${JSON.stringify(text)}, allowed is a whole number from ${least} to ${most}`);
  return value;
}
