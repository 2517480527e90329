/** One observation of a bucket, with the trace it belongs to. */
export interface Exemplar {
  readonly traceId: string;
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** A histogram: how many observations were at most each bound. */
export class Distribution {
  /** Ascending. */
  readonly bounds: readonly number[];
  /** Of each bucket alone, and one more than there are bounds: the last is of what is beyond all of them. */
  readonly counts: Float64Array;
  sum = 0;
  count = 0;
  #exemplars: (Exemplar | undefined)[] | undefined;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  /** How many series it makes: a bucket each, their sum and their count. */
  static seriesOf(bounds: readonly number[]): number {
    return bounds.length + 3;
  }

  observe(value: number): void {
    this.counts[this.#bucketOf(value)]! += 1;
    this.sum += value;
    this.count += 1;
  }

  /** The same, and the last one of its bucket that can be looked up by its trace. */
  observeTraced(value: number, traceId: string, atMs: number): void {
    this.observe(value);
    this.#exemplars ??= [];
    this.#exemplars[this.#bucketOf(value)] = { traceId, value, atMs };
  }

  exemplarOf(bucket: number): Exemplar | undefined {
    return this.#exemplars?.[bucket];
  }

  /** Adds all that `other` has observed, by the same bounds. */
  add(other: Distribution): void {
    for (let bucket = 0; bucket < this.counts.length; bucket++) this.counts[bucket]! += other.counts[bucket]!;
    this.sum += other.sum;
    this.count += other.count;
  }

  /** A dozen bounds, and most observations among the first: no search is quicker. */
  #bucketOf(value: number): number {
    let bucket = 0;
    while (bucket < this.bounds.length && value > this.bounds[bucket]!) bucket++;
    return bucket;
  }
}

/**
 * The value below which the share `q` (0 to 1) of the observations lie, as far as buckets tell: within a bucket they are taken to be evenly
 * spread, as by `histogram_quantile` of Prometheus. Beyond the last bound it is that bound. Undefined when nothing was observed.
 *
 * @param counts of each bucket alone, one more than there are bounds
 */
export function quantileOf(bounds: readonly number[], counts: ArrayLike<number>, q: number): number | undefined {
  let total = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) total += counts[bucket]!;
  if (total === 0) return undefined;
  const rank = q * total;
  let below = 0;
  for (let bucket = 0; bucket < bounds.length; bucket++) {
    const count = counts[bucket]!;
    if (count > 0 && below + count >= rank) {
      const from = bucket === 0 ? 0 : bounds[bucket - 1]!;
      return from + (bounds[bucket]! - from) * ((rank - below) / count);
    }
    below += count;
  }
  return bounds.at(-1);
}
