import type { OnFault, Reply, Script, Scripts } from '../remote.ts';
import { decodeRecord, encodeClaim, encodeFinished } from './encoding.ts';
import { type Claim, type Finished, type Found, lifeMs, type RecordStore } from './store.ts';

/**
 * Puts ARGV[2] (empty: nothing) for ARGV[3] ms where nothing is or ARGV[1] stands; else changes nothing and says what stands there.
 * Something of another kind than we ever write is as good as nothing.
 */
const swap: Script = {
  name: 'runwayOnceSwap',
  lua: `
local found = redis.call('TYPE', KEYS[1]).ok == 'string' and redis.call('GET', KEYS[1])
if found and found ~= ARGV[1] then return { found, redis.call('PTTL', KEYS[1]) } end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return false`,
};

const nothing = Buffer.alloc(0);

/** `value`: as it stands there. */
type Met = Found | { readonly kind: 'damaged'; readonly value: Buffer };

/** Records that several gateways share and that outlive a restart. Each step is one script, so no other comes between look and change. */
export class RedisRecords implements RecordStore {
  readonly #remote: Scripts;
  readonly #onFault: OnFault;

  /** `onFault` counts what went wrong: Redis' code, or why a value could not be read. Not told of each command while Redis is away. */
  constructor(options: { remote: Scripts; onFault: OnFault }) {
    this.#remote = options.remote;
    this.#onFault = options.onFault;
  }

  async claim(key: string, claim: Claim, instead?: Claim): Promise<Found> {
    const met = await this.#claim(key, claim, instead === undefined ? nothing : encodeClaim(instead));
    if (met.kind !== 'damaged') return met;
    // Replaced only while it is the same value: of many who meet it one is first, as if there had been nothing.
    const again = await this.#claim(key, claim, met.value);
    return again.kind === 'damaged' ? { kind: 'away' } : again;
  }

  async finish(key: string, claim: Claim, finished: Finished, keptMs: number): Promise<void> {
    await this.#swap(key, encodeClaim(claim), encodeFinished(finished), keptMs);
  }

  async free(key: string, claim: Claim): Promise<void> {
    await this.#swap(key, encodeClaim(claim), nothing, lifeMs);
  }

  async #claim(key: string, claim: Claim, expected: Buffer): Promise<Met> {
    const reply = await this.#swap(key, expected, encodeClaim(claim), lifeMs);
    if (!reply.ok) return { kind: 'away' };
    if (!Array.isArray(reply.value)) return { kind: 'claimed' };
    const [value, leftMs]: [Buffer, number] = reply.value as [Buffer, number];
    const decoded = decodeRecord(value);
    if (decoded.ok)
      return decoded.kind === 'finished'
        ? { kind: 'finished', finished: decoded.finished, leftMs }
        : { kind: 'running', claim: decoded.claim, leftMs: decoded.claim.lastsMs - (lifeMs - leftMs) };
    this.#onFault(decoded.reason);
    // Another release wrote it, so the call has been claimed or has run: to take it for nothing might run it a second time.
    return decoded.reason === 'version' ? { kind: 'unreadable' } : { kind: 'damaged', value };
  }

  async #swap(key: string, expected: Buffer, next: Buffer, keptMs: number): Promise<Reply> {
    const reply = await this.#remote.run(swap, [key], [expected, next, Math.max(1, Math.ceil(keptMs))]);
    if (!reply.ok && reply.reason !== 'away') this.#onFault(reply.reason);
    return reply;
  }
}
