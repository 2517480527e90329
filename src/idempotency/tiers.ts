import type { Claim, Finished, Found, RecordStore } from './store.ts';

/** Memory before Redis. Redis being away, or not configured, leaves memory alone at work: calls then run once per process. */
export class Tiers implements RecordStore {
  readonly #memory: RecordStore;
  readonly #redis: RecordStore | undefined;
  /** Who claims a key at this moment, and has not heard of both. */
  readonly #asking = new Map<string, { readonly claim: Claim; readonly found: Promise<Found> }>();

  constructor(memory: RecordStore, redis?: RecordStore) {
    this.#memory = memory;
    this.#redis = redis;
  }

  /** Calls of one key that come together ask Redis once: what the first one finds is true for the others. */
  async claim(key: string, claim: Claim, instead?: Claim): Promise<Found> {
    if (instead !== undefined) return this.#claimBoth(key, claim, instead);
    const asking = this.#asking.get(key);
    if (asking !== undefined) {
      const found = await asking.found;
      return found.kind === 'claimed' ? { kind: 'running', claim: asking.claim, leftMs: asking.claim.lastsMs } : found;
    }
    const found = this.#claimBoth(key, claim, undefined).finally(() => this.#asking.delete(key));
    this.#asking.set(key, { claim, found });
    return found;
  }

  /**
   * What ran here is known here from now on, even if another gateway took this one for lost and its record stands in Redis: that no call
   * runs twice in one process must not depend on Redis.
   */
  async finish(key: string, claim: Claim, finished: Finished, keptMs: number): Promise<void> {
    await Promise.all([this.#memory.finish(key, claim, finished, keptMs), this.#redis?.finish(key, claim, finished, keptMs)]);
  }

  async free(key: string, claim: Claim): Promise<void> {
    await Promise.all([this.#memory.free(key, claim), this.#redis?.free(key, claim)]);
  }

  async #claimBoth(key: string, claim: Claim, instead: Claim | undefined): Promise<Found> {
    const near = await this.#memory.claim(key, claim, instead);
    if (near.kind !== 'claimed' || this.#redis === undefined) return near;
    const far = await this.#redis.claim(key, claim, instead);
    if (far.kind === 'claimed' || far.kind === 'away') return near;
    // Another gateway was first, so this one does not run it; an answer is kept here too, for the next repeat.
    if (far.kind === 'finished') await this.#memory.finish(key, claim, far.finished, far.leftMs);
    else await this.#memory.free(key, claim);
    return far;
  }
}
