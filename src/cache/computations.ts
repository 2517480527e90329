import { BoundedMap } from '../bounded-map.ts';
import { type Call, type Clock, endedBy, type Invoke, type Outcome, type Policy } from '../call.ts';
import { keepableOf } from './keepable.ts';
import type { KeptResults } from './kept-results.ts';
import { Flights, newTally } from './single-flight.ts';
import type { KeptResult } from './store.ts';
import type { Lead } from './turns.ts';

export interface ComputationsParts {
  readonly results: Pick<KeptResults, 'turn' | 'keep'>;
  /** Calls the function, without a deadline of its own. */
  readonly attempts: Invoke;
  readonly deadline: Policy;
  readonly clock: Clock;
  /** A fault of the gateway itself in the background, for the log. */
  readonly onFault: (fault: unknown, requestId: string) => void;
}

/** What came of computing a result. */
export interface Computed {
  readonly outcome: Outcome;
  readonly stored: boolean;
  /** Whose computation it was: the call's own, that of an identical call here, or that of another gateway. */
  readonly by: 'own' | 'shared' | 'elsewhere';
}

interface Landed extends Computed {
  readonly shareable: boolean;
}

/** Nobody waits for a result that was not keepable the last time: for so long each call is on its own. */
const unkeepablePassMs = 10_000;
/** The gateways that waited for one that failed try it by themselves, side by side. */
const failedPassMs = 1_000;
/** A failed computation in the background is not tried again before that. */
const refreshAgainMs = 1_000;
const markBytes = 256;
const marks = 10_000;

