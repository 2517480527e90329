import type { DayRange } from './report-query.ts';

/** GB is 1024 MB. */
export interface CostAmounts {
  readonly requests: number;
  readonly kept: number;
  readonly executions: number;
  readonly gbSeconds: number;
  readonly wastedGbSeconds: number;
  /** Absent where there are no prices. */
  readonly cost?: number;
}

export type CostRow = ({ readonly day: string; readonly function: string } | { readonly day: string; readonly consumer: string }) &
  CostAmounts;

export interface CostReport extends DayRange {
  /** Absent where there are no prices. */
  readonly currency?: string;
  /** False: some of it is not known, `missing` says what. */
  readonly complete: boolean;
  readonly missing?: string;
  readonly total: CostAmounts;
  readonly rows: readonly CostRow[];
}
