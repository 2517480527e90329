import type { Summary } from '../call.ts';

/** Where FunctionGraph says what an execution took and costs. */
export const summaryHeader = 'x-cff-invoke-summary';

export type SummaryResult =
  | { readonly kind: 'read'; readonly summary: Summary }
  /** FunctionGraph sent none: the function did not run, or the API does not say. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable' };

/**
 * Reads `X-Cff-Invoke-Summary`, such as `{"duration":1.913,"billingDuration":100,"memorySize":128,"memoryUsed":41.5}`
 * in ms and MB. Fields beyond these four may come; each of the four must be a number from 0 to 10^9.
 * Source: FunctionGraph API reference, "Executing a Function Synchronously".
 */
export function parseSummary(text: string | undefined): SummaryResult {
  if (text === undefined) return { kind: 'absent' };
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    return { kind: 'unreadable' };
  }
  if (typeof fields !== 'object' || fields === null) return { kind: 'unreadable' };
  const { duration, billingDuration, memorySize, memoryUsed } = fields as Record<string, unknown>;
  if (!isAmount(duration) || !isAmount(billingDuration) || !isAmount(memorySize) || !isAmount(memoryUsed)) return { kind: 'unreadable' };
  return { kind: 'read', summary: { durationMs: duration, billedMs: billingDuration, memorySizeMb: memorySize, memoryUsedMb: memoryUsed } };
}

/** Far beyond what any execution takes: what is larger was not measured, and would spoil every sum it goes into. */
const maxAmount = 1e9;

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= maxAmount;
}
