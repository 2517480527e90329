import type { RedisStore } from './redis-store.ts';
import type { KeptResult, ResultStore } from './store.ts';

export type Tier = 'memory' | 'redis';

/** Memory before Redis. Redis being away, or not configured, leaves memory alone at work. */
export class Tiers {
  readonly #memory: ResultStore;
  readonly #redis: Pick<RedisStore, 'get' | 'set' | 'delete'> | undefined;

  constructor(memory: ResultStore, redis?: Pick<RedisStore, 'get' | 'set' | 'delete'>) {
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

  /** What is in memory may be old while another gateway has kept a newer one. */
  async findNewer(key: string, { storedAtMs }: KeptResult): Promise<{ result: KeptResult; tier: Tier } | undefined> {
    const far = await this.#redis?.get(key);
    if (far === undefined || far.storedAtMs <= storedAtMs) return undefined;
    await this.#memory.set(key, far);
    return { result: far, tier: 'redis' };
  }

  /** A result that another gateway has kept. */
  async remember(key: string, result: KeptResult): Promise<void> {
    await this.#memory.set(key, result);
  }

  /** `near`: whether it is kept in memory now. `far`: whether Redis will have it, with the lease's `token` if there is one; nobody waits for that. */
  async keep(key: string, result: KeptResult, token?: string): Promise<{ near: boolean; far: Promise<boolean> }> {
    const near = await this.#memory.set(key, result);
    return { near, far: this.#redis?.set(key, result, token) ?? Promise.resolve(false) };
  }

  /** Of this gateway's memory alone. */
  forget(key: string): Promise<boolean> {
    return this.#memory.delete(key);
  }

  async delete(key: string): Promise<boolean> {
    const near = await this.#memory.delete(key);
    const far = (await this.#redis?.delete(key)) ?? false;
    return near || far;
  }
}
