import type { Call, Clock, Outcome, Policy, RetryPolicy } from '../call.ts';
import { endedBy, mayHaveRun } from '../call.ts';
import type { RetryBudgets } from './budget.ts';

export type RetryReason = 'throttled' | 'service_error' | 'function_error' | 'invalid_answer' | 'unreachable';

/**
 * Why an outcome may be repeated, or `undefined` when it may not.
 * A retry must be earned: the call is repeatable, or the attempt is known not to have run.
 */
export function reasonToRepeat({ target, repeatable }: Pick<Call, 'target' | 'repeatable'>, outcome: Outcome): RetryReason | undefined {
  if (!repeatable && mayHaveRun(outcome)) return undefined;
  switch (outcome.kind) {
    case 'throttled':
      return target.retry.on.includes(429) && !outcome.disabled ? 'throttled' : undefined;
    case 'function_error':
      return target.retry.on.includes(500) ? 'function_error' : undefined;
    case 'unreachable':
      return 'unreachable';
    case 'upstream_error':
      if (outcome.cause === 'rejected_gateway' || !target.retry.on.includes(500)) return undefined;
      if (outcome.cause === 'invalid') return 'invalid_answer';
      return outcome.answer.status >= 500 ? 'service_error' : undefined;
    default:
      return undefined;
  }
}

/**
 * Exponential backoff with full jitter, as in gRPC A6 and the AWS SDKs, never shorter than `Retry-After`.
 * `repeat` is 1 for the second attempt; `random` gives 0 to 1.
 */
export function backoffMs({ backoff }: RetryPolicy, repeat: number, outcome: Outcome, random: () => number): number {
  const ceilingMs = Math.min(backoff.maxMs, backoff.baseMs * 2 ** (repeat - 1));
  const askedMs = 'retryAfterMs' in outcome ? (outcome.retryAfterMs ?? 0) : 0;
  return Math.max(askedMs, random() * ceilingMs);
}

/** Why a repeat that would be of use was not made. */
export type WithheldReason = 'budget' | 'deadline' | 'relayed';

export interface RetryParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly budgets: RetryBudgets;
  /** `outcome`: of the attempt that is repeated. */
  readonly onRetry: (call: Call, reason: RetryReason, outcome: Outcome) => void;
  readonly onWithheld: (call: Call, reason: WithheldReason) => void;
}

/**
 * Repeats what may be repeated while attempts, time and budget are left. A circuit that opens, or a place that is not to be had, ends
 * it with the last real outcome. A call that another Runway sends is repeated by that one: two layers of three attempts make nine.
 */
export function withRetry({ clock, random, budgets, onRetry, onWithheld }: RetryParts): Policy {
  return (next) => async (call, signal) => {
    const { retry } = call.target;
    budgets.deposit(call);
    let outcome = await next(call, signal);
    for (let repeat = 1; repeat < retry.attempts; repeat++) {
      const reason = reasonToRepeat(call, outcome);
      if (reason === undefined) break;
      const waitMs = backoffMs(retry, repeat, outcome, random);
      const withheld = whyWithheld(call, clock.nowMs() + waitMs, budgets);
      if (withheld !== undefined) {
        onWithheld(call, withheld);
        break;
      }
      const pausedAtMs = clock.nowMs();
      await clock.sleep(waitMs, signal);
      call.tally.pausedMs += clock.nowMs() - pausedAtMs;
      if (signal.aborted) return endedBy(signal.reason, true);
      const again = await next(call, signal);
      if (again.kind === 'refused') break;
      onRetry(call, reason, outcome);
      outcome = again;
    }
    return outcome;
  };
}

function whyWithheld(call: Call, atMs: number, budgets: RetryBudgets): WithheldReason | undefined {
  if (call.relayed) return 'relayed';
  if (atMs >= call.deadlineAtMs) return 'deadline';
  return budgets.withdraw(call) ? undefined : 'budget';
}
