import { type Call, endedBy, type Invoke, type Outcome, type Tally } from '../call.ts';

interface Flight {
  /** A copy of the first caller's call: its tally is the flight's own, its deadline that of whoever waits longest. */
  readonly call: Call & { deadlineAtMs: number };
  readonly landing: Promise<Outcome>;
  readonly abort: AbortController;
  waiting: number;
}

/** What came of waiting for a flight. */
export interface Joined {
  readonly outcome: Outcome;
  /** Another caller had started it. */
  readonly shared: boolean;
  /** This caller waited until it was over. */
  readonly landed: boolean;
  /** What the flight has used, for all who waited. */
  readonly tally: Tally;
}

/** Identical calls at the same time are one call upstream. */
export class Flights {
  readonly #flights = new Map<string, Flight>();

  /**
   * Joins the flight of `key`, or starts it. Each caller may leave by its own `signal`, the first one too; when the last one
   * has left, the work is aborted with that caller's reason. An outcome is shared with those who wait for it, good or bad.
   *
   * What `start` does before it returns, keeping the result above all, is done before the flight is over: a caller who comes
   * later finds what was kept.
   */
  async join(key: string, call: Call, signal: AbortSignal, start: Invoke): Promise<Joined> {
    if (signal.aborted) return { outcome: endedBy(signal.reason, false), shared: false, landed: false, tally: newTally() };
    const joined = this.#flights.get(key);
    const flight = joined ?? this.#take(key, call, start);
    flight.call.deadlineAtMs = Math.max(flight.call.deadlineAtMs, call.deadlineAtMs);
    return { ...(await this.#wait(key, flight, signal)), shared: joined !== undefined, tally: flight.call.tally };
  }

  #take(key: string, call: Call, start: Invoke): Flight {
    const abort = new AbortController();
    const own = { ...call, tally: newTally() };
    const landing = start(own, abort.signal).finally(() => this.#forget(key, flight));
    const flight: Flight = { call: own, landing, abort, waiting: 0 };
    this.#flights.set(key, flight);
    return flight;
  }

  #wait(key: string, flight: Flight, signal: AbortSignal): Promise<Pick<Joined, 'outcome' | 'landed'>> {
    flight.waiting++;
    return new Promise((resolve, reject) => {
      const leave = () => {
        flight.waiting--;
        if (flight.waiting === 0) {
          // Forgotten first: who comes now must not board a flight that is being called off.
          this.#forget(key, flight);
          flight.abort.abort(signal.reason);
        }
        resolve({ outcome: endedBy(signal.reason, true), landed: false });
      };
      signal.addEventListener('abort', leave, { once: true });
      const land = (outcome: Outcome) => resolve({ outcome, landed: true });
      flight.landing.finally(() => signal.removeEventListener('abort', leave)).then(land, reject);
    });
  }

  #forget(key: string, flight: Flight): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}

function newTally(): Tally {
  return { attempts: 0, mayHaveRun: false, receivingMs: 0, upstreamMs: 0, queuedMs: 0, pausedMs: 0 };
}
