import type { Outcome } from '../call.ts';

/**
 * What an outcome says of the upstream.
 * `answered`: it works, but the call does not count: the function failed by its own fault, the request was not good.
 * `nothing`: neither for nor against it: throttling, our own refusals, callers who left.
 */
export type Verdict = 'success' | 'failure' | 'answered' | 'nothing';

export function verdictOf(outcome: Outcome): Verdict {
  switch (outcome.kind) {
    case 'ok':
      return 'success';
    case 'function_error':
      return 'answered';
    case 'throttled':
      return outcome.disabled ? 'answered' : 'nothing';
    case 'abandoned':
    case 'refused':
      return 'nothing';
    case 'unreachable':
    case 'timeout':
      return 'failure';
    case 'upstream_error':
      return outcome.cause === 'invalid' || (outcome.cause === 'service' && outcome.answer.status >= 500) ? 'failure' : 'answered';
  }
}

/** Whether an outcome speaks against the upstream. */
export function countsAsFailure(outcome: Outcome): boolean {
  return verdictOf(outcome) === 'failure';
}
