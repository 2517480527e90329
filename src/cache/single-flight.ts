import { type Call, endedBy, type Invoke, type Outcome } from '../call.ts';

interface Flight {
  /** The call of whoever came first: it is the one that is made. */
  readonly call: Call;
  readonly landing: Promise<Outcome>;
  readonly abort: AbortController;
  waiting: number;
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
  async join(key: string, call: Call, signal: AbortSignal, start: Invoke): Promise<{ outcome: Outcome; shared: boolean }> {
    if (signal.aborted) return { outcome: endedBy(signal.reason, false), shared: false };
    const joined = this.#flights.get(key);
    const flight = joined ?? this.#take(key, call, start);
    return { outcome: await this.#wait(key, flight, signal), shared: joined !== undefined };
  }

  #take(key: string, call: Call, start: Invoke): Flight {
    const abort = new AbortController();
    const landing = start(call, abort.signal).finally(() => this.#forget(key, flight));
    const flight: Flight = { call, landing, abort, waiting: 0 };
    this.#flights.set(key, flight);
    return flight;
  }

  #wait(key: string, flight: Flight, signal: AbortSignal): Promise<Outcome> {
    flight.waiting++;
    return new Promise((resolve, reject) => {
      const leave = () => {
        flight.waiting--;
        if (flight.waiting === 0) {
          // Forgotten first: who comes now must not board a flight that is being called off.
          this.#forget(key, flight);
          flight.abort.abort(signal.reason);
        }
        resolve(endedBy(signal.reason, flight.call.tally.attempts > 0));
      };
      signal.addEventListener('abort', leave, { once: true });
      flight.landing.finally(() => signal.removeEventListener('abort', leave)).then(resolve, reject);
    });
  }

  #forget(key: string, flight: Flight): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}
