import type { Call } from './call.ts';
import type { StoredReply } from './idempotency/store.ts';
import type { Reply } from './reply.ts';

/** What is to become of a call's `Idempotency-Key`, and what its caller gets. */
export interface Settlement {
  readonly reply: Reply;
  /** `undefined`: the function is known not to have run, so the key is free again. `unknown`: the end of the gateway cut it off. */
  readonly stored: StoredReply | undefined | 'unknown';
}

/** An answer stands for its key once the function may have run, a 502 or 504 too: to run it again is what the key is there to prevent. */
export function settlementOf(reply: Reply, { requestId, tally }: Call): Settlement {
  if (!tally.mayHaveRun) return { reply, stored: undefined };
  if (reply.kind === 'answer') {
    const { status, headers, body } = reply.answer;
    return { reply, stored: { kind: 'answer', status, headers, body } };
  }
  if (reply.kind === 'left' || reply.problem.code === 'shutting_down') return { reply, stored: 'unknown' };
  const problem = { ...reply.problem, retryable: false } as const;
  return { reply: { ...reply, problem }, stored: { kind: 'problem', problem, requestId } };
}

/** What was stored, as it is answered again: equal to the byte. */
export function replayOf(stored: StoredReply): Reply {
  if (stored.kind === 'problem') {
    return { kind: 'problem', label: 'upstream_error', problem: stored.problem, requestId: stored.requestId };
  }
  const { status, headers, body } = stored;
  return { kind: 'answer', label: status < 400 ? 'ok' : 'function_error', answer: { status, headers, body, summary: undefined } };
}
