import { type Answer, endedBy, type Outcome } from '../call.ts';
import { envelopedAnswer, isSuccess, plainAnswer } from './answer.ts';
import { claimsEnvelope, openEnvelope } from './envelope.ts';
import type { AnswerHeaders, Exchange, Failed } from './exchange.ts';
import { parseRetryAfter } from './retry-after.ts';
import {
  describeForLog,
  isThrownError,
  readServiceError,
  type ServiceError,
  saysDisabled,
  saysThrottled,
  saysUnauthorized,
} from './service-error.ts';
import { parseSummary } from './summary.ts';

type Answered = Exchange & { kind: 'answered' };

/**
 * What came of one attempt: the one place where status, error code, function-error marks and socket phase become an {@link Outcome}.
 * @param epochMs the time a date in `Retry-After` is compared with
 */
export function classify(exchange: Exchange, epochMs: number): Outcome {
  if (exchange.kind === 'ended') return endedBy(exchange.reason, exchange.sent);
  if (exchange.kind === 'failed') return classifyFailure(exchange);
  return classifyAnswer(exchange, epochMs);
}

function classifyFailure(failed: Failed): Outcome {
  if (failed.phase === 'connect') return { kind: 'unreachable', reason: failed.reason, sent: false };
  if (failed.phase === 'answering') {
    const detail = failed.reason === 'too_large' ? 'the answer is too large' : 'the answer was cut short';
    const summary = parseSummary(failed.summaryText);
    const billed = summary.kind === 'read' ? { summary: summary.summary } : {};
    return { kind: 'upstream_error', cause: 'invalid', flaw: failed.reason, status: failed.status, detail, ...billed };
  }
  if (failed.reason === 'reset') return { kind: 'unreachable', reason: 'reset', sent: true };
  return { kind: 'upstream_error', cause: 'invalid', flaw: 'protocol', status: undefined, detail: 'the answer is not HTTP' };
}

/**
 * In the order of what is sure: an error of the service, a failure marked as the function's, a failure told by the body, success.
 * Huawei does not document which status a failed function has, so the status alone decides last.
 */
function classifyAnswer(answered: Answered, epochMs: number): Outcome {
  const { status, headers, body } = answered;
  // RFC 9110 section 15 ends at 599, and what is beyond could not be passed on.
  if (status > 599)
    return { kind: 'upstream_error', cause: 'invalid', flaw: 'protocol', status, detail: `status ${status}, allowed are 200 to 599` };
  const retryAfterMs = parseRetryAfter(headers['retry-after'], epochMs);

  const error = status >= 400 ? readServiceError(body) : undefined;
  if (error) return classifyServiceError(error, plainAnswer(answered), isMarkedFunctionError(headers), retryAfterMs);

  const claimed = claimsEnvelope(answered);
  const envelope = claimed ? openEnvelope(body) : undefined;
  const answer = envelope ? envelopedAnswer(answered, envelope) : plainAnswer(answered);

  if (isMarkedFunctionError(headers)) return { kind: 'function_error', answer };
  if (envelope && !isSuccess(envelope.status)) return { kind: 'function_error', answer };
  if (status >= 500 && isThrownError(body)) return { kind: 'function_error', answer };

  if (isSuccess(status)) {
    if (!claimed || envelope) return { kind: 'ok', answer };
    return {
      kind: 'upstream_error',
      cause: 'invalid',
      flaw: 'protocol',
      status,
      detail: 'the answer is said to be a v1 envelope and is none',
    };
  }

  if (status === 429) return { kind: 'throttled', answer, disabled: false, ran: answer.summary !== undefined, retryAfterMs };
  if (status === 401 || status === 403) {
    return { kind: 'upstream_error', cause: 'rejected_gateway', status, message: 'no error code of FunctionGraph came with it' };
  }
  return {
    kind: 'upstream_error',
    cause: 'invalid',
    flaw: 'protocol',
    status,
    detail: `status ${status} without an error code of FunctionGraph`,
  };
}

/** A body with an error code may be what the function made of it; the marks in the headers are FunctionGraph's own. */
function classifyServiceError(error: ServiceError, answer: Answer, marked: boolean, retryAfterMs: number | undefined): Outcome {
  const { status } = answer;
  const ran = marked || answer.summary !== undefined;
  if (status === 429 || saysThrottled(error)) return { kind: 'throttled', answer, disabled: saysDisabled(error), ran, retryAfterMs };
  if (!ran && (status === 401 || status === 403 || saysUnauthorized(error))) {
    return { kind: 'upstream_error', cause: 'rejected_gateway', status, message: describeForLog(error) };
  }
  return { kind: 'upstream_error', cause: 'service', code: error.code, answer, ran, retryAfterMs };
}

/** `X-Is-Func-Err: true` in any case, as its values are not documented, or `X-Func-Err-Code`, which is `0` on success. */
function isMarkedFunctionError(headers: AnswerHeaders): boolean {
  if (headers['x-is-func-err']?.trim().toLowerCase() === 'true') return true;
  const code = headers['x-func-err-code']?.trim();
  return code !== undefined && code !== '0' && code !== '';
}
