import type { Call, Clock, RetryBudgetPolicy, Target } from '../call.ts';

/** What may be saved up: the quiet seconds of this long. Credits beyond it expire, so that good times do not pay for a burst in bad ones. */
const fullSeconds = 10;

/**
 * A budget of repeats, a token bucket: `ratio` of a repeat for each call, and `minPerSecond` for each second beside it.
 * It starts full, so that the first failures of a quiet function may be repeated.
 */
export class RetryBudget {
  readonly #policy: RetryBudgetPolicy;
  readonly #clock: Clock;
  readonly #capacity: number;
  #tokens: number;
  #filledAtMs: number;

  constructor(policy: RetryBudgetPolicy, clock: Clock) {
    this.#policy = policy;
    this.#clock = clock;
    // A ratio alone must be able to save up for one.
    this.#capacity = Math.max(policy.minPerSecond * fullSeconds, policy.ratio > 0 ? 1 : 0);
    this.#tokens = policy.minPerSecond * fullSeconds;
    this.#filledAtMs = clock.nowMs();
  }

  /** A call, which earns its share of a repeat. */
  deposit(): void {
    this.#fill(this.#policy.ratio);
  }

  /** Whether one more repeat is covered. */
  get covers(): boolean {
    this.#fill(0);
    // A hair more, so that ten times a tenth is one.
    return this.#tokens + 1e-9 >= 1;
  }

  /** Pays for a repeat that is {@link covers covered}. */
  withdraw(): void {
    this.#tokens -= 1;
  }

  #fill(tokens: number): void {
    const nowMs = this.#clock.nowMs();
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
    this.#ofFunction(target).deposit();
    this.#ofUpstream(target).deposit();
  }

  /** Pays for a repeat of the call, if both budgets cover it. */
  withdraw({ target }: Call): boolean {
    const budgets = [this.#ofFunction(target), this.#ofUpstream(target)];
    if (!budgets.every(({ covers }) => covers)) return false;
    for (const budget of budgets) budget.withdraw();
    return true;
  }

  #ofFunction({ name, retry }: Target): RetryBudget {
    return this.#byFunction.get(name) ?? this.#make(this.#byFunction, name, retry.budget);
  }

  #ofUpstream({ upstream }: Target): RetryBudget {
    return this.#byUpstream.get(upstream) ?? this.#make(this.#byUpstream, upstream, upstreamPolicy);
  }

  #make(budgets: Map<string, RetryBudget>, key: string, policy: RetryBudgetPolicy): RetryBudget {
    const budget = new RetryBudget(policy, this.#clock);
    budgets.set(key, budget);
    return budget;
  }
}
