import type { Clock } from '../call.ts';
import { unknownName } from '../name.ts';
import type { FunctionNumbers } from './numbers.ts';
import { type PointName, pointNames, Track, type TrackSize } from './track.ts';
import { type Bounds, risingNames, rowLength, type Window } from './window.ts';

const everyMs = 2_000;
/** Ten minutes of points that speak of ten seconds each, and windows of one minute. */
const size: TrackSize = { points: 300, windowSamples: 30, pointSamples: 5 };
/** Functions that are followed at a time; each takes some 24 kB. */
const mostFollowed = 500;

/** The points of charts, oldest first; `null` where nothing is known. Rates are by second, durations in seconds. */
export interface Series extends Readonly<Record<PointName, readonly (number | null)[]>> {
  /** Seconds since 1970. */
  readonly at: readonly number[];
}

interface Followed {
  readonly track: Track;
  /** The last sample before which it was called. */
  activeAt: number;
}

/**
 * What the gateway's own numbers were in the last minutes: sampled by a timer, so that a call costs nothing more. Functions that are called
 * are followed; when there are too many, those that were called last.
 */
export class History {
  readonly #numbers: () => Iterable<FunctionNumbers>;
  readonly #clock: Clock;
  readonly #followed = new Map<string, Followed>();
  /** Of each function at the last sample. */
  readonly #rows = new Map<string, Float64Array>();
  readonly #listeners = new Set<() => void>();
  /** Of the samples in the rings: monotonic, and since 1970. */
  readonly #nowMs: number[] = [];
  readonly #epochMs: number[] = [];
  #bounds: Bounds | undefined;
  /** Of the function that is looked at, one after the other. */
  #row: Float64Array | undefined;
  #total: Track | undefined;
  /** All that the functions rose by, those that have left the configuration among them: it never falls. */
  #totalRow: Float64Array | undefined;
  /** The number of the last sample; 0 is the beginning, when nothing had been called. */
  #sample = 0;
  /** Functions that may make room, those that were called longest ago last; made when it is first needed in a sample. */
  #idle: string[] | undefined;

  constructor({ numbers, clock }: { readonly numbers: () => Iterable<FunctionNumbers>; readonly clock: Clock }) {
    this.#numbers = numbers;
    this.#clock = clock;
    this.#nowMs[0] = clock.nowMs();
    this.#epochMs[0] = clock.epochMs();
  }

  /** When it was sampled last, in milliseconds since 1970. */
  get atMs(): number {
    return this.#epochMs[this.#sample % size.points]!;
  }

