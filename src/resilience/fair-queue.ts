import type { Priority } from '../consumer.ts';

/**
 * How much of what is scarce a consumer gets, beside the others. Twice as much for each step is enough to matter; a strict order would let
 * one flood of high priority shut all others out.
 */
export const weights: Readonly<Record<Priority, number>> = { high: 4, normal: 2, low: 1 };

/** What a consumer has waiting. */
export interface Share {
  readonly consumer: string;
  readonly weight: number;
  /** With 0 it is not asked. */
  readonly waiting: number;
  /** When its next turn begins, in the queue's virtual time; kept by the queue. */
  dueAt: number;
}

/**
 * Whose turn it is: start-time fair queueing (Goyal, Vin and Cheng, "Start-time Fair Queueing", SIGCOMM 1996). The one that is due first is
 * served, and due again later by what it cost ÷ its weight; virtual time stands where the last turn began. So any two that have something
 * waiting all along differ, in what they were served ÷ their weights, by no more than one turn of each. Who comes anew is due now: it waits for
 * nobody's backlog, and has saved nothing up.
 *
 * It looks at each share in turn: these are consumers who wait at this moment, fewer than there are places in queues.
 */
export class FairQueue<S extends Share> {
  readonly #shares = new Map<string, S>();
  #now = 0;

  /** Those with something waiting, and those who have just been served ahead of their time. */
  get size(): number {
    return this.#shares.size;
  }

  get(consumer: string): S | undefined {
    return this.#shares.get(consumer);
  }

  values(): Iterable<S> {
    return this.#shares.values();
  }

  /** It begins to wait, having had nothing waiting. */
  enter(share: S): void {
    share.dueAt = Math.max(share.dueAt, this.#now);
    // Of those due at the same time, the first is who began to wait first.
    this.#shares.delete(share.consumer);
    this.#shares.set(share.consumer, share);
  }

  /** Nothing of it waits any more. Until its next turn would have begun it is remembered: else one call at a time would always be first. */
  leave(share: S): void {
    if (share.dueAt <= this.#now) this.#shares.delete(share.consumer);
  }

  /** Whose turn it is among those who may start something. */
  next(may: (share: S) => boolean): S | undefined {
    let first: S | undefined;
    for (const share of this.#shares.values()) {
      if (share.waiting === 0) this.leave(share);
      else if ((first === undefined || share.dueAt < first.dueAt) && may(share)) first = share;
    }
    return first;
  }

  /** Its turn begins. `cost`: above 0, in the unit of all costs here. */
  charge(share: S, cost: number): void {
    this.#now = Math.max(this.#now, share.dueAt);
    share.dueAt = this.#now + cost / share.weight;
  }

  /** Nobody waits, so nobody owes anything. */
  clear(): void {
    this.#shares.clear();
    this.#now = 0;
  }
}
