import { type Call, type Clock, endedBy, type Invoke, type Outcome, type Policy } from '../call.ts';
import type { Signal } from '../signal.ts';
import { keepableOf } from './keepable.ts';
import type { KeptResults } from './kept-results.ts';
import { Marks } from './marks.ts';
import type { Landed } from './single-flight.ts';
import type { KeptResult } from './store.ts';
import type { Lead } from './turns.ts';

export interface ComputingParts {
  readonly results: Pick<KeptResults, 'turn' | 'keep' | 'drop' | 'purgedAtMs'>;
  /** Calls the function, without a deadline of its own. */
  readonly attempts: Invoke;
  readonly deadline: Policy;
  readonly clock: Clock;
}

/** Which result will do. */
export interface Wanted {
  /** What is kept and cannot be used. */
  readonly stale: KeptResult | undefined;
  /** Milliseconds since 1970: a result that was stored later than this. */
  readonly newerThanMs: number;
}

/** What came of a computation that others may wait for. */
export interface Computation extends Landed {
  readonly stored: boolean;
  /** The result that another gateway computed. */
  readonly elsewhere: KeptResult | undefined;
}

/** Nobody waits for a result that was not keepable the last time: for so long each call is on its own. */
export const unkeepablePassMs = 10_000;
/** The gateways that waited for one that failed try it by themselves, side by side. */
const failedPassMs = 1_000;

/** Computes one result, in turn with the other gateways or for itself, and keeps what may be kept. */
export class Computing {
  readonly #parts: ComputingParts;
  /** Keys whose last answer was for its own caller alone. */
  readonly #personal: Marks;

  constructor(parts: ComputingParts) {
    this.#parts = parts;
    this.#personal = new Marks(parts.clock);
  }

  isPersonal(key: string): boolean {
    return this.#personal.has(key);
  }

  /** The same, for who only looks. */
  seemsPersonal(key: string): boolean {
    return this.#personal.peek(key);
  }

  /** For the call itself: nobody waits for it, and it waits for nobody. */
  async alone(call: Call, key: string, signal: Signal): Promise<Computation> {
    let stored = false;
    const outcome = await this.#parts.deadline(async (own, end) => {
      const startedAtMs = this.#parts.clock.nowMs();
      const came = await this.#parts.attempts(own, end);
      stored = !call.caching.noStore && (await this.#keep(call, key, came, startedAtMs, undefined));
      return came;
    })(call, signal);
    return { outcome, stored, shareable: false, elsewhere: undefined };
  }

  /**
   * For all who wait. It has the function's whole time from when its first caller came, and no more however many come later: an attempt
   * that is never answered must end for its circuit to hear of it.
   */
  async shared(call: Call, key: string, wanted: Wanted, signal: Signal): Promise<Computation> {
    let computation: Computation | undefined;
    const whole = { ...call, deadlineAtMs: call.acceptedAtMs + call.target.timeoutMs };
    const outcome = await this.#parts.deadline(async (_whole, end) => {
      computation = await this.#inTurn(call, key, wanted, end);
      return computation.outcome;
    })(whole, signal);
    return computation?.outcome === outcome ? computation : { outcome, stored: false, shareable: true, elsewhere: undefined };
  }

  async #inTurn(call: Call, key: string, { stale, newerThanMs }: Wanted, signal: Signal): Promise<Computation> {
    const { results, attempts, clock } = this.#parts;
    const askedAtMs = clock.nowMs();
    const turn = await results.turn(key, newerThanMs, signal);
    const startedAtMs = clock.nowMs();
    if (turn.kind === 'ended') return { outcome: endedBy(signal.reason, false), stored: false, shareable: true, elsewhere: undefined };
    if (turn.kind === 'kept') {
      // Another gateway waited for FunctionGraph meanwhile.
      call.tally.upstreamMs += startedAtMs - askedAtMs;
      return { outcome: outcomeOf(turn.result), stored: true, shareable: true, elsewhere: turn.result };
    }
    const lead = turn.kind === 'lead' ? turn : undefined;
    try {
      const outcome = await attempts(call, signal);
      const stored = await this.#keep(call, key, outcome, startedAtMs, stale, lead);
      return { outcome, stored, shareable: keepableOf(outcome) !== 'personal', elsewhere: undefined };
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
    const { results, clock } = this.#parts;
    const keepable = keepableOf(outcome);
    if (outcome.kind === 'ok' && keepable === 'yes') {
      const tookMs = clock.nowMs() - startedAtMs;
      return results.keep(key, call, { answer: outcome.answer, startedAtMs, tookMs, again: stale !== undefined }, lead);
    }
    if (keepable === 'personal') {
      this.#personal.set(key, unkeepablePassMs);
      // What is kept of it was kept before its function said that it may not be.
      await results.drop(key);
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
