import type { Problem } from '../call.ts';
import type { Priority } from '../consumer.ts';
import { overloaded } from './overloaded.ts';
import { type Load, processLoad } from './process-load.ts';

/** Nothing is shed below `from`, everything from `to` on. */
export interface Bounds {
  readonly from: number;
  readonly to: number;
}

export type SheddingThresholds = { readonly [Sign in keyof Load]: Bounds };

/**
 * Loop: a call takes about five turns, so at 200 ms each the gateway adds a second to it, and at 1 s its callers have long left; at full load
 * with hundreds of connections a turn takes 10 to 40 ms. Entry: the same second
 * and five, spent where calls wait for their turn, see `begin-in-turn.ts`. Heap: Envoy's overload manager begins at 92 % and stops requests at 95 %;
 * V8 collects so hard there that it hardly gets to anything else.
 */
export const sheddingThresholds: SheddingThresholds = {
  loopDelayMs: { from: 200, to: 1_000 },
  entryDelayMs: { from: 1_000, to: 5_000 },
  heapUsedRatio: { from: 0.92, to: 0.95 },
};

const lookEveryMs = 500;
/** One long pause says little, and calls must not come back all at once: so the share shed goes up and down by steps. */
const largestStep = 0.25;

const signs: readonly (keyof Load)[] = ['loopDelayMs', 'entryDelayMs', 'heapUsedRatio'];

export interface SheddingParts {
  readonly sample: () => Load;
  readonly thresholds: SheddingThresholds;
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number;
}

/** Who goes first when calls are shed. */
const order: readonly Priority[] = ['low', 'normal', 'high'];
/** What is left of a count at each look: so many calls that one look's luck does not decide, so few that it follows who calls now. */
const remembered = 0.5;

/**
 * Refuses a growing share of the calls when the gateway itself cannot keep up. Asked before anything is read; health and metrics do not ask.
 *
 * The share is one of all calls, and the lowest priority makes it up as far as it reaches, then the next. How far that is depends on who calls:
 * fixed thresholds would shed nothing where nobody has low priority, and too much where everybody has. So the calls are counted by priority,
 * and where all have the same it bears the whole share, as if there were none.
 */
export class Shedding {
  readonly #sample: () => Load;
  readonly #thresholds: SheddingThresholds;
  readonly #random: () => number;
  #share = 0;
  /** Calls lately, refused or not. */
  readonly #asked: Record<Priority, number> = { high: 0, normal: 0, low: 0 };
  /** Of the calls of each priority, 0 to 1. */
  readonly #refused: Record<Priority, number> = { high: 0, normal: 0, low: 0 };

  constructor({ sample, thresholds, random }: SheddingParts) {
    this.#sample = sample;
    this.#thresholds = thresholds;
    this.#random = random;
  }

  /** Of the calls, 0 to 1. */
  get share(): number {
    return this.#share;
  }

  /** Measures, and decides how much is shed until the next look. */
  look(): void {
    const load = this.#sample();
    const wanted = Math.max(...signs.map((sign) => along(this.#thresholds[sign], load[sign])));
    this.#share += clamp(wanted - this.#share, -largestStep, largestStep);
    this.#divide();
  }

  /** Whether a call of this priority is refused. Costs a count and a comparison as long as all is well. */
  overloaded(priority: Priority): Problem | undefined {
    this.#asked[priority] += 1;
    if (this.#share === 0 || this.#random() >= this.#refused[priority]) return undefined;
    const detail = `the gateway cannot keep up and refuses ${Math.round(this.#share * 100)} % of the calls`;
    return overloaded(detail, this.#random);
  }

  /** The share among the priorities, by how many calls each has made, and one more: of those who have made none it is known who goes first. */
  #divide(): void {
    let left = this.#share * order.reduce((all, priority) => all + this.#asked[priority] + 1, 0);
    for (const priority of order) {
      const asked = this.#asked[priority] + 1;
      this.#refused[priority] = clamp(left / asked, 0, 1);
      left -= asked;
      this.#asked[priority] *= remembered;
    }
  }
}

export interface OpenShedding extends Pick<Shedding, 'overloaded' | 'share'> {
  close(): void;
}

/** Watches this process, twice a second. Does not keep it alive. */
export function openShedding(random: () => number): OpenShedding {
  const shedding = new Shedding({ sample: processLoad(), thresholds: sheddingThresholds, random });
  const timer = setInterval(() => shedding.look(), lookEveryMs).unref();
  return {
    overloaded: (priority) => shedding.overloaded(priority),
    get share() {
      return shedding.share;
    },
    close: () => clearInterval(timer),
  };
}

function along({ from, to }: Bounds, value: number): number {
  return clamp((value - from) / (to - from), 0, 1);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
