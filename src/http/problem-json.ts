import type { Problem } from '../call.ts';
import { problemKinds } from '../problem.ts';

/** A problem as `application/problem+json` (RFC 9457), with FunctionGraph's own `error_code` and `error_msg` beside its members. */
export function problemResponse(problem: Problem, requestId: string, extra: Readonly<Record<string, string>> = {}): Response {
  const kind = problemKinds[problem.code];
  const body = {
    type: `urn:runway:problem:${problem.code}`,
    title: kind.title,
    status: kind.status,
    detail: problem.detail,
    instance: `urn:runway:request:${encodeURIComponent(requestId)}`,
    code: problem.code,
    requestId,
    retryable: kind.retryable,
    error_code: kind.errorCode,
    error_msg: problem.detail,
  };
  const headers: Record<string, string> = { 'content-type': 'application/problem+json', 'x-request-id': requestId, ...extra };
  if (problem.retryAfterMs !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(problem.retryAfterMs / 1000)));
  const proxyError = problem.proxyError ?? kind.proxyError;
  if (kind.status >= 500 && proxyError !== undefined) headers['proxy-status'] = `runway; error=${proxyError}`;
  return new Response(JSON.stringify(body), { status: kind.status, headers });
}
