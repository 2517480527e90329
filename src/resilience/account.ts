import { LinkedList } from './linked-list.ts';

/** One of those that share an account. */
export interface Sharer {
  /** Lets the next of its calls start if it has one that may; says whether it did. Places are counted by the account. */
  admitNext(): boolean;
}

/**
 * The executions an upstream allows its account, over all functions. Functions with calls waiting stand in one line and take turns,
 * one call each: a busy one cannot keep the others out.
 */
export class Account {
  readonly max: number;
  #inFlight = 0;
  readonly #line = new LinkedList<Sharer>();

  constructor(max: number) {
    this.max = max;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  tryTake(): boolean {
    if (this.#inFlight >= this.max) return false;
    this.#inFlight += 1;
    return true;
  }

  release(): void {
    this.#inFlight -= 1;
    this.serve();
  }

  /** At the end of the line. Each sharer sees to it that it stands there once. */
  standInLine(sharer: Sharer): void {
    this.#line.append(sharer);
  }

  /** Gives the free places away. A sharer that has no call to start any more loses its turn, and nothing else. */
  serve(): void {
    while (this.#inFlight < this.max) {
      const next = this.#line.oldest;
      if (next === undefined) return;
      this.#line.remove(next);
      if (next.value.admitNext()) this.#inFlight += 1;
    }
  }
}
