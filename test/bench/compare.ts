import { probe } from './load/probe.ts';
import type { Load } from './load/request.ts';
import { type WrkRun, wrk } from './load/wrk.ts';
import type { Effort } from './plan.ts';
import type { Rounds } from './statistics.ts';

export interface Contestant {
  readonly name: string;
  readonly load: Load;
}

/** A run that does not count, and why. */
export interface Discarded {
  readonly round: number;
  readonly why: string;
}

/** What a program did, with as many runs as rounds: undefined where none counts. */
export interface Measured<Run = WrkRun> {
  readonly name: string;
  readonly runs: readonly (Run | undefined)[];
  readonly discarded: readonly Discarded[];
}

interface Judged {
  /** Why the run does not count; undefined where it does. */
  readonly fault: string | undefined;
}

/** Makes the calls of one run. */
export type RunLoad<Run extends Judged> = (load: Load, seconds: number) => Promise<Run>;

/** Each program is warmed up, then they take turns with as many calls as they manage. */
export async function compare(contestants: readonly Contestant[], effort: Effort): Promise<Measured[]> {
  await warmUp(contestants, effort);
  return takeTurns(contestants, effort, wrk);
}

export async function warmUp(contestants: readonly Contestant[], { warmUpSeconds }: Pick<Effort, 'warmUpSeconds'>): Promise<void> {
  for (const { load } of contestants) await wrk(load, warmUpSeconds);
}

/** A B A B. A run with any answer other than the right one is thrown away. */
export async function takeTurns<Run extends Judged>(
  contestants: readonly Contestant[],
  { rounds, seconds, tries }: Omit<Effort, 'warmUpSeconds'>,
  run: RunLoad<Run>,
): Promise<Measured<Run>[]> {
  const measured = contestants.map(({ name, load }) => ({ name, load, runs: [] as (Run | undefined)[], discarded: [] as Discarded[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { load, runs, discarded } of measured) {
      runs.push(
        await countedRun(
          tries,
          () => run(load, seconds),
          load,
          (why) => discarded.push({ round, why }),
        ),
      );
    }
  }
  return measured.map(({ name, runs, discarded }) => ({ name, runs, discarded }));
}

export function callsPerSecond({ runs }: Measured): Rounds {
  return runs.map((run) => run?.callsPerSecond);
}

async function countedRun<Run extends Judged>(
  tries: number,
  run: () => Promise<Run>,
  load: Load,
  discard: (why: string) => void,
): Promise<Run | undefined> {
  for (let tried = 0; tried < tries; tried++) {
    const before = await probe(load);
    const made = before === undefined ? await run() : undefined;
    const fault = before ?? made?.fault ?? (await probe(load));
    if (fault === undefined) return made;
    discard(fault);
  }
  return undefined;
}
