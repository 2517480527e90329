/** What was used. Whole numbers, so that sums are exact. */
export interface Counts {
  /** Accepted calls. */
  requests: number;
  /** Of them, answered from what is kept. */
  kept: number;
  /** Billed executions. */
  executions: number;
  /** What they were billed: MB of their memory × billed ms. */
  mbMs: number;
  /** Of that, what answered nobody: retries, timeouts, callers who left. */
  wastedMbMs: number;
}

/** What is used more; absent: nothing. */
export type Use = Readonly<Partial<Counts>>;

export const counters: readonly (keyof Counts)[] = ['requests', 'kept', 'executions', 'mbMs', 'wastedMbMs'];

export function noCounts(): Counts {
  return { requests: 0, kept: 0, executions: 0, mbMs: 0, wastedMbMs: 0 };
}

export function addUse(counts: Counts, use: Use): void {
  counts.requests += use.requests ?? 0;
  counts.kept += use.kept ?? 0;
  counts.executions += use.executions ?? 0;
  // A summary may speak of a part of a millisecond, which the sums in Redis cannot hold.
  counts.mbMs += Math.round(use.mbMs ?? 0);
  counts.wastedMbMs += Math.round(use.wastedMbMs ?? 0);
}
