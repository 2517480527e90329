import { type Call, endedBy, type Outcome, type Tally, type TraceContext } from '../call.ts';
import { CallSignal, type Signal } from '../signal.ts';

/** What a flight comes to. */
export interface Landed {
  readonly outcome: Outcome;
  /** False: it is for the caller who started it alone. */
  readonly shareable: boolean;
}

interface Flight<Result extends Landed> {
  /** A copy of the first caller's call: its tally is the flight's own, its deadline that of whoever waits longest, up to `untilMs`. */
  readonly call: Call & { deadlineAtMs: number };
  /** The function's whole time from when the first caller came. */
  readonly untilMs: number;
  readonly landing: Promise<Result>;
  readonly abort: CallSignal;
  waiting: number;
}

/** What came of waiting for a flight. */
export type Joined<Result> =
  | {
      readonly kind: 'landed';
      readonly result: Result;
      /** Another caller had started it. */
      readonly shared: boolean;
      /** What the flight has used, for all who waited. */
      readonly tally: Tally;
      /** That of the caller who started it. */
      readonly trace: TraceContext;
    }
  /** It landed, and its result is not for this caller. */
  | { readonly kind: 'not_shared' }
  /** The caller's own signal ended the waiting. */
  | { readonly kind: 'left'; readonly outcome: Outcome; readonly tally: Tally };

/** Identical calls at the same time are one call upstream. */
export class Flights<Result extends Landed> {
  readonly #flights = new Map<string, Flight<Result>>();

  has(key: string): boolean {
    return this.#flights.has(key);
  }

  /** When its first caller came, in monotonic milliseconds; undefined: there is none. */
  begunAtMs(key: string): number | undefined {
    return this.#flights.get(key)?.call.acceptedAtMs;
  }

  /** Those who wait for it stay; who comes now starts anew. Monotonic milliseconds. */
  forgetBegunBefore(key: string, atMs: number): void {
    const flight = this.#flights.get(key);
    if (flight && flight.call.acceptedAtMs <= atMs) this.#flights.delete(key);
  }

  /**
   * Joins the flight of `key`, or starts it. Each caller may leave by its own `signal`, the first one too; when the last one
   * has left, the work is aborted with that caller's reason. An outcome is shared with those who wait for it, good or bad.
   *
   * What `start` does before it returns, keeping the result above all, is done before the flight is over: a caller who comes
   * later finds what was kept.
   */
  async join(key: string, call: Call, signal: Signal, start: (call: Call, signal: Signal) => Promise<Result>): Promise<Joined<Result>> {
    if (signal.aborted) return { kind: 'left', outcome: endedBy(signal.reason, false), tally: newTally() };
    const joined = this.#flights.get(key);
    const flight = joined ?? this.#take(key, call, start);
    flight.call.deadlineAtMs = Math.min(flight.untilMs, Math.max(flight.call.deadlineAtMs, call.deadlineAtMs));
    const { tally, trace } = flight.call;
    const result = await this.#wait(key, flight, signal);
    if (result === undefined) return { kind: 'left', outcome: endedBy(signal.reason, true), tally };
    const shared = joined !== undefined;
    return shared && !result.shareable ? { kind: 'not_shared' } : { kind: 'landed', result, shared, tally, trace };
  }

  #take(key: string, call: Call, start: (call: Call, signal: Signal) => Promise<Result>): Flight<Result> {
    const abort = new CallSignal();
    const own = { ...call, tally: newTally() };
    const landing = start(own, abort).finally(() => this.#forget(key, flight));
    const untilMs = call.acceptedAtMs + call.target.timeoutMs;
    const flight: Flight<Result> = { call: own, untilMs, landing, abort, waiting: 0 };
    this.#flights.set(key, flight);
    return flight;
  }

  /** Undefined: the caller left. */
  #wait(key: string, flight: Flight<Result>, signal: Signal): Promise<Result | undefined> {
    flight.waiting++;
    return new Promise((resolve, reject) => {
      const leave = () => {
        flight.waiting--;
        if (flight.waiting === 0) {
          // Forgotten first: who comes now must not board a flight that is being called off.
          this.#forget(key, flight);
          flight.abort.abort(signal.reason);
        }
        resolve(undefined);
      };
      signal.addEventListener('abort', leave);
      flight.landing.finally(() => signal.removeEventListener('abort', leave)).then(resolve, reject);
    });
  }

  #forget(key: string, flight: Flight<Result>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}

export function newTally(): Tally {
  return {
    attempts: 0,
    mayHaveRun: false,
    receivingMs: 0,
    upstreamMs: 0,
    queuedMs: 0,
    pausedMs: 0,
    executions: 0,
    billedMbMs: 0,
  };
}
