import type { BoundedMap } from '../bounded-map.ts';
import { type Answer, type CachePolicy, type Call, type Clock, mbMsOf } from '../call.ts';
import type { Signal } from '../signal.ts';
import { type Freshness, freshnessOf, usefulMs } from './freshness.ts';
import { type Generations, scopesOf } from './generations.ts';
import { allowsStale } from './keepable.ts';
import { type Keyed, ownerOf } from './key.ts';
import { KnownKeys } from './known-keys.ts';
import type { Purge, Purged } from './purges.ts';
import { type KeptResult, keptHeaders } from './store.ts';
import type { Tier, Tiers } from './tiers.ts';
import type { Lead, Turns } from './turns.ts';

/** A result found, and what it is good for. */
export interface Found {
  readonly result: KeptResult;
  readonly tier: Tier;
  readonly freshness: Freshness;
}

/** What was computed for a call. Monotonic milliseconds. */
export interface ComputedAnswer {
  readonly answer: Answer;
  readonly startedAtMs: number;
  readonly tookMs: number;
  /** It takes the place of a result that was still kept. */
  readonly again: boolean;
}

/** `kept`: another gateway has computed it meanwhile. `free`: to be computed with no regard to others. `ended`: the signal was aborted. */
export type TurnTaken = { readonly kind: 'kept'; readonly result: KeptResult } | Lead | { readonly kind: 'free' | 'ended' };

export interface KeptResultsParts {
  readonly tiers: Tiers;
  readonly generations: Generations;
  readonly purges: {
    purge(what: Purge): Promise<Purged>;
    counted(scopes: readonly string[]): void;
    follow(signal: Signal): Promise<void>;
  };
  /** Single results that were purged → when, in monotonic milliseconds. */
  readonly purgedAtMs: BoundedMap<number>;
  /** With the other gateways. Undefined: this one is alone. */
  readonly turns: Turns | undefined;
  /** Reads a value that another gateway kept. */
  readonly read: (key: string, value: Buffer) => Promise<KeptResult | undefined>;
  readonly clock: Clock;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
}

const free = { kind: 'free' } as const;

/** Results that expire together are asked for together: lives are shortened by up to this share, never lengthened. */
const jitter = 0.1;

/** Others need not wait for a turn this long, when a result could not be kept although it might have been. */
const unkeptPassMs = 1_000;

/** The kept results as the call path sees them. Nothing here rejects. */
export class KeptResults {
  readonly #parts: KeptResultsParts;
  readonly #keys: KnownKeys;

  constructor(parts: KeptResultsParts) {
    this.#parts = parts;
    this.#keys = new KnownKeys(parts.clock);
  }

  /** Undefined: nothing can be kept of the call, see `resultKey`. */
  keyOf(call: Keyed): string | undefined {
    return this.#keys.of(call, this.#parts.generations.stampOf(call.target.name, ownerOf(call)));
  }

  /** Whatever is kept, of any age. At once where it is fresh in memory. */
  recall(key: string, policy: CachePolicy): Found | undefined | Promise<Found | undefined> {
    const finding = this.#parts.tiers.find(key);
    if (finding instanceof Promise) return finding.then((found) => found && this.#newest(key, this.#rated(found, policy), policy));
    return finding && this.#newest(key, this.#rated(finding, policy), policy);
  }

  #newest(key: string, found: Found, policy: CachePolicy): Found | Promise<Found> {
    if (found.tier !== 'memory' || found.freshness.state === 'fresh') return found;
    return this.#parts.tiers.findNewer(key, found.result).then((newer) => (newer ? this.#rated(newer, policy) : found));
  }

  /** What {@link recall} would find, for who only looks: nothing is brought nearer, and nothing is kept longer for it. */
  async peek(key: string, policy: CachePolicy): Promise<Found | undefined> {
    const { tiers } = this.#parts;
    const near = tiers.peekNear(key);
    const rated = near && this.#rated({ result: near, tier: 'memory' }, policy);
    if (rated?.freshness.state === 'fresh') return rated;
    const far = await tiers.peekFar(key);
    if (far === undefined || (near !== undefined && far.storedAtMs <= near.storedAtMs)) return rated;
    return this.#rated({ result: far, tier: 'redis' }, policy);
  }

  /** Whose turn it is to compute a result newer than the one stored at `newerThanMs`; waits while it is another gateway's. */
  async turn(key: string, newerThanMs: number, signal: Signal): Promise<TurnTaken> {
    const turn = this.#parts.turns ? await this.#parts.turns.await(key, newerThanMs, signal) : free;
    if (turn.kind !== 'kept') return turn;
    const result = await this.#parts.read(key, turn.value);
    if (result === undefined) return free;
    await this.#parts.tiers.remember(key, result);
    return { kind: 'kept', result };
  }

  /** Keeps the answer of an outcome that is `ok`; no other may be given. Says whether it is kept. Gives the lease back in any case. */
  async keep(key: string, call: Call, computed: ComputedAnswer, lead?: Lead): Promise<boolean> {
    const { tiers, purges, purgedAtMs } = this.#parts;
    if (computed.startedAtMs <= (purgedAtMs.get(key) ?? Number.NEGATIVE_INFINITY)) {
      lead?.release(0);
      return false;
    }
    lead?.keeping();
    const { near, far } = await tiers.keep(key, this.#resultOf(call.target.cache!, computed), lead?.token);
    void far.then((kept) => kept || lead?.release(unkeptPassMs));
    if (near && !computed.again) purges.counted(scopesOf(call.target.name, ownerOf(call)));
    return near;
  }

  /** Takes a result out of every tier: its function says that it may not be kept. */
  async drop(key: string): Promise<void> {
    await this.#parts.tiers.delete(key);
  }

  /** When this single result was last purged, in monotonic milliseconds. */
  purgedAtMs(key: string): number | undefined {
    return this.#parts.purgedAtMs.get(key);
  }

  purge(what: Purge): Promise<Purged> {
    return this.#parts.purges.purge(what);
  }

  /** Does here what other gateways purged, until `signal` is aborted. */
  follow(signal: Signal): Promise<void> {
    return this.#parts.purges.follow(signal);
  }

  #rated(found: { readonly result: KeptResult; readonly tier: Tier }, policy: CachePolicy): Found {
    return { ...found, freshness: freshnessOf(found.result, policy, this.#parts.clock.epochMs()) };
  }

  #resultOf(policy: CachePolicy, { answer, tookMs }: ComputedAnswer): KeptResult {
    const nowMs = this.#parts.clock.epochMs();
    const mayBeStale = allowsStale(answer);
    const freshMs = Math.ceil(policy.ttlMs * (1 - jitter * this.#parts.random()));
    return {
      status: answer.status,
      headers: describing(answer.headers),
      body: answer.body,
      storedAtMs: nowMs,
      freshUntilMs: nowMs + freshMs,
      keptUntilMs: nowMs + (mayBeStale ? usefulMs(policy, freshMs) : freshMs),
      mayBeStale,
      tookMs: Math.round(tookMs),
      billedMbMs: answer.summary && mbMsOf(answer.summary),
    };
  }
}

function describing(headers: Answer['headers']): KeptResult['headers'] {
  return Object.fromEntries(keptHeaders.filter((name) => headers[name] !== undefined).map((name) => [name, headers[name]]));
}
