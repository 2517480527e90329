import { Half } from './half.ts';
import { bucketCount, edgeOf } from './memory-buckets.ts';

/** A function changes with its deployments: what is older than this is forgotten, half of it at a time. */
export const windowMs = 7 * 24 * 60 * 60 * 1_000;
const halfMs = windowMs / 2;

/** What was seen of a function's executions at one memory size. */
export interface Observed {
  readonly sizeMb: number;
  readonly executions: number;
  /** Of them, those that FunctionGraph ended for want of memory. */
  readonly outOfMemory: number;
  readonly usedP50Mb: number;
  readonly usedP99Mb: number;
  readonly usedPeakMb: number;
  /** Of all executions together. */
  readonly billedMs: number;
  /** The time in which they came, whatever of it the function stood idle. */
  readonly overMs: number;
}

/** Executions of one function at one memory size, over a sliding window of two halves. Times are monotonic. */
export class Observation {
  sizeMb: number;
  #sinceMs: number;
  /** Which half of all time `#newer` is. */
  #half: number;
  #newer = new Half();
  #older = new Half();

  constructor(sizeMb: number, sinceMs: number) {
    this.sizeMb = sizeMb;
    this.#sinceMs = sinceMs;
    this.#half = Math.floor(sinceMs / halfMs);
  }

  /** Forgets everything, and begins anew with another size. */
  restart(sizeMb: number, sinceMs: number): void {
    this.sizeMb = sizeMb;
    this.#sinceMs = sinceMs;
    this.#half = Math.floor(sinceMs / halfMs);
    this.#newer.clear();
    this.#older.clear();
  }

  add(nowMs: number, usedMb: number, billedMs: number, outOfMemory: boolean): void {
    this.#moveOn(nowMs);
    this.#newer.add(usedMb, billedMs, outOfMemory);
  }

  /** Undefined: nothing in the window. */
  observed(nowMs: number): Observed | undefined {
    this.#moveOn(nowMs);
    const newer = this.#newer;
    const older = this.#older;
    const executions = newer.executions + older.executions;
    if (executions === 0) return undefined;
    const usedPeakMb = Math.max(newer.peakMb, older.peakMb);
    return {
      sizeMb: this.sizeMb,
      executions,
      outOfMemory: newer.outOfMemory + older.outOfMemory,
      usedP50Mb: Math.min(usedPeakMb, this.#reachedBy(Math.ceil(executions * 0.5))),
      usedP99Mb: Math.min(usedPeakMb, this.#reachedBy(Math.ceil(executions * 0.99))),
      usedPeakMb,
      billedMs: newer.billedMs + older.billedMs,
      overMs: nowMs - Math.max(this.#sinceMs, (this.#half - 1) * halfMs),
    };
  }

  /** An edge that so many executions did not exceed, and fewer the one below it. */
  #reachedBy(executions: number): number {
    let count = 0;
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      count += this.#newer.countIn(bucket) + this.#older.countIn(bucket);
      if (count >= executions) return edgeOf(bucket);
    }
    return Number.POSITIVE_INFINITY;
  }

  #moveOn(nowMs: number): void {
    const passed = Math.floor(nowMs / halfMs) - this.#half;
    if (passed === 0) return;
    this.#half += passed;
    const oldest = this.#older;
    oldest.clear();
    this.#older = this.#newer;
    this.#newer = oldest;
    // None came for a whole half: what was the newer one is too old as well.
    if (passed > 1) this.#older.clear();
  }
}
