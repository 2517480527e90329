import type { LimitState } from '../quota/state.ts';

/**
 * Whole numbers, as the draft wants them, in units that are small enough to count down with each call: a millionth of a GB-second, and of the
 * currency. Requests are the draft's own unit.
 */
const quotaUnits = {
  requests: { perUnit: 1, name: '' },
  gbSeconds: { perUnit: 1_000_000, name: ';qu="gb-microseconds"' },
  cost: { perUnit: 1_000_000, name: ';qu="cost-micros"' },
};

const none: readonly string[] = [];

/** `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11), every limit by its name, as names and values in turns. `r=0`: the next call is refused. */
export function rateLimitFields(limits: readonly LimitState[]): readonly string[] {
  if (limits.length === 0) return none;
  const policies = limits.map(({ name, unit, amount, windowSeconds }) => {
    const { perUnit, name: quotaUnit } = quotaUnits[unit];
    return `${quoted(name)};q=${Math.max(1, Math.round(amount * perUnit))};w=${Math.max(1, Math.ceil(windowSeconds))}${quotaUnit}`;
  });
  const states = limits.map(({ name, unit, remaining, resetMs }) => {
    const left = Math.ceil(remaining * quotaUnits[unit].perUnit - 1e-6);
    return `${quoted(name)};r=${Math.max(0, left)};t=${Math.max(0, Math.ceil(resetMs / 1_000))}`;
  });
  return ['ratelimit-policy', policies.join(', '), 'ratelimit', states.join(', ')];
}

/** A string of RFC 9651 section 3.3.3. */
function quoted(name: string): string {
  return `"${name.replace(/["\\]/g, '\\$&')}"`;
}
