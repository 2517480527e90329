import type { Call, Clock, RetryBudgetPolicy, Target } from '../call.ts';

/** What may be saved up: the quiet seconds of this long. Credits beyond it expire, so that good times do not pay for a burst in bad ones. */
const fullSeconds = 10;

/**
 * A budget of repeats, a token bucket: `ratio` of a repeat for each call, and `minPerSecond` for each second beside it.
 * It starts full, so that the first failures of a quiet function may be repeated. Times are monotonic milliseconds.
 */
export class RetryBudget {
  readonly #policy: RetryBudgetPolicy;
  readonly #capacity: number;
  #tokens: number;
  #filledAtMs: number;

  constructor(policy: RetryBudgetPolicy, nowMs: number) {
    this.#policy = policy;
    // A ratio alone must be able to save up for one.
    this.#capacity = Math.max(policy.minPerSecond * fullSeconds, policy.ratio > 0 ? 1 : 0);
    this.#tokens = policy.minPerSecond * fullSeconds;
    this.#filledAtMs = nowMs;
  }

  /** A call, which earns its share of a repeat. */
  deposit(nowMs: number): void {
    this.#fill(this.#policy.ratio, nowMs);
  }

  /** Whether one more repeat is covered. */
  covers(nowMs: number): boolean {
    // A hair more, so that ten times a tenth is one.
    return this.left(nowMs) + 1e-9 >= 1;
  }

  /** Repeats that are covered, with what is saved for the next one. */
  left(nowMs: number): number {
    this.#fill(0, nowMs);
    return this.#tokens;
  }

  /** Pays for a repeat that is {@link covers covered}. */
  withdraw(): void {
    this.#tokens -= 1;
  }

  #fill(tokens: number, nowMs: number): void {
    const earned = tokens + ((nowMs - this.#filledAtMs) / 1000) * this.#policy.minPerSecond;
    this.#filledAtMs = nowMs;
    this.#tokens = Math.min(this.#capacity, this.#tokens + earned);
  }
}

/** Of each upstream, over all its functions: the same as a function's by default. */
const upstreamPolicy: RetryBudgetPolicy = { ratio: 0.1, minPerSecond: 3 };

/** A repeat is paid from two budgets: the function's and its upstream's. Made at the first call. */
export class RetryBudgets {
  readonly #byFunction = new Map<string, RetryBudget>();
  readonly #byUpstream = new Map<string, RetryBudget>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  deposit({ target }: Call): void {
    const nowMs = this.#clock.nowMs();
    this.#ofFunction(target, nowMs).deposit(nowMs);
    this.#ofUpstream(target, nowMs).deposit(nowMs);
  }

  /** Pays for a repeat of the call, if both budgets cover it. */
  withdraw({ target }: Call): boolean {
    const nowMs = this.#clock.nowMs();
    const budgets = [this.#ofFunction(target, nowMs), this.#ofUpstream(target, nowMs)];
    if (!budgets.every((budget) => budget.covers(nowMs))) return false;
    for (const budget of budgets) budget.withdraw();
    return true;
  }

  /** Repeats that both budgets cover now. Before the first call they are full. */
  left({ name, retry, upstream }: Target): number {
    const nowMs = this.#clock.nowMs();
    const ofFunction = this.#byFunction.get(name) ?? new RetryBudget(retry.budget, nowMs);
    const ofUpstream = this.#byUpstream.get(upstream) ?? new RetryBudget(upstreamPolicy, nowMs);
    return Math.min(ofFunction.left(nowMs), ofUpstream.left(nowMs));
  }

  #ofFunction({ name, retry }: Target, nowMs: number): RetryBudget {
    return this.#byFunction.get(name) ?? madeIn(this.#byFunction, name, new RetryBudget(retry.budget, nowMs));
  }

  #ofUpstream({ upstream }: Target, nowMs: number): RetryBudget {
    return this.#byUpstream.get(upstream) ?? madeIn(this.#byUpstream, upstream, new RetryBudget(upstreamPolicy, nowMs));
  }
}

function madeIn(budgets: Map<string, RetryBudget>, key: string, budget: RetryBudget): RetryBudget {
  budgets.set(key, budget);
  return budget;
}
