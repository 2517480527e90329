/** A place in a {@link LinkedList}. */
export interface Link<T> {
  readonly value: T;
  older: Link<T> | undefined;
  newer: Link<T> | undefined;
}

/** Values in the order they came; taking any of them out, from either end or the middle, costs the same however many there are. */
export class LinkedList<T> {
  #oldest: Link<T> | undefined;
  #newest: Link<T> | undefined;
  #length = 0;

  get oldest(): Link<T> | undefined {
    return this.#oldest;
  }

  get newest(): Link<T> | undefined {
    return this.#newest;
  }

  get length(): number {
    return this.#length;
  }

  append(value: T): Link<T> {
    const link: Link<T> = { value, older: this.#newest, newer: undefined };
    if (this.#newest) this.#newest.newer = link;
    else this.#oldest = link;
    this.#newest = link;
    this.#length += 1;
    return link;
  }

  /** `link` must be in this list. */
  remove({ older, newer }: Link<T>): void {
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
    this.#length -= 1;
  }
}
