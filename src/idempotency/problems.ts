import type { Problem } from '../call.ts';
import type { Claim, StoredReply } from './store.ts';

/** How soon a repeat may find the first call's answer: most functions take no longer. */
const retryAfterMs = 1_000;

/** `leftMs`: until the first call is over in any case. */
export function inFlight(leftMs: number): Problem {
  return {
    code: 'idempotency_in_flight',
    detail: 'the first call with this Idempotency-Key is still under way; repeat this one later, and it gets the answer of the first',
    retryAfterMs: Math.min(retryAfterMs, leftMs),
  };
}

export const mismatch: Problem = {
  code: 'idempotency_mismatch',
  detail: 'this Idempotency-Key was first sent with another event, and a key stands for one event; send this event with a key of its own',
};

export const unreadable: Problem = {
  code: 'idempotency_in_flight',
  detail:
    'what came of this Idempotency-Key is known to another release of the gateway, and this one cannot read it; repeat the call later, or with a fresh key if it may run again',
  retryAfterMs,
};

/** The same for every repeat, so it needs not be written down: the claim of the lost gateway says it. */
export function lost({ requestId }: Claim): StoredReply {
  return {
    kind: 'problem',
    requestId,
    problem: {
      code: 'deadline_exceeded',
      detail:
        'the gateway that ran the call with this Idempotency-Key was lost before it had an answer, so the function may have run; this key does not run it again, a fresh key does',
      retryable: false,
      proxyError: 'proxy_internal_error',
    },
  };
}
