import { LRUCache } from 'lru-cache';
import type { Clock } from '../call.ts';
import { type KeptResult, maxBodyBytes, type ResultStore } from './store.ts';

/** What an entry costs beside its text and bytes: objects, the map's slots, the list's links. Measured roughly, rounded up. */
const entryOverheadBytes = 512;

interface Entry {
  readonly result: KeptResult;
  /** On the monotonic clock, so that a jump of the wall clock neither ends nor lengthens a life. */
  readonly untilMs: number;
}

/** Results in this process: bounded in bytes, the least recently used go first. */
export class MemoryStore implements ResultStore {
  readonly #entries: LRUCache<string, Entry>;
  readonly #clock: Clock;

  constructor(options: { maxBytes: number; clock: Clock }) {
    this.#clock = options.clock;
    this.#entries = new LRUCache({ maxSize: options.maxBytes, sizeCalculation: entryBytes });
  }

  async get(key: string): Promise<KeptResult | undefined> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.untilMs > this.#clock.nowMs()) return entry.result;
    this.#entries.delete(key);
    return undefined;
  }

  async set(key: string, result: KeptResult): Promise<boolean> {
    const leftMs = result.expiresAtMs - this.#clock.epochMs();
    if (leftMs <= 0 || result.body.length > maxBodyBytes) return false;
    const entry = { result: { ...result, body: ownBytes(result.body) }, untilMs: this.#clock.nowMs() + leftMs };
    this.#entries.set(key, entry);
    return this.#entries.has(key);
  }
}

/** A body is often a slice of a far larger network buffer, which a kept slice would hold on to. */
function ownBytes(body: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(body.length);
  body.copy(own);
  return own;
}

function entryBytes({ result }: Entry, key: string): number {
  const headers = Object.entries(result.headers).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  // JavaScript may take two bytes for a character.
  return entryOverheadBytes + 2 * (key.length + headers) + result.body.length;
}