  /** Samples until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(everyMs, signal);
      if (!signal.aborted) this.sample();
    }
  }

  sample(): void {
    const sample = ++this.#sample;
    this.#nowMs[sample % size.points] = this.#clock.nowMs();
    this.#epochMs[sample % size.points] = this.#clock.epochMs();
    const seconds = this.#secondsSince(Math.max(0, sample - size.pointSamples));
    this.#idle = undefined;
    const present = new Set<string>();
    for (const numbers of this.#numbers()) {
      const { function: name } = numbers;
      this.#bounds ??= { duration: numbers.duration.bounds, overhead: numbers.overhead.bounds };
      this.#row ??= new Float64Array(rowLength(this.#bounds));
      const row = writeRow(numbers, this.#row);
      const before = this.#rows.get(name);
      // It left the configuration and came back, and counts from nothing again.
      if (before && row[0]! < before[0]!) before.fill(0);
      present.add(name);
      this.#trackOf(name, row, before)?.take(sample, row, seconds);
      if (name !== unknownName) this.#addRise(row, before);
      if (before) before.set(row);
      else this.#rows.set(name, row.slice());
    }
    for (const name of this.#rows.keys()) {
      if (present.has(name)) continue;
      this.#rows.delete(name);
      this.#followed.delete(name);
    }
    if (this.#totalRow) {
      this.#total ??= new Track(this.#bounds!, size, new Float64Array(this.#totalRow.length), true);
      this.#total.take(sample, this.#totalRow, seconds);
    }
    for (const listener of this.#listeners) listener();
  }

  /** `listener` is told after each sample, until the function that this gives is called. */
  onSample(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What happened in the last minute, or since the beginning. Undefined: it was not called, or too long ago. */
  window(name: string): Window | undefined {
    return this.#windowOf(this.#followed.get(name)?.track);
  }

  /** The same of all functions together; calls of names that are not configured are not among them. */
  totalWindow(): Window | undefined {
    return this.#windowOf(this.#total);
  }

  /** The last `points` of a function; undefined as with {@link window}. */
  series(name: string, points: number = size.points): Series | undefined {
    return this.#seriesOf(this.#followed.get(name)?.track, points);
  }

  totalSeries(points: number = size.points): Series | undefined {
    return this.#seriesOf(this.#total, points);
  }

  #windowOf(track: Track | undefined): Window | undefined {
    const samples = Math.min(size.windowSamples, this.#sample);
    return track?.window(this.#sample, samples, this.#secondsSince(this.#sample - samples));
  }

  #seriesOf(track: Track | undefined, points: number): Series | undefined {
    if (track === undefined) return undefined;
    const count = Math.min(points, size.points, this.#sample);
    const samples = Array.from({ length: count }, (_, at) => this.#sample - count + 1 + at);
    const column = (name: PointName) =>
      samples.map((sample) => track.point(sample, name)).map((value) => (Number.isNaN(value) ? null : value));
    const columns = Object.fromEntries(pointNames.map((name) => [name, column(name)])) as Record<PointName, (number | null)[]>;
    return { at: samples.map((sample) => this.#epochMs[sample % size.points]! / 1_000), ...columns };
  }

  #addRise(row: Float64Array, before: Float64Array | undefined): void {
    this.#totalRow ??= new Float64Array(row.length);
    for (let at = 0; at < row.length; at++) this.#totalRow[at]! += Math.max(0, row[at]! - (before?.[at] ?? 0));
  }

  /** `before`: its row at the last sample, of nothing where it counts anew since; undefined: it was not there. */
  #trackOf(name: string, row: Float64Array, before: Float64Array | undefined): Track | undefined {
    const followed = this.#followed.get(name);
    if (followed !== undefined) {
      if (row[0] !== before?.[0]) followed.activeAt = this.#sample;
      if (before?.[0] === 0) followed.track.restart(before);
      return followed.track;
    }
    if (row[0] === (before?.[0] ?? 0) || !this.#makeRoom()) return undefined;
    // What it did while it was not followed is nobody's news.
    const track = new Track(this.#bounds!, size, before === undefined ? new Float64Array(row.length) : row, before === undefined);
    this.#followed.set(name, { track, activeAt: this.#sample });
    return track;
  }

  /** False: all that are followed are called as well. */
  #makeRoom(): boolean {
    if (this.#followed.size < mostFollowed) return true;
    this.#idle ??= [...this.#followed]
      .filter(([, { activeAt }]) => activeAt < this.#sample - size.windowSamples)
      .toSorted(([, a], [, b]) => b.activeAt - a.activeAt)
      .map(([name]) => name);
    const name = this.#idle.pop();
    return name !== undefined && this.#followed.delete(name);
  }

  #secondsSince(sample: number): number {
    return (this.#nowMs[this.#sample % size.points]! - this.#nowMs[sample % size.points]!) / 1_000;
  }
}

function writeRow(numbers: FunctionNumbers, row: Float64Array): Float64Array {
  const { requests, outcomes, lookups, kept, executions, billedMbMs, wastedMbMs, savedMbMs, duration, overhead } = numbers;
  const plain: Readonly<Record<string, number>> = { requests, lookups, kept, executions, billedMbMs, wastedMbMs, savedMbMs };
  for (let at = 0; at < risingNames.length; at++) {
    const name = risingNames[at]!;
    row[at] = plain[name] ?? outcomes[name] ?? 0;
  }
  row.set(duration.counts, risingNames.length);
  row.set(overhead.counts, risingNames.length + duration.counts.length);
  return row;
}
