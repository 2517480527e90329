import type { Problem } from '../call.ts';

/** The longest `Retry-After` of an overload, in seconds. */
const longestSeconds = 3;

/** The refusal for want of a place. Callers are sent away for whole seconds at random, else those refused together come back together. */
export function overloaded(detail: string, random: () => number): Problem {
  return { code: 'overloaded', detail, retryAfterMs: 1_000 * (1 + Math.floor(random() * longestSeconds)) };
}
