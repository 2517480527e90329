import type { MemoryStore } from './memory.ts';
import type { RedisStore } from './redis-store.ts';
import type { KeptResult, ResultStore } from './store.ts';

/** What is needed of Redis. */
type FarStore = Pick<ResultStore, 'get'> & Pick<RedisStore, 'set' | 'delete' | 'purge'>;

type NearStore = Pick<MemoryStore, 'get' | 'peek' | 'set' | 'delete'>;

export type Tier = 'memory' | 'redis';

/** A result, and where it was. */
interface Located {
  readonly result: KeptResult;
  readonly tier: Tier;
}

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

  /** At once where Redis need not be asked. */
  find(key: string): Located | undefined | Promise<Located | undefined> {
    const near = this.#findNear(key);
    if (near !== undefined || this.#redis === undefined || !this.#isKnown()) return near;
    return this.#findFar(key, this.#redis);
  }

  /** What is in memory may be old while another gateway has kept a newer one. */
  async findNewer(key: string, { storedAtMs }: KeptResult): Promise<Located | undefined> {
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

  #findNear(key: string): Located | undefined {
    const near = this.#memory.get(key);
    return near && { result: near, tier: 'memory' };
  }

  async #findFar(key: string, redis: FarStore): Promise<Located | undefined> {
    const far = await redis.get(key);
    // While Redis was asked, a call under way for the same key may have kept its result.
    if (far === undefined) return this.#findNear(key);
    await this.#memory.set(key, far);
    return { result: far, tier: 'redis' };
  }
}
