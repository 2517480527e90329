import { quantileOf } from './distribution.ts';
import { type Bounds, risingNames, rowLength, type Window, windowOf } from './window.ts';

/** What charts show, at each sample: what happened by second, and how long it took, in the last seconds before it. */
export const pointNames = [
  'ok',
  'function_error',
  'upstream_error',
  'refused',
  'gateway_error',
  'client_closed',
  'lookups',
  'kept',
  'p50',
  'p99',
] as const;

export type PointName = (typeof pointNames)[number];

const rates = pointNames.slice(0, -2).map((name) => risingNames.indexOf(name as (typeof risingNames)[number]));
const durationAt = risingNames.length;

export interface TrackSize {
  /** Samples that charts go back. */
  readonly points: number;
  /** Samples that a window goes back. */
  readonly windowSamples: number;
  /** Samples that a point speaks of: by a single one it would jump. */
  readonly pointSamples: number;
}

/** The last samples of one function, in rings: of all of them what charts show, of the last ones all that rises. */
export class Track {
  readonly #bounds: Bounds;
  readonly #size: TrackSize;
  /** A row of what rises for each of the last samples and the one before them. */
  readonly #rows: Float64Array;
  readonly #rowLength: number;
  /** A row for each point; not a number where nothing is known. */
  readonly #points: Float32Array;
  readonly #difference: Float64Array;

  /** @param baseline what it had come to at the sample before its first; `known`: and before that it was nothing */
  constructor(bounds: Bounds, size: TrackSize, baseline: Float64Array, known: boolean) {
    this.#bounds = bounds;
    this.#size = size;
    this.#rowLength = rowLength(bounds);
    this.#rows = new Float64Array((size.windowSamples + 1) * this.#rowLength);
    this.restart(baseline);
    this.#points = new Float32Array(size.points * pointNames.length).fill(Number.NaN);
    if (known) for (let at = 0; at < this.#points.length; at++) if (at % pointNames.length < rates.length) this.#points[at] = 0;
    this.#difference = new Float64Array(bounds.duration.length + 1);
  }

  /** It counts from somewhere else: the window begins anew, and the points stay. */
  restart(baseline: Float64Array): void {
    for (let at = 0; at <= this.#size.windowSamples; at++) this.#rows.set(baseline, at * this.#rowLength);
  }

  /** Takes sample number `sample`. `seconds`: since the one that its point goes back to. */
  take(sample: number, row: Float64Array, seconds: number): void {
    const earlier = this.#row(sample - this.#size.pointSamples);
    this.#rows.set(row, this.#offset(sample));
    const point = (sample % this.#size.points) * pointNames.length;
    for (let at = 0; at < rates.length; at++) {
      const rising = rates[at]!;
      this.#points[point + at] = (row[rising]! - earlier[rising]!) / seconds;
    }
    for (let at = 0; at < this.#difference.length; at++) this.#difference[at] = row[durationAt + at]! - earlier[durationAt + at]!;
    this.#points[point + rates.length] = quantileOf(this.#bounds.duration, this.#difference, 0.5) ?? Number.NaN;
    this.#points[point + rates.length + 1] = quantileOf(this.#bounds.duration, this.#difference, 0.99) ?? Number.NaN;
  }

  /** What happened in the last samples up to `sample`. */
  window(sample: number, samples: number, seconds: number): Window {
    return windowOf(this.#bounds, this.#row(sample - samples), this.#row(sample), seconds);
  }

  point(sample: number, name: PointName): number {
    return this.#points[(sample % this.#size.points) * pointNames.length + pointNames.indexOf(name)]!;
  }

  #row(sample: number): Float64Array {
    const offset = this.#offset(sample);
    return this.#rows.subarray(offset, offset + this.#rowLength);
  }

  #offset(sample: number): number {
    const slots = this.#size.windowSamples + 1;
    return (((sample % slots) + slots) % slots) * this.#rowLength;
  }
}
