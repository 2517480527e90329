import type { Clock } from '../call.ts';
import { decodeResult, encodeResult } from './encoding.ts';
import { type KeptResult, maxBodyBytes, type ResultStore } from './store.ts';

/** What this store needs of a Redis client. `reason` is a code; `away` means that nothing was sent. */
export interface RemoteValues {
  read(key: string): Promise<Reply<Buffer | undefined>>;
  write(key: string, value: Buffer, ttlMs: number): Promise<Reply<void>>;
  remove(key: string): Promise<Reply<boolean>>;
}

type Reply<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/** Results that several gateways share and that outlive a restart. Redis ends their lives itself. */
export class RedisStore implements ResultStore {
  readonly #remote: RemoteValues;
  readonly #clock: Clock;
  readonly #onFault: (reason: string) => void;

  /** `onFault` counts what went wrong: Redis' code, or why a value could not be read. Not told of each command while Redis is away. */
  constructor(options: { remote: RemoteValues; clock: Clock; onFault: (reason: string) => void }) {
    this.#remote = options.remote;
    this.#clock = options.clock;
    this.#onFault = options.onFault;
  }

  async get(key: string): Promise<KeptResult | undefined> {
    const reply = await this.#remote.read(key);
    if (!reply.ok) return this.#fault(reply.reason);
    if (reply.value === undefined) return undefined;
    const decoded = decodeResult(reply.value);
    if (!decoded.ok) return this.#fault(decoded.reason);
    return decoded.result.keptUntilMs > this.#clock.epochMs() ? decoded.result : undefined;
  }

  async set(key: string, result: KeptResult): Promise<boolean> {
    const leftMs = result.keptUntilMs - this.#clock.epochMs();
    if (leftMs <= 0 || result.body.length > maxBodyBytes) return false;
    const reply = await this.#remote.write(key, encodeResult(result), leftMs);
    if (!reply.ok) this.#fault(reply.reason);
    return reply.ok;
  }

  async delete(key: string): Promise<boolean> {
    const reply = await this.#remote.remove(key);
    if (!reply.ok) this.#fault(reply.reason);
    return reply.ok && reply.value;
  }

  #fault(reason: string): undefined {
    if (reason !== 'away') this.#onFault(reason);
  }
}
