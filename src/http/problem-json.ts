import type { Problem } from '../call.ts';
import { problemKinds } from '../problem.ts';

export interface ProblemDocument {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body: string;
}

/**
 * A problem as `application/problem+json` (RFC 9457), with FunctionGraph's own `error_code` and `error_msg` beside its members.
 * `status` is that of the problem's code, but for what goes wrong below HTTP's own routes.
 */
export function problemDocument(problem: Problem, requestId: string, status: number = problemKinds[problem.code].status): ProblemDocument {
  const kind = problemKinds[problem.code];
  const body = {
    type: `urn:runway:problem:${problem.code}`,
    title: kind.title,
    status,
    detail: problem.detail,
    instance: `urn:runway:request:${encodeURIComponent(requestId)}`,
    code: problem.code,
    requestId,
    retryable: problem.retryable ?? kind.retryable,
    error_code: kind.errorCode,
    error_msg: problem.detail,
  };
  const headers: Record<string, string> = { 'content-type': 'application/problem+json', 'x-request-id': requestId };
  if (problem.retryAfterMs !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(problem.retryAfterMs / 1000)));
  const proxyError = problem.proxyError ?? kind.proxyError;
  if (status >= 500 && proxyError !== undefined) headers['proxy-status'] = `runway; error=${proxyError}`;
  return { status, headers, body: JSON.stringify(body) };
}

/** The document as an answer of a route. */
export function problemResponse(problem: Problem, requestId: string, more: Readonly<Record<string, string>> = {}): Response {
  const { status, headers, body } = problemDocument(problem, requestId);
  return new Response(body, { status, headers: { ...headers, ...more } });
}
