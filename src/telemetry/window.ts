import { quantileOf } from './distribution.ts';

/** The bounds of the histograms of a function's numbers, in seconds. */
export interface Bounds {
  readonly duration: readonly number[];
  readonly overhead: readonly number[];
}

/** What rises, in the order in which a row holds it; the buckets of both histograms follow. */
export const risingNames = [
  'requests',
  'ok',
  'function_error',
  'upstream_error',
  'refused',
  'gateway_error',
  'client_closed',
  'lookups',
  'kept',
  'executions',
  'billedMbMs',
  'wastedMbMs',
  'savedMbMs',
] as const;

export type Rising = (typeof risingNames)[number];

/** What happened in a while. Durations are in seconds. */
export interface Window extends Readonly<Record<Rising, number>> {
  readonly seconds: number;
  /** Undefined where nothing was observed. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  readonly overheadP50: number | undefined;
  readonly overheadP99: number | undefined;
}

export function rowLength({ duration, overhead }: Bounds): number {
  return risingNames.length + duration.length + 1 + overhead.length + 1;
}

/** The difference of two rows. */
export function windowOf(bounds: Bounds, from: ArrayLike<number>, to: ArrayLike<number>, seconds: number): Window {
  const rose = Float64Array.from(to, (value, at) => value - from[at]!);
  const overheadAt = risingNames.length + bounds.duration.length + 1;
  const duration = rose.subarray(risingNames.length, overheadAt);
  const overhead = rose.subarray(overheadAt);
  return {
    ...(Object.fromEntries(risingNames.map((name, at) => [name, rose[at]!])) as Record<Rising, number>),
    seconds,
    p50: quantileOf(bounds.duration, duration, 0.5),
    p99: quantileOf(bounds.duration, duration, 0.99),
    overheadP50: quantileOf(bounds.overhead, overhead, 0.5),
    overheadP99: quantileOf(bounds.overhead, overhead, 0.99),
  };
}

/** Answers that were no result; a caller who left wanted none. */
export function errorsOf(window: Readonly<Record<Rising, number>>): number {
  return window.function_error + window.upstream_error + window.refused + window.gateway_error;
}
