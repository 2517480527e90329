/** What was counted in the window. */
export interface Counts {
  readonly requests: number;
  readonly failures: number;
  readonly slow: number;
}

const buckets = 10;
/** Each bucket is three numbers in one array: requests, failures, slow. */
const width = 3;

/**
 * Counts calls over the last `windowMs`, in steps of a tenth of it. A call is counted whole when it is over, its request and its
 * outcome in one bucket: counted when it starts, a burst of calls that take longer than the window would show no failures among
 * its requests, and then failures without requests. Time is read from the caller; there is no timer.
 */
export class SlidingWindow {
  readonly #bucketMs: number;
  readonly #counts: number[] = new Array<number>(buckets * width).fill(0);
  readonly #totals = { requests: 0, failures: 0, slow: 0 };
  /** Which tenth of a window, since the clock began, was counted last. */
  #tenth = 0;

  constructor(windowMs: number) {
    this.#bucketMs = windowMs / buckets;
  }

  record(nowMs: number, failed: boolean, slow: boolean): void {
    this.#slide(nowMs);
    const at = (this.#tenth % buckets) * width;
    const counts = this.#counts;
    const totals = this.#totals;
    counts[at]! += 1;
    totals.requests += 1;
    if (failed) {
      counts[at + 1]! += 1;
      totals.failures += 1;
    }
    if (slow) {
      counts[at + 2]! += 1;
      totals.slow += 1;
    }
  }

  /** The counts as they are at `nowMs`: to be read at once, the object is the same each time. */
  counts(nowMs: number): Counts {
    this.#slide(nowMs);
    return this.#totals;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#totals.requests = 0;
    this.#totals.failures = 0;
    this.#totals.slow = 0;
  }

  #slide(nowMs: number): void {
    const tenth = Math.floor(nowMs / this.#bucketMs);
    if (tenth === this.#tenth) return;
    if (tenth - this.#tenth >= buckets) this.clear();
    else for (let passed = this.#tenth + 1; passed <= tenth; passed++) this.#forget((passed % buckets) * width);
    this.#tenth = tenth;
  }

  #forget(at: number): void {
    const counts = this.#counts;
    this.#totals.requests -= counts[at]!;
    this.#totals.failures -= counts[at + 1]!;
    this.#totals.slow -= counts[at + 2]!;
    counts.fill(0, at, at + width);
  }
}
