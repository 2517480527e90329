import type { CacheDirectives, CachePolicy, Outcome } from '../call.ts';
import type { KeptResult } from './store.ts';

/** How old a kept result is, and what it is still good for. */
export interface Freshness {
  /**
   * `fresh`: for every call. `revalidate`: for every call, and to be computed anew meanwhile. `on_error`: for calls whose own
   * computation fails. `over`: for none.
   */
  readonly state: 'fresh' | 'revalidate' | 'on_error' | 'over';
  readonly ageMs: number;
  /** How long it is still fresh; negative: how long it has been stale. */
  readonly leftMs: number;
}

/** By the policy in force, not the one it was kept under: a shorter `ttl` holds at once. */
export function freshnessOf({ storedAtMs, freshUntilMs, mayBeStale }: KeptResult, policy: CachePolicy, nowMs: number): Freshness {
  const untilMs = Math.min(freshUntilMs, storedAtMs + policy.ttlMs);
  // Another gateway's clock may be ahead of this one's.
  const ageMs = Math.max(0, nowMs - storedAtMs);
  const leftMs = Math.min(untilMs - nowMs, policy.ttlMs);
  const state = stateAfter(-leftMs, policy);
  return { state: state === 'fresh' || mayBeStale ? state : 'over', ageMs, leftMs };
}

/** The states follow each other; a window that ends before the one before it adds nothing. */
function stateAfter(staleMs: number, { staleWhileRevalidateMs, staleIfErrorMs }: CachePolicy): Freshness['state'] {
  if (staleMs < 0) return 'fresh';
  if (staleMs < staleWhileRevalidateMs) return 'revalidate';
  return staleMs < staleIfErrorMs ? 'on_error' : 'over';
}

/** How long a result is of any use from when it is stored. */
export function usefulMs({ staleWhileRevalidateMs, staleIfErrorMs }: CachePolicy, freshMs: number): number {
  return freshMs + Math.max(staleWhileRevalidateMs, staleIfErrorMs);
}

/** Whether a caller may be answered with it at once. RFC 9111 section 5.2.1: `max-age` without `max-stale` wants nothing stale. */
export function mayAnswer({ state, ageMs }: Freshness, { noCache, noStore, maxAgeMs }: CacheDirectives): boolean {
  if (noCache || noStore) return false;
  if (maxAgeMs !== undefined) return state === 'fresh' && ageMs <= maxAgeMs;
  return state === 'fresh' || state === 'revalidate';
}

/** Whether it may stand in for an answer that could not be had. RFC 5861 section 4, and the caller's own wishes. */
export function mayStandIn(
  { state, leftMs }: Freshness,
  { staleIfErrorMs }: CachePolicy,
  { noCache, noStore, maxAgeMs }: CacheDirectives,
): boolean {
  return state !== 'over' && -leftMs < staleIfErrorMs && !noCache && !noStore && maxAgeMs === undefined;
}

/** Whether an outcome is the kind of failure that a stale result is better than: RFC 5861's 5xx, throttling, and no place or circuit for it. */
export function isWorseThanStale(outcome: Outcome): boolean {
  switch (outcome.kind) {
    case 'ok':
    case 'abandoned':
      return false;
    case 'function_error':
      return outcome.answer.status >= 500;
    case 'throttled':
      // Its owner switched it off: that is no failure.
      return !outcome.disabled;
    case 'upstream_error':
      return outcome.cause !== 'service' || outcome.answer.status >= 500;
    default:
      return true;
  }
}

/**
 * Whether a fresh result is to be computed anew before it ends: the sooner it ends, the longer it takes to compute and the more often
 * it is asked for, the likelier. Source: Vattani, Chierichetti, Lowenstein, "Optimal Probabilistic Cache Stampede Prevention", VLDB 2015,
 * with β = 1.
 */
export function isDueEarly({ leftMs }: Freshness, { tookMs }: KeptResult, random: () => number): boolean {
  return leftMs <= -Math.log(1 - random()) * tookMs;
}
