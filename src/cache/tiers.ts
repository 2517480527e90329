import type { MemoryStore } from './memory.ts';
import type { RedisStore } from './redis-store.ts';
import type { KeptResult, ResultStore } from './store.ts';

/** What is needed of Redis. */
type FarStore = Pick<RedisStore, 'get' | 'set' | 'delete' | 'purge'>;

type NearStore = ResultStore & Pick<MemoryStore, 'peek'>;

export type Tier = 'memory' | 'redis';

/** Memory before Redis. Redis being away, or not configured, leaves memory alone at work. */
export class Tiers {
  readonly #memory: NearStore;
  readonly #redis: FarStore | undefined;
  readonly #isKnown: () => boolean;

  /** `isKnown`: whether what Redis has may be believed; it has nothing until then. */
  constructor(memory: NearStore, redis?: FarStore, isKnown: () => boolean = () => true) {
    this.#memory = memory;
    this.#redis = redis;
    this.#isKnown = isKnown;
  }

  async find(key: string): Promise<{ result: KeptResult; tier: Tier } | undefined> {
    const near = await this.#memory.get(key);
    if (near !== undefined) return { result: near, tier: 'memory' };
    if (this.#redis === undefined || !this.#isKnown()) return undefined;
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
    const far = this.#isKnown() ? await this.#redis?.get(key) : undefined;
    if (far === undefined || far.storedAtMs <= storedAtMs) return undefined;
    await this.#memory.set(key, far);
    return { result: far, tier: 'redis' };
  }

  /** What is in memory; it does not count as used. */
  peekNear(key: string): KeptResult | undefined {
    return this.#memory.peek(key);
  }

  /** What Redis has; it is not brought nearer. */
  async peekFar(key: string): Promise<KeptResult | undefined> {
    return this.#isKnown() ? this.#redis?.get(key) : undefined;
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

  async delete(key: string): Promise<boolean> {
    const near = await this.#memory.delete(key);
    const far = (await this.#redis?.delete(key)) ?? false;
    return near || far;
  }

  /** Deletes it, and sees to it that no gateway keeps what it is computing. */
  async purge(key: string): Promise<boolean> {
    const near = await this.#memory.delete(key);
    const far = (await this.#redis?.purge(key)) ?? false;
    return near || far;
  }
}
