import type { Problem } from '../call.ts';
import type { LimitState } from './state.ts';

/** Why a call may not run. */
export type Refusal =
  /** A limit of requests, or of money: the one that takes longest to be there again. */
  | { readonly limit: LimitState; readonly retryAfterMs: number }
  /** As many of its calls are under way as may be. */
  | { readonly limit: 'concurrency'; readonly places: number; readonly retryAfterMs: number };

const units = { requests: 'requests', gbSeconds: 'GB-seconds', cost: 'in cost' };

/** What the caller is told. `epochMs`: now. */
export function problemOf(refusal: Refusal, epochMs: number): Problem {
  const { limit, retryAfterMs } = refusal;
  if (limit === 'concurrency') {
    const detail = `all ${refusal.places} places for calls of this consumer at the same time are taken`;
    return { code: 'rate_limited', detail, retryAfterMs };
  }
  const { name, unit, amount, used, resetMs } = limit;
  const said = `the limit "${name}" of ${amount} ${units[unit]} is used up: ${shown(used)} used`;
  const whoseRest =
    unit === 'requests' ? ', and the rest is the share of other gateways while Redis is away' : ', and calls under way hold the rest';
  const held = used < amount ? whoseRest : '';
  const detail = `${said}${held}; it is there again at ${new Date(epochMs + resetMs).toISOString()}`;
  return { code: unit === 'requests' ? 'rate_limited' : 'quota_exhausted', detail, retryAfterMs };
}

/** Six digits, and no exponent. */
function shown(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toLocaleString('en-US', { maximumSignificantDigits: 6, useGrouping: false });
}
