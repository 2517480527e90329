import type { Arrival } from '../accept.ts';
import { type CachePolicy, ownMsOf, type Tally } from '../call.ts';
import type { Measured } from '../gateway.ts';
import { challengeFor } from './challenge.ts';
import { problemResponse } from './problem-json.ts';
import { rateLimitFields } from './rate-limit.ts';
import { gatewayTiming } from './timing.ts';

/** What `QUERY` takes, as a list of RFC 9651. */
export const acceptQuery = { 'accept-query': '"application/json"' };

/**
 * Writes what the gateway served. Headers are one plain object and the body is bytes or a string:
 * the adapter sends such a response in one write, anything else goes through web streams.
 */
export function answerTo(
  { reply, cacheStatus, ageMs, etag, replayed, limits, call, durationMs }: Measured,
  { requestId, method, header }: Arrival,
): Response {
  if (reply.kind === 'left') return new Response(null, { status: 499 });
  const headers: Record<string, string> = {
    'x-request-id': requestId,
    'server-timing': call === undefined ? gatewayTiming(durationMs) : serverTiming(durationMs, call.tally),
  };
  if (limits !== undefined) Object.assign(headers, rateLimitFields(limits));
  if (replayed) headers['idempotency-replayed'] = 'true';
  const refusedMethod = reply.kind === 'problem' && reply.problem.code === 'method_not_allowed';
  if (method === 'QUERY' && !refusedMethod) Object.assign(headers, acceptQuery);
  if (call !== undefined) {
    headers['x-runway-attempts'] = String(call.tally.attempts);
    const vary = call.target.cache && varyOf(call.target.cache);
    if (vary) headers.vary = vary;
  }
  if (reply.kind === 'problem') {
    // The routes themselves refuse every method but these two.
    if (refusedMethod) headers.allow = 'POST';
    const credentials = { authorization: header('authorization'), apiKey: header('x-api-key') };
    Object.assign(headers, challengeFor(reply.problem, credentials));
    return problemResponse(reply.problem, reply.requestId ?? requestId, headers);
  }

  const { status, headers: passedOn, body } = reply.answer;
  if (cacheStatus !== undefined) headers['cache-status'] = cacheStatus;
  if (ageMs !== undefined) headers.age = String(Math.floor(ageMs / 1_000));
  if (etag !== undefined) headers.etag = etag;
  return new Response(body.length > 0 ? (body as Uint8Array<ArrayBuffer>) : null, { status, headers: { ...passedOn, ...headers } });
}

/** What of a request makes another result of it (RFC 9110 section 12.5.5): who calls, unless consumers share them, and what the file names. */
function varyOf({ scope, vary }: CachePolicy): string {
  const owner = scope === 'shared' ? [] : ['authorization', 'x-api-key'];
  return [...owner, ...vary].join(', ');
}

/** W3C Server Timing: what the gateway added, what FunctionGraph took, what was waited before repeats, and in how many attempts. */
function serverTiming(durationMs: number, tally: Tally): string {
  const { upstreamMs, queuedMs, pausedMs, attempts } = tally;
  const queued = queuedMs > 0 ? ` queue;dur=${queuedMs.toFixed(2)},` : '';
  const paused = pausedMs > 0 ? ` backoff;dur=${pausedMs.toFixed(2)},` : '';
  return `${gatewayTiming(ownMsOf(tally, durationMs))}, upstream;dur=${upstreamMs.toFixed(2)},${queued}${paused} attempts;desc="${attempts}"`;
}
