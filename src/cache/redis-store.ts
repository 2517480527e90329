import type { Clock } from '../call.ts';
import { type OnFault, type Remote, tellFault } from '../remote.ts';
import { decodeResult, encodeResult } from './encoding.ts';
import { leaseOf } from './leases.ts';
import { type KeptResult, maxBodyBytes, type ResultStore } from './store.ts';

/** Keeps the result of who holds the lease, and gives the lease back. Of who has lost it, nothing: its successor has a newer one. */
const keepAndRelease = {
  name: 'runwayKeep',
  lua: `
if redis.call('GET', KEYS[2]) ~= ARGV[3] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('DEL', KEYS[2])
return 1`,
};

/** Results that several gateways share and that outlive a restart. Redis ends their lives itself. */
export class RedisStore implements ResultStore {
  readonly #remote: Remote;
  readonly #clock: Clock;
  readonly #onFault: OnFault;

  constructor(options: { remote: Remote; clock: Clock; onFault: OnFault }) {
    this.#remote = options.remote;
    this.#clock = options.clock;
    this.#onFault = options.onFault;
  }

  async get(key: string): Promise<KeptResult | undefined> {
    const reply = await this.#remote.read(key);
    const value = tellFault(reply, this.#onFault);
    // Something of another kind than we ever write.
    if (!reply.ok && reply.reason === 'WRONGTYPE') await this.#remote.remove(key);
    return value && this.read(key, value);
  }

  /** A value of `key` as a result. One that cannot be read is deleted, unless another release of Runway may read it. */
  async read(key: string, value: Buffer): Promise<KeptResult | undefined> {
    const decoded = decodeResult(value);
    if (decoded.ok) return decoded.result.keptUntilMs > this.#clock.epochMs() ? decoded.result : undefined;
    this.#onFault(decoded.reason);
    if (decoded.reason !== 'version') await this.#remote.remove(key);
    return undefined;
  }

  /** With the `token` of a lease: kept only while it is held, and given back with it. */
  async set(key: string, result: KeptResult, token?: string): Promise<boolean> {
    const leftMs = Math.ceil(result.keptUntilMs - this.#clock.epochMs());
    if (leftMs <= 0 || result.body.length > maxBodyBytes) return false;
    const value = encodeResult(result);
    if (token !== undefined) {
      const reply = await this.#remote.run(keepAndRelease, [key, leaseOf(key)], [value, leftMs, token]);
      return tellFault(reply, this.#onFault) === 1;
    }
    const reply = await this.#remote.write(key, value, leftMs);
    tellFault(reply, this.#onFault);
    return reply.ok;
  }

  async delete(key: string): Promise<boolean> {
    return tellFault(await this.#remote.remove(key), this.#onFault) ?? false;
  }

  /** Deletes it with its lease: what another gateway is computing of it is not kept either. */
  async purge(key: string): Promise<boolean> {
    const [removed] = await Promise.all([this.delete(key), this.#remote.remove(leaseOf(key))]);
    return removed;
  }
}
