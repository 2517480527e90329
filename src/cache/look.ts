import { mbMsPerGbSecond, type Target } from '../call.ts';
import { wholeSeconds } from './cache-status.ts';
import type { Found, KeptResults } from './kept-results.ts';

/** A call as its key sees it. */
export interface CallToLookFor {
  readonly consumer: string;
  /** JSON text in UTF-8. */
  readonly event: Buffer;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A kept result for an operator to see: all but its body, which may be anybody's. */
export interface KeptFacts {
  readonly tier: 'memory' | 'redis';
  /** As in `freshness.ts`. */
  readonly state: string;
  readonly status: number;
  readonly bytes: number;
  readonly storedAt: string;
  readonly ageSeconds: number;
  /** Negative: stale for so long. */
  readonly ttlSeconds: number;
  /** What each hit saves. */
  readonly billedGbSeconds: number | undefined;
}

/** Where the result of such a call is kept, and what is kept there. No key: its results cannot be kept. */
export async function lookFor(
  results: KeptResults,
  target: Target,
  { consumer, event, headers }: CallToLookFor,
): Promise<{ readonly key: string | undefined; readonly kept: KeptFacts | undefined }> {
  const varied = target.cache?.vary.map((name) => headers[name] ?? '') ?? [];
  const key = results.keyOf({ target, consumer, event, varied, wantsLog: false });
  const found = key === undefined ? undefined : await results.peek(key, target.cache!);
  return { key, kept: found && factsOf(found) };
}

export function factsOf({ result, tier, freshness }: Found): KeptFacts {
  return {
    tier,
    state: freshness.state,
    status: result.status,
    bytes: result.body.length,
    storedAt: new Date(result.storedAtMs).toISOString(),
    ageSeconds: wholeSeconds(freshness.ageMs),
    ttlSeconds: wholeSeconds(freshness.leftMs),
    billedGbSeconds: result.billedMbMs === undefined ? undefined : result.billedMbMs / mbMsPerGbSecond,
  };
}
