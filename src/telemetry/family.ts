import type { Label } from './count.ts';
import type { Distribution } from './distribution.ts';

/** One value of a counter or a gauge: its labels' values in the order of the family's, and the value in base units. */
export type Sample = readonly [labels: readonly Label[], value: number];
export type HistogramSample = readonly [labels: readonly Label[], distribution: Distribution];

/** All series of one name: what it is called, what it means, and how its values are read when somebody asks. */
export type Family = {
  readonly name: string;
  /** For Prometheus and for the documentation: a sentence. */
  readonly help: string;
  readonly labels: readonly string[];
} & (
  | { readonly type: 'counter'; samples(): Iterable<Sample> }
  /** `watched`: its series are not held by the gateway's own counting, so that its bound on them is kept when they are shown. */
  | { readonly type: 'gauge'; readonly watched?: true; samples(): Iterable<Sample> }
  | { readonly type: 'histogram'; samples(): Iterable<HistogramSample> }
);
