import type { Call } from '../call.ts';
import { type Share, weights } from './fair-queue.ts';
import { type Link, LinkedList } from './linked-list.ts';

/** Who calls, for those who share places out. */
export type Caller = Pick<Call, 'consumer' | 'priority'>;

/**
 * What came of waiting. `taken`: a place, to be released; `full`: the queue was; `displaced`: it was, and another consumer came who had less
 * than its share of it; `late`: the time was up; `left`: the signal was aborted.
 */
export type Turn = 'taken' | 'full' | 'displaced' | 'late' | 'left';

export interface Waiter {
  readonly lane: Lane;
  readonly sinceMs: number;
  readonly settle: (turn: Turn) => void;
}

/**
 * The calls of one consumer that wait for one function.
 *
 * The oldest goes first until it has waited for half its time: then places come free too slowly for all, and the newest goes first, as in
 * Facebook's adaptive LIFO ("Fail at Scale", ACM Queue 2015). First-in-first-out would then serve only calls that have waited almost too
 * long; so the oldest are the ones whose time runs out, and when the rush is over the order is fair again.
 */
export class Lane implements Share {
  readonly consumer: string;
  readonly weight: number;
  dueAt = 0;
  readonly #waiters = new LinkedList<Waiter>();

  constructor({ consumer, priority }: Caller) {
    this.consumer = consumer;
    this.weight = weights[priority];
  }

  get waiting(): number {
    return this.#waiters.length;
  }

  get newest(): Waiter | undefined {
    return this.#waiters.newest?.value;
  }

  /** Who goes first. `patienceMs`: how long each may wait. */
  next(nowMs: number, patienceMs: number): Waiter | undefined {
    const oldest = this.#waiters.oldest?.value;
    const congested = oldest !== undefined && nowMs - oldest.sinceMs > patienceMs / 2;
    return congested ? this.newest : oldest;
  }

  append(waiter: Waiter): Link<Waiter> {
    return this.#waiters.append(waiter);
  }

  /** `link` must be of this lane. */
  remove(link: Link<Waiter>): void {
    this.#waiters.remove(link);
  }
}

/**
 * Who has to go from a full queue for a call of `caller`, if anybody: the newest of the consumer that is furthest beyond its share. Places
 * are shared out as Sainte-Laguë gives seats: the nth of a consumer has the rank (n - ½) ÷ weight, and the lowest ranks stay. That is each
 * one's share rounded to the nearest whole, so that with three places or more nobody can fill the queue for a consumer who has none in it,
 * and that a call does not push another out only to be pushed out by the next.
 */
export function displacedBy(caller: Caller, lanes: Iterable<Lane>): Waiter | undefined {
  const weight = weights[caller.priority];
  let own = 0;
  let most: Lane | undefined;
  for (const lane of lanes) {
    if (lane.consumer === caller.consumer) own = lane.waiting;
    if (most === undefined || rank(lane.waiting, lane.weight) > rank(most.waiting, most.weight)) most = lane;
  }
  return most && rank(own + 1, weight) < rank(most.waiting, most.weight) ? most.newest : undefined;
}

function rank(nth: number, weight: number): number {
  return (nth - 0.5) / weight;
}
