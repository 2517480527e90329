import type { Answer, InvalidAnswer, Outcome, Problem, UnreachableReason } from './call.ts';
import { problemKinds } from './problem.ts';

/** How a call ended, as `runway_requests_total` counts it. */
export type OutcomeLabel = 'ok' | 'function_error' | 'upstream_error' | 'refused' | 'gateway_error' | 'client_closed';

/** What the caller is to get. `left`: nobody is there to get it. */
export type Reply =
  | { readonly kind: 'answer'; readonly label: OutcomeLabel; readonly answer: Answer }
  /** `requestId`: of the call that the problem is about, where it is a replay of an earlier one's. */
  | { readonly kind: 'problem'; readonly label: OutcomeLabel; readonly problem: Problem; readonly requestId?: string }
  | { readonly kind: 'left'; readonly label: 'client_closed' };

export const left: Reply = { kind: 'left', label: 'client_closed' };

/** A refusal of the gateway itself, before or instead of the upstream. */
export function refusal(problem: Problem): Reply {
  return { kind: 'problem', label: problem.code === 'internal_error' ? 'gateway_error' : 'refused', problem };
}

/** 499 is nginx's number for a caller who left; no such status goes out. */
export function statusOf(reply: Reply): number {
  if (reply.kind === 'answer') return reply.answer.status;
  return reply.kind === 'problem' ? problemKinds[reply.problem.code].status : 499;
}

const unreachable: Readonly<Record<UnreachableReason, { detail: string; proxyError: string }>> = {
  refused: { detail: 'the connection to FunctionGraph was refused', proxyError: 'connection_refused' },
  dns: { detail: "FunctionGraph's address could not be looked up", proxyError: 'dns_error' },
  tls: { detail: 'no secure connection to FunctionGraph could be made', proxyError: 'tls_protocol_error' },
  connect_timeout: { detail: 'FunctionGraph did not take the connection in time', proxyError: 'connection_timeout' },
  reset: { detail: 'FunctionGraph closed the connection before it answered', proxyError: 'connection_terminated' },
};

/** RFC 9209 section 2.3. */
const invalid: Readonly<Record<InvalidAnswer, string>> = {
  protocol: 'http_protocol_error',
  cut_short: 'http_response_incomplete',
  too_large: 'http_response_body_size',
};

/** The one place that turns an outcome into what the caller sees: answers of FunctionGraph as they came, the rest as problems. */
export function replyTo(outcome: Outcome): Reply {
  switch (outcome.kind) {
    case 'ok':
    case 'function_error':
      return { kind: 'answer', label: outcome.kind, answer: outcome.answer };
    case 'throttled':
      return { kind: 'answer', label: 'upstream_error', answer: outcome.answer };
    case 'upstream_error':
      if (outcome.cause === 'service') return { kind: 'answer', label: 'upstream_error', answer: outcome.answer };
      if (outcome.cause === 'invalid')
        return failure({ code: 'upstream_invalid', detail: outcome.detail, proxyError: invalid[outcome.flaw] });
      return failure({
        code: 'upstream_rejected_gateway',
        detail: "FunctionGraph did not accept the gateway's own credentials; its operator finds the reason in the log",
      });
    case 'unreachable':
      return failure({ code: 'upstream_unreachable', ...unreachable[outcome.reason] });
    case 'timeout':
      return failure({ code: 'deadline_exceeded', detail: 'the time of the call was up before FunctionGraph had answered' });
    case 'refused':
      return refusal(outcome.problem);
    case 'abandoned':
      return left;
  }
}

function failure(problem: Problem): Reply {
  return { kind: 'problem', label: 'upstream_error', problem };
}
