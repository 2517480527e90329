import type { KeptResults } from '../cache/kept-results.ts';
import type { Call } from '../call.ts';
import type { Quota } from '../quota/quota.ts';
import type { Breakers } from '../resilience/breaker.ts';
import type { RetryBudgets } from '../resilience/budget.ts';
import type { Concurrency } from '../resilience/concurrency.ts';
import type { Shedding } from '../resilience/shedding.ts';
import type { State } from './state.ts';

/** What of a gateway is looked at. */
export interface LiveParts {
  readonly shedding: Pick<Shedding, 'share'>;
  readonly quota: Pick<Quota, 'foresee' | 'estimates'>;
  readonly results: Pick<KeptResults, 'keyOf' | 'peek'>;
  readonly sharing: { wouldShare(call: Call, key: string): boolean };
  readonly breakers: Pick<Breakers, 'stateOf' | 'outlookOf'>;
  readonly concurrency: Pick<Concurrency, 'standing'>;
  readonly budgets: Pick<RetryBudgets, 'left'>;
}

/** The state of a running gateway. */
export function liveState({ shedding, quota, results, sharing, breakers, concurrency, budgets }: LiveParts): State {
  return {
    shed: () => shedding.share,
    foresee: (consumer, name) => quota.foresee(consumer, name),
    keyOf: (call) => results.keyOf(call),
    peek: (key, policy) => results.peek(key, policy),
    wouldShare: (call, key) => sharing.wouldShare(call, key),
    circuit: (name) => ({ status: breakers.stateOf(name), outlook: breakers.outlookOf(name) }),
    standing: (target) => concurrency.standing(target),
    repeatsLeft: (target) => budgets.left(target),
    estimate: (name) => ({ mbMs: quota.estimates.of(name), learned: quota.estimates.knows(name) }),
  };
}
