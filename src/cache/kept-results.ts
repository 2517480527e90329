import type { Answer, CachePolicy, Clock } from '../call.ts';
import { type KeptResult, keptHeaders } from './store.ts';
import type { Tier, Tiers } from './tiers.ts';

/** A result found: how old it is, and how long it is still good for. */
export interface Recalled {
  readonly result: KeptResult;
  readonly tier: Tier;
  readonly ageMs: number;
  readonly ttlMs: number;
}

/** Results that expire together are asked for together: lives are shortened by up to this share, never lengthened. */
const jitter = 0.1;

/** The kept results as the call path sees them. Nothing here rejects. */
export class KeptResults {
  readonly #tiers: Tiers;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(options: { tiers: Tiers; clock: Clock; random: () => number }) {
    this.#tiers = options.tiers;
    this.#clock = options.clock;
    this.#random = options.random;
  }

  async recall(key: string): Promise<Recalled | undefined> {
    const found = await this.#tiers.find(key);
    if (found === undefined) return undefined;
    const nowMs = this.#clock.epochMs();
    const { storedAtMs, freshUntilMs } = found.result;
    // Another gateway's clock may be ahead of this one's.
    return { ...found, ageMs: Math.max(0, nowMs - storedAtMs), ttlMs: Math.max(0, freshUntilMs - nowMs) };
  }

  /** Keeps the answer of an outcome that is `ok`; no other may be given. Says whether it is kept, which a large one is not. */
  keep(key: string, policy: CachePolicy, answer: Answer): Promise<boolean> {
    const nowMs = this.#clock.epochMs();
    const lifeMs = Math.ceil(policy.ttlMs * (1 - jitter * this.#random()));
    return this.#tiers.keep(key, {
      status: answer.status,
      headers: describing(answer.headers),
      body: answer.body,
      storedAtMs: nowMs,
      freshUntilMs: nowMs + lifeMs,
      keptUntilMs: nowMs + lifeMs,
      tookMs: 0,
      billedMbMs: answer.summary && Math.round(answer.summary.billedMs * answer.summary.memorySizeMb),
    });
  }
}

function describing(headers: Answer['headers']): KeptResult['headers'] {
  return Object.fromEntries(keptHeaders.filter((name) => headers[name] !== undefined).map((name) => [name, headers[name]]));
}

/** For `Age` (RFC 9111 section 5.1) and `ttl` of `Cache-Status` (RFC 9211): whole seconds, rounded down. */
export function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1_000);
}
