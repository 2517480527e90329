import { BoundedMap } from '../bounded-map.ts';
import type { Clock } from '../call.ts';
import { inputOf, type Keyed, mayBeKept, resultKey } from './key.ts';

/** Larger events are rarely the same, and to look them up costs as much as to make their key. */
const mostEventBytes = 1_024;

const maxBytes = 4 * 2 ** 20;
/** Of an entry, beside two bytes for each character of its text. */
const entryBytes = 512;
/** What is asked for less often can be worked out again. */
const lifeMs = 60_000;

/**
 * Keys of results by the events as they were written: whoever asks again mostly writes the same, byte for byte, and canonical form and
 * hash are a tenth of what an answer from memory costs.
 */
export class KnownKeys {
  readonly #keys: BoundedMap<string>;

  constructor(clock: Clock) {
    this.#keys = new BoundedMap({ maxBytes, clock });
  }

  /** What {@link resultKey} gives. */
  of(call: Keyed, generation: string): string | undefined {
    if (!mayBeKept(call) || call.event.length > mostEventBytes) return resultKey(call, generation);
    // A character for each byte, so that events that differ have texts that differ.
    const written = inputOf(call, generation, call.event.toString('latin1'));
    const known = this.#keys.get(written);
    if (known !== undefined) return known;
    const key = resultKey(call, generation);
    if (key !== undefined) this.#keys.set(written, key, entryBytes + 2 * written.length, lifeMs);
    return key;
  }
}
