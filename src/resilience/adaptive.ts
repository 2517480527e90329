import type { Clock } from '../call.ts';

/** What is left of the limit after a 429: few enough to be under the edge, enough to find it again soon. */
const decreaseTo = 0.8;
/** A cut shows in what comes back only after a round trip; sooner, a rush of 429s would take the limit to the ground. */
const cutEveryMs = 100;
/** For an increase by one, at least: one for each limit's worth of successes would take a small limit over its edge at every other call. */
const increaseMs = 200;

/**
 * Learns how many executions of a function FunctionGraph takes: additive increase, multiplicative decrease, between 1 and `max`.
 * Its 429s are the truth about that. Latency is no signal here, not even a second one: a cold start takes ten to a hundred times as long
 * as a warm one, and comes just when more instances are wanted, so that a limit that follows latency would shrink when it ought to grow.
 */
export class AdaptiveLimit {
  readonly #clock: Clock;
  readonly #max: number;
  #limit: number;
  #cuts = 0;
  #cutAtMs = Number.NEGATIVE_INFINITY;
  /** Until when the time is used up by increases. */
  #spentUntilMs = Number.NEGATIVE_INFINITY;

  /** Starts at `max`, the operator's own word. */
  constructor(clock: Clock, max: number) {
    this.#clock = clock;
    this.#max = max;
    this.#limit = max;
  }

  /** A whole number. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** How often it was cut: a call remembers it from its start to its end. */
  get cuts(): number {
    return this.#cuts;
  }

  /** FunctionGraph had no place for a call. Those that started before the last cut say nothing new: a burst of 429s counts once. */
  throttled(cutsAtStart: number): void {
    const nowMs = this.#clock.nowMs();
    if (cutsAtStart < this.#cuts || nowMs < this.#cutAtMs + cutEveryMs) return;
    this.#cuts += 1;
    this.#cutAtMs = nowMs;
    this.#limit = Math.max(1, this.#limit * decreaseTo);
  }

  /** FunctionGraph took one of `inFlight` calls, itself among them. It tells something about the limit only when all of it was in use. */
  succeeded(inFlight: number): void {
    if (this.#limit === this.#max || inFlight < this.limit) return;
    const nowMs = this.#clock.nowMs();
    // Calls that started together end together: time for one whole increase is saved for them.
    const spentUntilMs = Math.max(this.#spentUntilMs, nowMs - increaseMs);
    const increase = Math.min(1 / this.#limit, (nowMs - spentUntilMs) / increaseMs);
    this.#spentUntilMs = spentUntilMs + increase * increaseMs;
    this.#limit = Math.min(this.#max, this.#limit + increase);
  }
}
