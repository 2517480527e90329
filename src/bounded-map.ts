import { LRUCache } from 'lru-cache';
import type { Clock } from './call.ts';

interface Entry<Value> {
  readonly value: Value;
  readonly bytes: number;
  /** On the monotonic clock, so that a jump of the wall clock neither ends nor lengthens a life. */
  readonly untilMs: number;
}

/** Values that live for a while, in so many bytes in all: the least recently used go first. */
export class BoundedMap<Value> {
  readonly #entries: LRUCache<string, Entry<Value>>;
  readonly #clock: Clock;

  constructor({ maxBytes, clock }: { readonly maxBytes: number; readonly clock: Clock }) {
    this.#clock = clock;
    this.#entries = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ bytes }) => bytes });
  }

  /** What all values take together. */
  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.untilMs > this.#clock.nowMs()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** The same, and it does not count as used. */
  peek(key: string): Value | undefined {
    const entry = this.#entries.peek(key);
    return entry && entry.untilMs > this.#clock.nowMs() ? entry.value : undefined;
  }

  /** `bytes`: what it takes, key and all. False: it does not fit, or has no life. */
  set(key: string, value: Value, bytes: number, lifeMs: number): boolean {
    // What it replaces is gone in any case: an old value must not outlive its successor.
    this.#entries.delete(key);
    if (lifeMs <= 0) return false;
    this.#entries.set(key, { value, bytes, untilMs: this.#clock.nowMs() + lifeMs });
    return this.#entries.has(key);
  }

  /** Whether there was one. */
  delete(key: string): boolean {
    return this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }
}
