import { timingSafeEqual } from 'node:crypto';
import { BoundedMap } from '../bounded-map.ts';
import type { Clock } from '../call.ts';
import type { KnownKey } from '../consumer.ts';
import { hashOf, isApiKey } from './api-key.ts';

/** Room for the keys of some 16,000 busy callers. */
const seenBytes = 4 * 2 ** 20;
const seenKeyBytes = 256;
/** Whoever calls now and then is looked up each time. */
const seenMs = 60_000;

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
  /**
   * Keys that were good, as they came: nearly every call brings one of a few, and to check and hash it costs more than all of its limits.
   * They are in memory while they are in use anyway; nothing that is no good gets in here.
   */
  readonly #seen: BoundedMap<Entry>;

  constructor(keys: readonly KnownKey[], clock: Clock) {
    this.#seen = new BoundedMap({ maxBytes: seenBytes, clock });
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
    let entry = this.#seen.get(key);
    if (entry === undefined) {
      entry = this.#find(key);
      if (entry) this.#seen.set(key, entry, seenKeyBytes, seenMs);
    }
    return entry && epochMs < entry.untilMs ? entry.consumer : undefined;
  }

  #find(key: string): Entry | undefined {
    if (!isApiKey(key)) return undefined;
    const hash = hashOf(key);
    const same = this.#entries.get(bucketOf(hash));
    if (same === undefined) return undefined;
    const digest = Buffer.from(hash, 'hex');
    return same.find((known) => timingSafeEqual(known.digest, digest));
  }
}

/** @param hash in hex */
function bucketOf(hash: string): string {
  return hash.slice(0, 16);
}
