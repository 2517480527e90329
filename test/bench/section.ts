import type { Discarded } from './compare.ts';
import type { ComparedUnit, Goal } from './goals.ts';
import type { Plan } from './plan.ts';
import type { Upstream } from './programs/upstream.ts';
import type { Rounds } from './statistics.ts';

export type Unit = 'calls/s' | 'MB/s' | 'ms' | 'MB';

/** One figure of the table, with every run it is made of. */
export interface Row {
  readonly name: string;
  readonly unit: Unit;
  readonly runs: Rounds;
  readonly discarded?: readonly Discarded[];
  /** Why there is no figure. */
  readonly missing?: string;
  /** What the goal is about, see the section's `comparison`. Undefined where there is nothing to compare. */
  readonly compared?: number | undefined;
  readonly goal?: Goal | undefined;
}

export interface Section {
  readonly title: string;
  /** What `compared` is. */
  readonly comparison: string;
  readonly comparedUnit: ComparedUnit;
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

/** What every section needs. */
export interface Bench {
  readonly plan: Plan;
  readonly upstream: Upstream;
  /** For files that are of no use afterwards. */
  readonly folder: string;
}

export type Measure = (bench: Bench) => Promise<Section>;
