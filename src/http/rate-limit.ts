import type { LimitState } from '../quota/state.ts';

/** GB-seconds and money are units of our own; requests are the draft's. */
const quotaUnits = { requests: '', gbSeconds: ';qu="gb-seconds"', cost: ';qu="cost"' };

/**
 * `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11), every limit by its name. Whole numbers where the limit is one,
 * else up to three decimals, rounded down: no more is left than is said.
 */
export function rateLimitFields(limits: readonly LimitState[]): Record<string, string> {
  if (limits.length === 0) return {};
  const policies = limits.map(({ name, unit, amount, windowSeconds }) => {
    const window = Math.max(1, Math.ceil(windowSeconds));
    return `${quoted(name)};q=${shown(amount, amount)};w=${window}${quotaUnits[unit]}`;
  });
  const states = limits.map(
    ({ name, amount, remaining, resetMs }) => `${quoted(name)};r=${shown(remaining, amount)};t=${Math.max(0, Math.ceil(resetMs / 1_000))}`,
  );
  return { 'ratelimit-policy': policies.join(', '), ratelimit: states.join(', ') };
}

/** A string of RFC 9651 section 3.3.3. */
function quoted(name: string): string {
  return `"${name.replace(/["\\]/g, '\\$&')}"`;
}

function shown(value: number, amount: number): string {
  return Number.isInteger(amount) ? String(Math.floor(value)) : String(Math.floor(value * 1_000 + 1e-6) / 1_000);
}
