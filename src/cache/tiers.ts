import type { KeptResult, ResultStore } from './store.ts';

export type Tier = 'memory' | 'redis';

/** Memory before Redis. Redis being away, or not configured, leaves memory alone at work. */
export class Tiers {
  readonly #memory: ResultStore;
  readonly #redis: ResultStore | undefined;

  constructor(memory: ResultStore, redis?: ResultStore) {
    this.#memory = memory;
    this.#redis = redis;
  }

  async find(key: string): Promise<{ result: KeptResult; tier: Tier } | undefined> {
    const near = await this.#memory.get(key);
    if (near !== undefined) return { result: near, tier: 'memory' };
    if (this.#redis === undefined) return undefined;
    const far = await this.#redis.get(key);
    if (far === undefined) {
      // While Redis was asked, a call under way for the same key may have kept its result.
      const late = await this.#memory.get(key);
      return late && { result: late, tier: 'memory' };
    }
    await this.#memory.set(key, far);
    return { result: far, tier: 'redis' };
  }

  /** Whether it is kept in memory now. Redis is written in the background: no caller waits for it. */
  async keep(key: string, result: KeptResult): Promise<boolean> {
    const kept = await this.#memory.set(key, result);
    void this.#redis?.set(key, result);
    return kept;
  }
}
