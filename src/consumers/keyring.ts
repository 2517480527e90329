import { timingSafeEqual } from 'node:crypto';
import type { KnownKey } from '../consumer.ts';
import { hashOf, isApiKey } from './api-key.ts';

interface Entry {
  readonly consumer: string;
  readonly digest: Buffer;
  /** Milliseconds since 1970. */
  readonly untilMs: number;
}

/** The API keys of all consumers, by their hashes. A look-up costs the same however many there are. */
export class Keyring {
  /** By the first 64 bits of the hash: how long it takes to find nothing tells nobody the rest of one that is there. */
  readonly #entries = new Map<string, Entry[]>();

  constructor(keys: readonly KnownKey[]) {
    for (const { consumer, hash, expiresAtMs } of keys) {
      const digest = Buffer.from(hash, 'hex');
      const entry = { consumer, digest, untilMs: expiresAtMs ?? Number.POSITIVE_INFINITY };
      const same = this.#entries.get(bucketOf(hash));
      if (same) same.push(entry);
      else this.#entries.set(bucketOf(hash), [entry]);
    }
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The consumer whose key it is; undefined for one that is malformed, unknown or expired. One with a wrong checksum is not looked up. */
  ownerOf(key: string, epochMs: number): string | undefined {
    if (!isApiKey(key)) return undefined;
    const hash = hashOf(key);
    const same = this.#entries.get(bucketOf(hash));
    if (same === undefined) return undefined;
    const digest = Buffer.from(hash, 'hex');
    const entry = same.find((known) => timingSafeEqual(known.digest, digest));
    return entry && epochMs < entry.untilMs ? entry.consumer : undefined;
  }
}

/** @param hash in hex */
function bucketOf(hash: string): string {
  return hash.slice(0, 16);
}
