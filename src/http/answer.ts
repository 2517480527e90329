import type { Tally } from '../call.ts';
import type { Measured } from '../gateway.ts';
import { problemResponse } from './problem-json.ts';

/**
 * Writes what the gateway served. Headers are one plain object and the body is bytes or a string:
 * the adapter sends such a response in one write, anything else goes through web streams.
 */
export function answerTo({ reply, cacheStatus, ageSeconds, call, durationMs }: Measured, requestId: string): Response {
  if (reply.kind === 'left') return new Response(null, { status: 499 });
  const headers: Record<string, string> = { 'x-request-id': requestId };
  if (call !== undefined) {
    headers['server-timing'] = serverTiming(durationMs, call.tally);
    headers['x-runway-attempts'] = String(call.tally.attempts);
  }
  if (reply.kind === 'problem') return problemResponse(reply.problem, requestId, headers);

  const { status, headers: passedOn, body } = reply.answer;
  if (cacheStatus !== undefined) headers['cache-status'] = cacheStatus;
  if (ageSeconds !== undefined) headers.age = String(ageSeconds);
  return new Response(body.length > 0 ? (body as Uint8Array<ArrayBuffer>) : null, { status, headers: { ...passedOn, ...headers } });
}

/** W3C Server Timing: what the gateway added, what FunctionGraph took, what was waited before repeats, and in how many attempts. */
function serverTiming(durationMs: number, { receivingMs, upstreamMs, queuedMs, pausedMs, attempts }: Tally): string {
  const gatewayMs = Math.max(0, durationMs - receivingMs - upstreamMs - queuedMs - pausedMs);
  const queued = queuedMs > 0 ? ` queue;dur=${queuedMs.toFixed(2)},` : '';
  const paused = pausedMs > 0 ? ` backoff;dur=${pausedMs.toFixed(2)},` : '';
  return `gateway;dur=${gatewayMs.toFixed(2)}, upstream;dur=${upstreamMs.toFixed(2)},${queued}${paused} attempts;desc="${attempts}"`;
}
