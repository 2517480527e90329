import { BoundedMap } from '../bounded-map.ts';
import type { Clock } from '../call.ts';

const markBytes = 256;
const mostMarks = 10_000;

/** Keys that are remembered for a while: the least recently asked for are forgotten first when there are too many. */
export class Marks {
  readonly #marks: BoundedMap<true>;

  constructor(clock: Clock) {
    this.#marks = new BoundedMap({ maxBytes: mostMarks * markBytes, clock });
  }

  has(key: string): boolean {
    return this.#marks.get(key) !== undefined;
  }

  /** The same, and it does not count as asked for. */
  peek(key: string): boolean {
    return this.#marks.peek(key) !== undefined;
  }

  set(key: string, forMs: number): void {
    this.#marks.set(key, true, markBytes, forMs);
  }
}
