import type { Call, Problem } from './call.ts';
import type { Consumer } from './consumer.ts';
import type { Refusal } from './quota/problems.ts';
import type { Admission as Asked, Quota } from './quota/quota.ts';
import type { LimitState } from './quota/state.ts';
import type { Span } from './span.ts';

/** What a consumer's limits say of a call. `limits`: how they stand, for the caller to see. */
export type Admission =
  | { readonly kind: 'refused'; readonly limits: readonly LimitState[]; readonly problem: Problem }
  | {
      readonly kind: 'admitted';
      readonly limits: readonly LimitState[];
      /** There is no money left: what is kept may answer, and nothing may run. Gives the refusal, which counts. */
      readonly broke: (() => Problem) | undefined;
      /** Gives back what the call holds. To be called once, when it is over. Undefined: it holds nothing. */
      readonly release: (() => void) | undefined;
    };

/** At once, unless Redis is to be asked. */
export type Admit = (consumer: Consumer, call: Call) => Admission | Promise<Admission>;

const unlimited: Admission = { kind: 'admitted', limits: [], broke: undefined, release: undefined };

/** @param newToken gives text that no other call of this gateway has */
export function admitBy(quota: Quota, newToken: () => string): Admit {
  const told = (consumer: Consumer, token: string, admission: Asked, span: Span<'limit'> | undefined): Admission => {
    span?.end({ decision: admission.kind, limit: admission.kind === 'admitted' ? undefined : nameOf(admission) });
    const limits = admission.states;
    if (admission.kind === 'refused') return { kind: 'refused', limits, problem: quota.refuse(consumer, admission) };
    if (admission.kind === 'broke') {
      return { kind: 'admitted', limits, broke: () => quota.refuse(consumer, admission), release: undefined };
    }
    return { kind: 'admitted', limits, broke: undefined, release: () => void quota.release(token) };
  };
  return (consumer, { target, deadlineAtMs, trace }) => {
    if (!isLimited(consumer)) return unlimited;
    const token = newToken();
    const span = trace.span?.begin('limit');
    const asked = quota.admit(consumer, target.name, { token, deadlineAtMs, estimateMbMs: quota.estimates.of(target.name) });
    if (asked instanceof Promise) return asked.then((admission) => told(consumer, token, admission, span));
    return told(consumer, token, asked, span);
  };
}

function isLimited({ limits, concurrency }: Consumer): boolean {
  return limits.length > 0 || concurrency !== undefined;
}

function nameOf({ limit }: Refusal): string {
  return limit === 'concurrency' ? limit : limit.name;
}

/** What is left of each limit, and of how much, as far as this gateway knows: for metrics. */
export function* remainingOf(
  consumers: readonly Consumer[],
  quota: Quota,
): Generator<{ readonly consumer: string; readonly limit: string; readonly remaining: number; readonly amount: number }> {
  for (const consumer of consumers) {
    if (consumer.limits.length === 0) continue;
    for (const { name, remaining, amount } of quota.remaining(consumer)) yield { consumer: consumer.id, limit: name, remaining, amount };
  }
}
