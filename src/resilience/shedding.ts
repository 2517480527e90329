import type { Problem } from '../call.ts';
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
 * with hundreds of connections a turn takes 10 to 40 ms. Heap: Envoy's overload manager begins at 92 % and stops requests at 95 %;
 * V8 collects so hard there that it hardly gets to anything else.
 */
export const sheddingThresholds: SheddingThresholds = {
  loopDelayMs: { from: 200, to: 1_000 },
  heapUsedRatio: { from: 0.92, to: 0.95 },
};

const lookEveryMs = 500;
/** One long pause says little, and calls must not come back all at once: so the share shed goes up and down by steps. */
const largestStep = 0.25;

export interface SheddingParts {
  readonly sample: () => Load;
  readonly thresholds: SheddingThresholds;
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number;
}

/** Refuses a growing share of the calls when the gateway itself cannot keep up. Asked before anything is read; health and metrics do not ask. */
export class Shedding {
  readonly #sample: () => Load;
  readonly #thresholds: SheddingThresholds;
  readonly #random: () => number;
  #share = 0;

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
    const { loopDelayMs, heapUsedRatio } = this.#sample();
    const wanted = Math.max(along(this.#thresholds.loopDelayMs, loopDelayMs), along(this.#thresholds.heapUsedRatio, heapUsedRatio));
    this.#share += clamp(wanted - this.#share, -largestStep, largestStep);
  }

  /** Whether this call is refused. Costs one comparison as long as all is well. */
  overloaded(): Problem | undefined {
    if (this.#share === 0 || this.#random() >= this.#share) return undefined;
    const detail = `the gateway cannot keep up and refuses ${Math.round(this.#share * 100)} % of the calls`;
    return overloaded(detail, this.#random);
  }
}

export interface OpenShedding extends Pick<Shedding, 'overloaded'> {
  close(): void;
}

/** Watches this process, twice a second. Does not keep it alive. */
export function openShedding(random: () => number): OpenShedding {
  const shedding = new Shedding({ sample: processLoad(), thresholds: sheddingThresholds, random });
  const timer = setInterval(() => shedding.look(), lookEveryMs).unref();
  return { overloaded: () => shedding.overloaded(), close: () => clearInterval(timer) };
}

function along({ from, to }: Bounds, value: number): number {
  return clamp((value - from) / (to - from), 0, 1);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
