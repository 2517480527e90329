import { type Call, endedBy, type Outcome } from '../call.ts';
import type { Signal } from '../signal.ts';
import { type Computation, Computing, type ComputingParts, unkeepablePassMs, type Wanted } from './computing.ts';
import { Marks } from './marks.ts';
import { Flights, type Joined, newTally } from './single-flight.ts';
import type { KeptResult } from './store.ts';

export interface ComputationsParts extends ComputingParts {
  /** A fault of the gateway itself in the background, for the log. */
  readonly onFault: (fault: unknown, requestId: string) => void;
}

/** What came of computing a result. */
export interface Computed {
  readonly outcome: Outcome;
  readonly stored: boolean;
  /** Whose computation it was: the call's own, that of an identical call here, or that of another gateway. */
  readonly by: 'own' | 'shared' | 'elsewhere';
  /** Of a result that another gateway computed. */
  readonly ageMs?: number;
}

/** A failed computation in the background is not tried again before that. */
const refreshAgainMs = 1_000;

/** Computes results once for all who ask for the same, in this process and over all gateways. */
export class Computations {
  readonly #parts: ComputationsParts;
  readonly #computing: Computing;
  readonly #flights = new Flights<Computation>();
  /** Keys that could not be computed anew just now. */
  readonly #failed: Marks;
  readonly #refreshing = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(parts: ComputationsParts) {
    this.#parts = parts;
    this.#computing = new Computing(parts);
    this.#failed = new Marks(parts.clock);
  }

  /** For the call itself: nobody waits for it, and it waits for nobody. */
  async alone(call: Call, key: string, signal: Signal): Promise<Computed> {
    const { outcome, stored } = await this.#computing.alone(call, key, signal);
    return { outcome, stored, by: 'own' };
  }

  /** Identical calls share one computation. Each waits within its own deadline; the work ends when nobody waits any more. */
  async once(call: Call, key: string, stale: KeptResult | undefined, signal: Signal): Promise<Computed> {
    if (this.#computing.isPersonal(key)) return this.alone(call, key, signal);
    const { clock, deadline } = this.#parts;
    const joinedAtMs = clock.nowMs();
    const wanted = this.#wanted(call, stale);
    let computed: Computed | undefined;
    const outcome = await deadline(async (waiting, end) => {
      let joined = await this.#join(waiting, key, wanted, end);
      // The time of the computation was up, not that of a caller who came later.
      while (isOverForOthers(joined) && !end.aborted) joined = await this.#join(waiting, key, wanted, end);
      if (joined.kind === 'not_shared' || isTooOld(joined, wanted)) {
        computed = await this.alone(call, key, end);
        return computed.outcome;
      }
      const own = joined.kind === 'landed' && !joined.shared && joined.result.outcome.kind !== 'timeout';
      const { attempts, mayHaveRun, upstreamMs, queuedMs, pausedMs, executions, billedMbMs } = joined.tally;
      // What the flight used is known when it is over, and for who came later or left earlier it is not what they waited for; what is cut off
      // has not said.
      const waited = own ? { upstreamMs, queuedMs, pausedMs } : { upstreamMs: clock.nowMs() - joinedAtMs, queuedMs: 0, pausedMs: 0 };
      // Whoever started it has the bill, see `withoutBill`.
      const billed = joined.kind === 'landed' && !joined.shared ? { executions, billedMbMs } : undefined;
      Object.assign(call.tally, waited, { attempts, mayHaveRun }, billed);
      if (joined.kind === 'left') return joined.outcome;
      if (joined.shared && joined.trace.span) call.trace.span?.waitedFor(joined.trace.traceparent);
      computed = this.#computedBy(joined);
      return computed.outcome;
    })(call, signal);
    return { stored: false, by: 'own', ...computed, outcome };
  }

  /** Whether {@link once} would wait for what is under way here, for who only looks. */
  wouldShare(call: Pick<Call, 'repeatable' | 'relayed'>, key: string): boolean {
    const begunAtMs = this.#flights.begunAtMs(flightOf(key, call));
    if (begunAtMs === undefined || this.#computing.seemsPersonal(key)) return false;
    return begunAtMs > (this.#parts.results.purgedAtMs(key) ?? Number.NEGATIVE_INFINITY);
  }

  /**
   * In the background, one at a time, in the place of `stale`. Its caller has been answered: what comes of it is for those to come.
   * Gives its end; undefined: none was begun.
   */
  refresh(call: Call, key: string, stale: KeptResult): Promise<void> | undefined {
    const { clock, deadline, onFault } = this.#parts;
    const nowMs = clock.nowMs();
    const flight = flightOf(key, { repeatable: true, relayed: call.relayed });
    if (this.#flights.has(flight) || this.#failed.has(key) || this.#closing.signal.aborted) return undefined;
    const span = call.trace.span?.begin('refresh');
    const own: Call = {
      ...call,
      trace: span ? { ...call.trace, traceparent: span.traceparent, span } : call.trace,
      repeatable: true,
      idempotencyKey: undefined,
      acceptedAtMs: nowMs,
      deadlineAtMs: nowMs + call.target.timeoutMs,
      tally: newTally(),
    };
    let stored = false;
    const work = deadline(async (refreshing, end) => {
      const joined = await this.#join(refreshing, key, { stale, newerThanMs: stale.storedAtMs }, end);
      if (joined.kind !== 'landed') return endedBy(end.reason, false);
      stored = joined.result.stored;
      return joined.result.outcome;
    });
    const failed = (forMs: number) => this.#failed.set(key, forMs);
    const refreshed = work(own, this.#closing.signal).then(
      ({ kind }) => {
        if (!stored) failed(kind === 'ok' ? unkeepablePassMs : refreshAgainMs);
        span?.end({ outcome: kind, stored });
      },
      (fault: unknown) => {
        failed(refreshAgainMs);
        span?.end({ outcome: 'fault', stored });
        onFault(fault, call.requestId);
      },
    );
    this.#refreshing.add(refreshed);
    void refreshed.finally(() => this.#refreshing.delete(refreshed));
    return refreshed;
  }

  /** Ends what is computed in the background, and resolves when it has ended. */
  async close(): Promise<void> {
    this.#closing.abort('shutting_down');
    await Promise.all(this.#refreshing);
  }

  /** Newer than what cannot be used, and not older than the caller allows. */
  #wanted({ caching: { maxAgeMs } }: Call, stale: KeptResult | undefined): Wanted {
    const oldestMs = maxAgeMs === undefined ? 0 : this.#parts.clock.epochMs() - maxAgeMs - 1;
    return { stale, newerThanMs: Math.max(stale?.storedAtMs ?? 0, oldestMs) };
  }

  #join(call: Call, key: string, wanted: Wanted, signal: Signal): Promise<Joined<Computation>> {
    const flight = flightOf(key, call);
    // Who comes after a purge must not board what began before it.
    const purgedAtMs = this.#parts.results.purgedAtMs(key);
    if (purgedAtMs !== undefined) this.#flights.forgetBegunBefore(flight, purgedAtMs);
    return this.#flights.join(flight, call, signal, (flying, end) => this.#computing.shared(flying, key, wanted, end));
  }

  #computedBy({ result, shared }: Extract<Joined<Computation>, { kind: 'landed' }>): Computed {
    const { outcome, stored, elsewhere } = result;
    if (elsewhere) return { outcome, stored, by: 'elsewhere', ageMs: Math.max(0, this.#parts.clock.epochMs() - elsewhere.storedAtMs) };
    return shared ? { outcome: withoutBill(outcome), stored, by: 'shared' } : { outcome, stored, by: 'own' };
  }
}

/** Calls that may be repeated and calls that may not do not wait for each other: the one would be repeated, the other would not. */
function flightOf(key: string, { repeatable, relayed }: Pick<Call, 'repeatable' | 'relayed'>): string {
  return `${key}${repeatable ? ' repeatable' : ''}${relayed ? ' relayed' : ''}`;
}

function isOverForOthers(joined: Joined<Computation>): boolean {
  return joined.kind === 'landed' && joined.shared && joined.result.outcome.kind === 'timeout';
}

/** Another caller of the same flight may have been content with an older one. */
function isTooOld(joined: Joined<Computation>, { newerThanMs }: Wanted): boolean {
  const elsewhere = joined.kind === 'landed' ? joined.result.elsewhere : undefined;
  return elsewhere !== undefined && elsewhere.storedAtMs <= newerThanMs;
}

/** One call was billed, and its own caller has the bill. */
function withoutBill(outcome: Outcome): Outcome {
  if (outcome.kind !== 'ok' && outcome.kind !== 'function_error') return outcome;
  const {
    'x-cff-invoke-summary': _summary,
    'x-cff-billing-duration': _duration,
    'x-cff-function-log': _log,
    ...headers
  } = outcome.answer.headers;
  return { ...outcome, answer: { ...outcome.answer, headers, summary: undefined } };
}
