import type { CachePolicy, Call, Invoke, Outcome, Problem } from '../call.ts';
import { cacheStatus, type Forwarded } from './cache-status.ts';
import { Computations, type ComputationsParts, type Computed } from './computations.ts';
import { outcomeOf } from './computing.ts';
import { isDueEarly, isWorseThanStale, mayAnswer, mayStandIn } from './freshness.ts';
import type { Found, KeptResults } from './kept-results.ts';
import type { Tier } from './tiers.ts';

/** What a caller gets, and how it came to be. */
export interface Recalled {
  readonly outcome: Outcome;
  readonly cacheStatus: string;
  /** Of a kept result, one that another gateway has just computed too. */
  readonly ageMs?: number;
  /** The end of what is computed in the background because of this call. */
  readonly refresh?: Promise<void>;
}

export type Looked = 'hit' | 'stale' | 'miss' | 'coalesced' | 'bypass';

export interface RecallParts extends Omit<ComputationsParts, 'results'> {
  readonly results: KeptResults;
  /** 0 to 1. */
  readonly random: () => number;
  /** Every call is told of once: what came of looking, and in which tier it was found. */
  readonly onLooked: (call: Call, looked: Looked, tier: Tier | 'none') => void;
  /** A call was answered from what is kept; `billedMbMs` is what computing it was billed. */
  readonly onSaved: (call: Call, billedMbMs: number | undefined) => void;
}

/**
 * Answers calls from what is kept, or has it computed:
 *
 *     fresh → answer      stale-while-revalidate → answer, and compute it anew in the background
 *     else compute it once for all who ask; when that fails, stale-if-error → answer
 */
export class Recall {
  readonly #parts: RecallParts;
  readonly #computations: Computations;
  readonly #invoke: Invoke;

  constructor(parts: RecallParts) {
    this.#parts = parts;
    this.#computations = new Computations(parts);
    this.#invoke = parts.deadline(parts.attempts);
  }

  /**
   * `policy` is that of the call's function. With `broke` nothing may be computed for the call: it gives the refusal, and is asked only when
   * nothing that is kept can answer. Rejects only where what is below does.
   */
  async run(call: Call, policy: CachePolicy, signal: AbortSignal, broke?: () => Problem): Promise<Recalled> {
    const { results, onLooked } = this.#parts;
    const { caching } = call;
    const key = results.keyOf(call);
    const unseen = caching.noCache || caching.noStore;
    const found = key === undefined || unseen ? undefined : await results.recall(key, policy);
    if (key !== undefined && found && mayAnswer(found.freshness, caching)) return this.#hit(call, key, found, broke !== undefined);
    if (caching.onlyIfCached) {
      onLooked(call, 'miss', 'none');
      return { outcome: notCached, cacheStatus: cacheStatus.bypass };
    }
    if (broke) {
      if (found && mayStandIn(found.freshness, policy, caching)) return this.#standIn(call, found);
      onLooked(call, key === undefined ? 'bypass' : 'miss', 'none');
      return { outcome: { kind: 'refused', problem: broke() }, cacheStatus: cacheStatus.bypass };
    }
    if (key === undefined) {
      onLooked(call, 'bypass', 'none');
      return { outcome: await this.#invoke(call, signal), cacheStatus: cacheStatus.bypass };
    }
    const computed = await (unseen
      ? this.#computations.alone(call, key, signal)
      : this.#computations.once(call, key, found?.result, signal));
    if (found && isWorseThanStale(computed.outcome) && mayStandIn(found.freshness, policy, caching)) return this.#standIn(call, found);
    return this.#computed(call, computed, whyForwarded(found, unseen));
  }

  /** Ends what is computed in the background, and resolves when it has ended. */
  close(): Promise<void> {
    return this.#computations.close();
  }

  #hit(call: Call, key: string, { result, tier, freshness }: Found, broke: boolean): Recalled {
    const { random, onLooked, onSaved } = this.#parts;
    const stale = freshness.state !== 'fresh';
    const refresh = !broke && (stale || isDueEarly(freshness, result, random)) ? this.#computations.refresh(call, key, result) : undefined;
    onLooked(call, stale ? 'stale' : 'hit', tier);
    onSaved(call, result.billedMbMs);
    return {
      outcome: outcomeOf(result),
      cacheStatus: cacheStatus.hit(freshness.leftMs),
      ageMs: freshness.ageMs,
      ...(refresh && { refresh }),
    };
  }

  #standIn(call: Call, { result, tier, freshness }: Found): Recalled {
    this.#parts.onLooked(call, 'stale', tier);
    return { outcome: outcomeOf(result), cacheStatus: cacheStatus.staleIfError(freshness.leftMs), ageMs: freshness.ageMs };
  }

  #computed(call: Call, { outcome, stored, by, ageMs }: Computed, why: Forwarded): Recalled {
    const shared = by !== 'own';
    this.#parts.onLooked(call, shared ? 'coalesced' : 'miss', by === 'elsewhere' ? 'redis' : 'none');
    return { outcome, cacheStatus: cacheStatus.forward(why, { stored, shared }), ...(ageMs !== undefined && { ageMs }) };
  }
}

/** What a caller gets who wants nothing but what is kept. */
export const notCached: Outcome = {
  kind: 'refused',
  problem: { code: 'not_cached', detail: 'the request asks for a kept result alone (only-if-cached), and there is none that it may have' },
};

function whyForwarded(found: Found | undefined, unseen: boolean): Forwarded {
  if (unseen) return 'request';
  if (found === undefined || found.freshness.state === 'over') return 'uri-miss';
  return found.freshness.state === 'on_error' ? 'stale' : 'request';
}
