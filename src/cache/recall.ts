import type { CachePolicy, Call, Invoke, Outcome, Problem } from '../call.ts';
import type { Signal } from '../signal.ts';
import type { Span } from '../span.ts';
import { cacheStatus, type Forwarded } from './cache-status.ts';
import { Computations, type ComputationsParts, type Computed } from './computations.ts';
import { outcomeOf } from './computing.ts';
import { isDueEarly, isWorseThanStale, mayAnswer, mayStandIn } from './freshness.ts';
import type { Found, KeptResults } from './kept-results.ts';
import type { Tier } from './tiers.ts';

/** What a caller gets, and how it came to be. */
export interface Recalled {
  readonly outcome: Outcome;
  /** What came of looking, and in which tier it was found. */
  readonly looked: Looked;
  readonly tier: Tier | 'none';
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
  async run(call: Call, policy: CachePolicy, signal: Signal, broke?: () => Problem): Promise<Recalled> {
    const { caching } = call;
    const key = this.#parts.results.keyOf(call);
    const unseen = caching.noCache || caching.noStore;
    const looking = key === undefined || unseen ? undefined : this.#look(call, key, policy);
    const found = looking instanceof Promise ? await looking : looking;
    if (key !== undefined && found && mayAnswer(found.freshness, caching)) return this.#hit(call, key, found, broke !== undefined);
    if (caching.onlyIfCached) return unkept('miss', notCached);
    if (broke) {
      if (found && mayStandIn(found.freshness, policy, caching)) return standIn(found);
      return unkept(key === undefined ? 'bypass' : 'miss', { kind: 'refused', problem: broke() });
    }
    if (key === undefined) return unkept('bypass', await this.#invoke(call, signal));
    const computed = await (unseen
      ? this.#computations.alone(call, key, signal)
      : this.#computations.once(call, key, found?.result, signal));
    if (found && isWorseThanStale(computed.outcome) && mayStandIn(found.freshness, policy, caching)) return standIn(found);
    return computedAnew(computed, whyForwarded(found, unseen));
  }

  /** Whether the call, where nothing that is kept answers it, would wait for an identical one that is under way. Only looks. */
  wouldShare(call: Call, key: string): boolean {
    return !call.caching.noCache && !call.caching.noStore && this.#computations.wouldShare(call, key);
  }

  /** Ends what is computed in the background, and resolves when it has ended. */
  close(): Promise<void> {
    return this.#computations.close();
  }

  #look(call: Call, key: string, policy: CachePolicy): Found | undefined | Promise<Found | undefined> {
    const span = call.trace.span?.begin('recall');
    const looking = this.#parts.results.recall(key, policy);
    return span === undefined ? looking : told(looking, span);
  }

  #hit(call: Call, key: string, { result, tier, freshness }: Found, broke: boolean): Recalled {
    const { random, onSaved } = this.#parts;
    const stale = freshness.state !== 'fresh';
    const refresh = !broke && (stale || isDueEarly(freshness, result, random)) ? this.#computations.refresh(call, key, result) : undefined;
    onSaved(call, result.billedMbMs);
    return {
      outcome: outcomeOf(result),
      looked: stale ? 'stale' : 'hit',
      tier,
      cacheStatus: cacheStatus.hit(freshness.leftMs),
      ageMs: freshness.ageMs,
      ...(refresh && { refresh }),
    };
  }
}

async function told(looking: Found | undefined | Promise<Found | undefined>, span: Span<'recall'>): Promise<Found | undefined> {
  const found = await looking;
  span.end({ freshness: found?.freshness.state, tier: found?.tier });
  return found;
}

function standIn({ result, tier, freshness }: Found): Recalled {
  const { leftMs, ageMs } = freshness;
  return { outcome: outcomeOf(result), looked: 'stale', tier, cacheStatus: cacheStatus.staleIfError(leftMs), ageMs };
}

function computedAnew({ outcome, stored, by, ageMs }: Computed, why: Forwarded): Recalled {
  const shared = by !== 'own';
  return {
    outcome,
    looked: shared ? 'coalesced' : 'miss',
    tier: by === 'elsewhere' ? 'redis' : 'none',
    cacheStatus: cacheStatus.forward(why, { stored, shared }),
    ...(ageMs !== undefined && { ageMs }),
  };
}

/** Neither found nor computed for keeping. */
function unkept(looked: 'miss' | 'bypass', outcome: Outcome): Recalled {
  return { outcome, looked, tier: 'none', cacheStatus: cacheStatus.bypass };
}

/** What a caller gets who wants nothing but what is kept. */
export const notCached: Extract<Outcome, { kind: 'refused' }> = {
  kind: 'refused',
  problem: { code: 'not_cached', detail: 'the request asks for a kept result alone (only-if-cached), and there is none that it may have' },
};

function whyForwarded(found: Found | undefined, unseen: boolean): Forwarded {
  if (unseen) return 'request';
  if (found === undefined || found.freshness.state === 'over') return 'uri-miss';
  return found.freshness.state === 'on_error' ? 'stale' : 'request';
}