/** Computes results: once for all who ask for the same, in this process and over all gateways, and keeps what may be kept. */
export class Computations {
  readonly #parts: ComputationsParts;
  readonly #flights = new Flights<Landed>();
  /** Keys whose last answer was for its own caller alone. */
  readonly #personal: BoundedMap<true>;
  /** Keys that could not be computed anew just now. */
  readonly #failed: BoundedMap<true>;
  readonly #refreshing = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(parts: ComputationsParts) {
    this.#parts = parts;
    this.#personal = new BoundedMap({ maxBytes: marks * markBytes, clock: parts.clock });
    this.#failed = new BoundedMap({ maxBytes: marks * markBytes, clock: parts.clock });
  }

  /** For the call itself: nobody waits for it, and it waits for nobody. */
  async alone(call: Call, key: string, signal: AbortSignal): Promise<Computed> {
    let stored = false;
    const outcome = await this.#parts.deadline(async (own, end) => {
      const startedAtMs = this.#parts.clock.nowMs();
      const came = await this.#parts.attempts(own, end);
      stored = !call.caching.noStore && (await this.#keep(call, key, came, startedAtMs, undefined));
      return came;
    })(call, signal);
    return { outcome, stored, by: 'own' };
  }

  /**
   * Identical calls share one computation. Each waits within its own deadline; the work ends when nobody waits any more.
   * `stale`: what is kept and cannot be used.
   */
  async once(call: Call, key: string, stale: KeptResult | undefined, signal: AbortSignal): Promise<Computed> {
    if (this.#personal.get(key)) return this.alone(call, key, signal);
    const { clock, deadline } = this.#parts;
    const joinedAtMs = clock.nowMs();
    let computed: Computed | undefined;
    const outcome = await deadline(async (waiting, end) => {
      const joined = await this.#join(waiting, key, stale, end);
      if (joined.kind === 'not_shared') {
        computed = await this.alone(call, key, end);
        return computed.outcome;
      }
      const own = joined.kind === 'landed' && !joined.shared;
      const { attempts, mayHaveRun, upstreamMs, queuedMs, pausedMs } = joined.tally;
      // What the flight used is known when it is over, and for who came later or left earlier it is not what they waited for.
      const waited = own ? { upstreamMs, queuedMs, pausedMs } : { upstreamMs: clock.nowMs() - joinedAtMs, queuedMs: 0, pausedMs: 0 };
      Object.assign(call.tally, waited, { attempts, mayHaveRun });
      if (joined.kind === 'left') return joined.outcome;
      computed = joined.shared ? { ...joined.result, by: 'shared' } : joined.result;
      return computed.outcome;
    })(call, signal);
    return { stored: false, by: 'own', ...computed, outcome };
  }

  /** In the background, one at a time, in the place of `stale`. Its caller has been answered: what comes of it is for those to come. */
  refresh(call: Call, key: string, stale: KeptResult): void {
    if (this.#flights.has(key) || this.#failed.get(key) || this.#closing.signal.aborted) return;
    const { clock, deadline, onFault } = this.#parts;
    const nowMs = clock.nowMs();
    const own = { ...call, repeatable: true, acceptedAtMs: nowMs, deadlineAtMs: nowMs + call.target.timeoutMs, tally: newTally() };
    const work = deadline(async (refreshing, end) => {
      const joined = await this.#join(refreshing, key, stale, end);
      return joined.kind === 'landed' ? joined.result.outcome : endedBy(end.reason, false);
    });
    const failed = () => void this.#failed.set(key, true, markBytes, refreshAgainMs);
    const refreshed = work(own, this.#closing.signal).then(
      ({ kind }) => (kind === 'ok' ? undefined : failed()),
      (fault: unknown) => {
        failed();
        onFault(fault, call.requestId);
      },
    );
    this.#refreshing.add(refreshed);
    void refreshed.finally(() => this.#refreshing.delete(refreshed));
  }

  /** Ends what is computed in the background, and resolves when it has ended. */
  async close(): Promise<void> {
    this.#closing.abort('shutting_down');
    await Promise.all(this.#refreshing);
  }

  #join(call: Call, key: string, stale: KeptResult | undefined, signal: AbortSignal) {
    return this.#flights.join(key, call, signal, (flying, end) => this.#fly(flying, key, stale, end));
  }

  /** The one computation of a flight, in turn with the other gateways. */
  async #fly(call: Call, key: string, stale: KeptResult | undefined, signal: AbortSignal): Promise<Landed> {
    const { results, attempts, clock } = this.#parts;
    const askedAtMs = clock.nowMs();
    const turn = await results.turn(key, stale?.storedAtMs ?? 0, signal);
    const startedAtMs = clock.nowMs();
    if (turn.kind === 'ended') return { outcome: endedBy(signal.reason, false), stored: false, by: 'own', shareable: true };
    if (turn.kind === 'kept') {
      // Another gateway waited for FunctionGraph meanwhile.
      call.tally.upstreamMs += startedAtMs - askedAtMs;
      return { outcome: outcomeOf(turn.result), stored: true, by: 'elsewhere', shareable: true };
    }
    const lead = turn.kind === 'lead' ? turn : undefined;
    try {
      const outcome = await attempts(call, signal);
      const stored = await this.#keep(call, key, outcome, startedAtMs, stale, lead);
      return { outcome, stored, by: 'own', shareable: keepableOf(outcome) !== 'personal' };
    } catch (fault) {
      lead?.release(0);
      throw fault;
    }
  }

  /** Whether it is kept now. Gives the lease back in any case. */
  async #keep(
    call: Call,
    key: string,
    outcome: Outcome,
    startedAtMs: number,
    stale: KeptResult | undefined,
    lead?: Lead,
  ): Promise<boolean> {
    const keepable = keepableOf(outcome);
    if (keepable === 'personal') this.#personal.set(key, true, markBytes, unkeepablePassMs);
    if (outcome.kind === 'ok' && keepable === 'yes') {
      const tookMs = this.#parts.clock.nowMs() - startedAtMs;
      return this.#parts.results.keep(key, call, { answer: outcome.answer, startedAtMs, tookMs, again: stale !== undefined }, lead);
    }
    lead?.release(passAfter(outcome));
    return false;
  }
}

/** Without what belonged to the one call that was made: nothing was billed for this one. */
export function outcomeOf({ status, headers, body }: KeptResult): Outcome {
  return { kind: 'ok', answer: { status, headers, body, summary: undefined } };
}

/** Who left, or was told to end, says nothing of the result: the next one is to compute it. */
function passAfter(outcome: Outcome): number {
  if (outcome.kind === 'ok') return unkeepablePassMs;
  const ended = outcome.kind === 'abandoned' || outcome.kind === 'timeout';
  return ended || (outcome.kind === 'refused' && outcome.problem.code === 'shutting_down') ? 0 : failedPassMs;
}
