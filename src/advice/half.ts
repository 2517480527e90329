import { bucketCount, bucketOf } from './memory-buckets.ts';

/** What was seen of one function in one half of the window. */
export class Half {
  executions = 0;
  outOfMemory = 0;
  billedMs = 0;
  peakMb = 0;
  readonly #counts = new Uint32Array(bucketCount);

  add(usedMb: number, billedMs: number, outOfMemory: boolean): void {
    this.executions += 1;
    this.billedMs += billedMs;
    if (outOfMemory) this.outOfMemory += 1;
    if (usedMb > this.peakMb) this.peakMb = usedMb;
    this.#counts[bucketOf(usedMb)]! += 1;
  }

  countIn(bucket: number): number {
    return this.#counts[bucket]!;
  }

  clear(): void {
    if (this.executions === 0) return;
    this.executions = 0;
    this.outOfMemory = 0;
    this.billedMs = 0;
    this.peakMb = 0;
    this.#counts.fill(0);
  }
}
