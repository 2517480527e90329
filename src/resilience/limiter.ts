import type { Clock } from '../call.ts';
import type { Account, Sharer } from './account.ts';
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

/** What came of waiting. `taken`: a place, to be released; `full`: the queue was; `late`: the time was up; `left`: the signal was aborted. */
export type Turn = 'taken' | 'full' | 'late' | 'left';

interface Waiter {
  readonly sinceMs: number;
  readonly settle: (turn: Turn) => void;
}

/**
 * How many calls of one function are in flight, and a bounded queue before them. A place is one of the function and one of the account,
 * taken at the same moment: nobody holds the one while waiting for the other, so there is no deadlock and no idle place.
 *
 * The queue serves the oldest first until that one has waited for half its time: then places come free too slowly for all, and the
 * newest is served first, as in Facebook's adaptive LIFO ("Fail at Scale", ACM Queue 2015). First-in-first-out would then serve only calls
 * that have waited almost too long; so the oldest are the ones whose time runs out, and when the rush is over the order is fair again.
 */
export class Limiter implements Sharer {
  readonly queue: number;
  readonly queueTimeoutMs: number;
  readonly account: Account;
  readonly #clock: Clock;
  readonly #waiting = new LinkedList<Waiter>();
  #limit: number;
  #inFlight = 0;
  #inLine = false;
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

  /** A higher limit lets those who wait start at once; under a lower one the calls in flight end in their own time. */
  resize(limit: number): void {
    this.#limit = limit;
    this.#standInLine();
    this.account.serve();
  }

  /** Takes a place if one is free. It overtakes nobody: free places are given to those who wait as soon as there are any. */
  tryTake(): boolean {
    if (this.#inFlight >= this.#limit || !this.account.tryTake()) return false;
    this.#inFlight += 1;
    return true;
  }

  /** Waits for a place, when {@link tryTake} found none. Never rejects. */
  wait(signal: AbortSignal): Promise<Turn> {
    if (signal.aborted) return Promise.resolve('left');
    if (this.#waiting.length >= this.queue) return Promise.resolve('full');
    return new Promise((resolve) => {
      const settle = (turn: Turn) => {
        signal.removeEventListener('abort', leave);
        this.#remove(link);
        resolve(turn);
      };
      const leave = () => settle('left');
      signal.addEventListener('abort', leave);
      const link = this.#waiting.append({ sinceMs: this.#clock.nowMs(), settle });
      this.#timer ??= this.#wakeFor(link.value);
      this.#standInLine();
    });
  }

  release(): void {
    this.#inFlight -= 1;
    this.#standInLine();
    this.account.release();
  }

  admitNext(): boolean {
    this.#inLine = false;
    const next = this.#next();
    if (next === undefined || this.#inFlight >= this.#limit) return false;
    this.#inFlight += 1;
    next.settle('taken');
    this.#standInLine();
    return true;
  }

  #next(): Waiter | undefined {
    const oldest = this.#waiting.oldest?.value;
    const congested = oldest !== undefined && this.#clock.nowMs() - oldest.sinceMs > this.queueTimeoutMs / 2;
    return congested ? this.#waiting.newest?.value : oldest;
  }

  #standInLine(): void {
    if (this.#inLine || this.#waiting.length === 0 || this.#inFlight >= this.#limit) return;
    this.#inLine = true;
    this.account.standInLine(this);
  }

  #remove(link: Link<Waiter>): void {
    this.#waiting.remove(link);
    if (this.#waiting.length > 0) return;
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
