import type { Clock } from '../call.ts';
import type { Signal } from '../signal.ts';
import type { Account, Sharer } from './account.ts';
import { FairQueue } from './fair-queue.ts';
import { type Caller, displacedBy, Lane, type Turn, type Waiter } from './lane.ts';
import { type Link, LinkedList } from './linked-list.ts';

export interface LimiterOptions {
  readonly clock: Clock;
  /** Places in flight, a whole number, 1 or more. */
  readonly limit: number;
  /** Places in the queue; 0: nobody waits. */
  readonly queue: number;
  readonly queueTimeoutMs: number;
  /** Where each call needs a place too. */
  readonly account: Account;
}

/** What the last call says about how long a place is held. */
const lastCounts = 0.1;

/**
 * How many calls of one function are in flight, and a bounded queue before them. A place is one of the function and one of the account,
 * taken at the same moment: nobody holds the one while waiting for the other, so there is no deadlock and no idle place.
 *
 * Whoever finds places of both takes them unasked. Those who wait are served by whose turn it is, first of all among consumers, see
 * {@link Account}. What a consumer has waiting elsewhere does not count for the places of a function that has fewer than its account:
 * its last free one goes to whose turn it is here.
 */
export class Limiter implements Sharer {
  readonly queue: number;
  readonly queueTimeoutMs: number;
  readonly account: Account;
  readonly #clock: Clock;
  readonly #lanes = new FairQueue<Lane>();
  /** Of all lanes, in the order they came. */
  readonly #waiting = new LinkedList<Waiter>();
  #limit: number;
  #inFlight = 0;
  /** A moving average; 0 until there is one. */
  #heldMs = 0;
  /** For the oldest: all wait equally long, so nobody's time is up before. Only set while somebody waits. */
  #timer: NodeJS.Timeout | undefined;

  constructor({ clock, limit, queue, queueTimeoutMs, account }: LimiterOptions) {
    this.#clock = clock;
    this.#limit = limit;
    this.queue = queue;
    this.queueTimeoutMs = queueTimeoutMs;
    this.account = account;
  }

  get limit(): number {
    return this.#limit;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get queued(): number {
    return this.#waiting.length;
  }

  /** Of whom anything is known. */
  get consumers(): number {
    return this.#lanes.size;
  }

  get hasRoom(): boolean {
    return this.#inFlight < this.#limit;
  }

  /** At least a millisecond: what takes no time would be free. */
  get cost(): number {
    return Math.max(1, this.#heldMs);
  }

  /** A higher limit lets those who wait start at once; under a lower one the calls in flight end in their own time. */
  resize(limit: number): void {
    this.#limit = limit;
    this.account.serve();
  }

  /** Takes a place if one is free. It overtakes nobody: free places are given to those who wait as soon as there are any. */
  tryTake(): boolean {
    if (this.#inFlight >= this.#limit || !this.account.tryTake()) return false;
    this.#inFlight += 1;
    return true;
  }

  /** Waits for a place, when {@link tryTake} found none. Never rejects. */
  wait(caller: Caller, signal: Signal): Promise<Turn> {
    if (signal.aborted) return Promise.resolve('left');
    const full = this.#waiting.length >= this.queue;
    const displaced = full ? displacedBy(caller, this.#lanes.values()) : undefined;
    if (full && displaced === undefined) return Promise.resolve('full');
    return new Promise((resolve) => {
      const settle = (turn: Turn) => {
        signal.removeEventListener('abort', leave);
        this.#remove(link, inLane);
        resolve(turn);
      };
      const leave = () => settle('left');
      signal.addEventListener('abort', leave);
      const waiter: Waiter = { lane: this.#laneOf(caller), sinceMs: this.#clock.nowMs(), settle };
      const link = this.#waiting.append(waiter);
      const inLane = waiter.lane.append(waiter);
      this.#timer ??= this.#wakeFor(waiter);
      displaced?.settle('displaced');
    });
  }

  /** `heldMs`: how long the place was in use; undefined: it was not. */
  release(heldMs?: number): void {
    this.#inFlight -= 1;
    if (heldMs !== undefined) this.#heldMs = this.#heldMs === 0 ? heldMs : this.#heldMs + (heldMs - this.#heldMs) * lastCounts;
    this.account.release(this);
  }

  choose(consumer: string): string {
    const scarce = this.#limit < this.account.max && this.#limit - this.#inFlight === 1;
    return scarce ? this.#lanes.next(() => true)!.consumer : consumer;
  }

  start(consumer: string): void {
    const lane = this.#lanes.get(consumer)!;
    this.#inFlight += 1;
    this.#lanes.charge(lane, 1);
    lane.next(this.#clock.nowMs(), this.queueTimeoutMs)!.settle('taken');
  }

  /** The consumer's, in which a call is about to wait. */
  #laneOf(caller: Caller): Lane {
    const lane = this.#lanes.get(caller.consumer) ?? new Lane(caller);
    if (lane.waiting > 0) return lane;
    this.#lanes.enter(lane);
    this.account.enter(caller, this);
    return lane;
  }

  #remove(link: Link<Waiter>, inLane: Link<Waiter>): void {
    const { lane } = link.value;
    this.#waiting.remove(link);
    lane.remove(inLane);
    if (lane.waiting === 0) {
      this.#lanes.leave(lane);
      this.account.leave(lane.consumer, this);
    }
    if (this.#waiting.length > 0) return;
    this.#lanes.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wakeFor({ sinceMs }: Waiter): NodeJS.Timeout {
    const leftMs = sinceMs + this.queueTimeoutMs - this.#clock.nowMs();
    return setTimeout(() => this.#dismissLate(), Math.max(0, Math.ceil(leftMs)));
  }

  #dismissLate(): void {
    const startedMs = this.#clock.nowMs() - this.queueTimeoutMs;
    let oldest = this.#waiting.oldest?.value;
    while (oldest !== undefined && oldest.sinceMs <= startedMs) {
      oldest.settle('late');
      oldest = this.#waiting.oldest?.value;
    }
    this.#timer = oldest && this.#wakeFor(oldest);
  }
}
