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

/** What is the same for every call that a limit counts. */
interface Terms extends Pick<LimitState, 'unit' | 'amount' | 'windowSeconds'> {
  readonly quotedName: string;
  readonly policy: string;
}

/** By name: most limits of one name are the same for all consumers, and of others the last one is remembered. */
const lastTerms = new Map<string, Terms>();
const none: readonly string[] = [];

/** `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11), every limit by its name, as names and values in turns. `r=0`: the next call is refused. */
export function rateLimitFields(limits: readonly LimitState[]): readonly string[] {
  if (limits.length === 0) return none;
  let policies = '';
  let states = '';
  for (const limit of limits) {
    const { quotedName, policy } = termsOf(limit);
    const left = Math.ceil(limit.remaining * quotaUnits[limit.unit].perUnit - 1e-6);
    const between = policies === '' ? '' : ', ';
    policies += between + policy;
    states += `${between}${quotedName};r=${Math.max(0, left)};t=${Math.max(0, Math.ceil(limit.resetMs / 1_000))}`;
  }
  return ['ratelimit-policy', policies, 'ratelimit', states];
}

function termsOf({ name, unit, amount, windowSeconds }: LimitState): Terms {
  const last = lastTerms.get(name);
  if (last?.amount === amount && last.unit === unit && last.windowSeconds === windowSeconds) return last;
  const { perUnit, name: quotaUnit } = quotaUnits[unit];
  const quotedName = quoted(name);
  const quota = Math.max(1, Math.round(amount * perUnit));
  const policy = `${quotedName};q=${quota};w=${Math.max(1, Math.ceil(windowSeconds))}${quotaUnit}`;
  const terms = { unit, amount, windowSeconds, quotedName, policy };
  lastTerms.set(name, terms);
  return terms;
}

/** A string of RFC 9651 section 3.3.3. */
function quoted(name: string): string {
  return `"${name.replace(/["\\]/g, '\\$&')}"`;
}
