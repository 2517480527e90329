import { BoundedMap } from '../bounded-map.ts';
import type { Clock } from '../call.ts';
import { type KeptResult, maxBodyBytes, type ResultStore } from './store.ts';

/** What an entry costs beside its text and bytes: objects, the map's slots, the list's links. Measured roughly, rounded up. */
const entryOverheadBytes = 512;

/** Results in this process: bounded in bytes, the least recently used go first. */
export class MemoryStore implements ResultStore {
  readonly #results: BoundedMap<KeptResult>;
  readonly #clock: Clock;

  constructor(options: { maxBytes: number; clock: Clock }) {
    this.#results = new BoundedMap(options);
    this.#clock = options.clock;
  }

  get(key: string): KeptResult | undefined {
    return this.#results.get(key);
  }

  /** The same, and it does not count as used. */
  peek(key: string): KeptResult | undefined {
    return this.#results.peek(key);
  }

  async set(key: string, result: KeptResult): Promise<boolean> {
    if (result.body.length > maxBodyBytes) return false;
    const own = { ...result, body: ownBytes(result.body) };
    return this.#results.set(key, own, entryBytes(own, key), result.keptUntilMs - this.#clock.epochMs());
  }

  async delete(key: string): Promise<boolean> {
    return this.#results.delete(key);
  }

  clear(): void {
    this.#results.clear();
  }
}

/** A body is often a slice of a far larger network buffer, which a kept slice would hold on to. */
function ownBytes(body: Buffer): Buffer {
  const own = Buffer.allocUnsafeSlow(body.length);
  body.copy(own);
  return own;
}

function entryBytes({ headers, body }: KeptResult, key: string): number {
  const headerLength = Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  // JavaScript may take two bytes for a character.
  return entryOverheadBytes + 2 * (key.length + headerLength) + body.length;
}
