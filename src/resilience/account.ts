import { FairQueue, type Share, weights } from './fair-queue.ts';
import type { Caller } from './lane.ts';

/** A function, for the account it shares with others. Its calls wait by consumer. */
export interface Sharer {
  /** Calls that wait. */
  readonly queued: number;
  readonly hasRoom: boolean;
  /** How long a place is held, in milliseconds, above 0. */
  readonly cost: number;
  /** Who is to have the place when it is the turn of `consumer`: that one, or another with a call waiting here. */
  choose(consumer: string): string;
  /** Lets a call of this consumer start. Places are counted by the account. */
  start(consumer: string): void;
}

/**
 * The executions an upstream allows its account, over all functions. Consumers with calls waiting share them by their weights, and what is
 * shared is time: who calls slow functions gets as many places, not as many calls. The functions of a consumer take turns, one call each:
 * a busy one cannot keep the others out.
 */
export class Account {
  readonly max: number;
  #inFlight = 0;
  readonly #consumers = new FairQueue<Turns>();
  /** How many functions somebody waits for, counted for each consumer. */
  #waiting = 0;

  constructor(max: number) {
    this.max = max;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Of whom anything is known. */
  get consumers(): number {
    return this.#consumers.size;
  }

  tryTake(): boolean {
    if (this.#inFlight >= this.max) return false;
    this.#inFlight += 1;
    return true;
  }

  /** Of a call of `sharer`, which has given its own place back already. */
  release(sharer: Sharer): void {
    const wasFull = this.#inFlight >= this.max;
    this.#inFlight -= 1;
    // With places free before, the others had nobody to start, and have nobody now.
    if (this.#waiting > 0 && (wasFull || sharer.queued > 0)) this.serve();
  }

  /** A call of this consumer waits for `sharer`, where none did. */
  enter(caller: Caller, sharer: Sharer): void {
    const turns = this.#consumers.get(caller.consumer) ?? new Turns(caller);
    if (turns.waiting === 0) this.#consumers.enter(turns);
    turns.sharers.add(sharer);
    this.#waiting += 1;
  }

  /** No call of this consumer waits for `sharer` any more. */
  leave(consumer: string, sharer: Sharer): void {
    const turns = this.#consumers.get(consumer)!;
    turns.sharers.delete(sharer);
    this.#waiting -= 1;
    if (this.#waiting === 0) this.#consumers.clear();
    else if (turns.waiting === 0) this.#consumers.leave(turns);
  }

  /** Gives the free places away, to those who have a call that may start. */
  serve(): void {
    while (this.#inFlight < this.max) {
      const first = this.#consumers.next((turns) => turns.next !== undefined);
      if (first === undefined) return;
      const sharer = first.next!;
      const turns = this.#consumers.get(sharer.choose(first.consumer))!;
      this.#inFlight += 1;
      this.#consumers.charge(turns, sharer.cost);
      turns.had(sharer);
      sharer.start(turns.consumer);
    }
  }
}

/** The functions one consumer waits for, the one whose turn was longest ago first. */
class Turns implements Share {
  readonly consumer: string;
  readonly weight: number;
  dueAt = 0;
  readonly sharers = new Set<Sharer>();

  constructor({ consumer, priority }: Caller) {
    this.consumer = consumer;
    this.weight = weights[priority];
  }

  get waiting(): number {
    return this.sharers.size;
  }

  /** The first that has room: a turn that cannot be used is not lost. */
  get next(): Sharer | undefined {
    for (const sharer of this.sharers) if (sharer.hasRoom) return sharer;
    return undefined;
  }

  had(sharer: Sharer): void {
    this.sharers.delete(sharer);
    this.sharers.add(sharer);
  }
}
