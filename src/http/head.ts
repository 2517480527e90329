import type { Arrival } from '../accept.ts';
import { type CachePolicy, ownMsOf, type Tally } from '../call.ts';
import type { Measured } from '../gateway.ts';
import { rateLimitFields } from './rate-limit.ts';
import { gatewayTiming } from './timing.ts';

/** Names and values in turns: Node writes such a head as it is, and looks at every member of any other. */
export type Head = string[];

/** What `QUERY` takes, as a list of RFC 9651. */
export const acceptQuery = { 'accept-query': '"application/json"' };

/** What every answer to a call says of how it came to be, but for the id of a problem, which says its own. */
export function ownHead({ reply, cacheStatus, ageMs, etag, replayed, limits, call, durationMs }: Measured, arrival: Arrival): Head {
  const head: Head = ['server-timing', call === undefined ? gatewayTiming(durationMs) : serverTiming(durationMs, call.tally)];
  if (limits !== undefined) for (const field of rateLimitFields(limits)) head.push(field);
  if (replayed) head.push('idempotency-replayed', 'true');
  if (call !== undefined) {
    head.push('x-runway-attempts', String(call.tally.attempts));
    const vary = call.target.cache && varyOf(call.target.cache);
    if (vary) head.push('vary', vary);
  }
  // The routes themselves refuse every method but POST and QUERY.
  if (reply.kind === 'problem' && reply.problem.code === 'method_not_allowed') head.push('allow', 'POST');
  else if (arrival.method === 'QUERY') head.push('accept-query', acceptQuery['accept-query']);
  if (reply.kind !== 'answer') return head;
  head.push('x-request-id', arrival.requestId);
  if (cacheStatus !== undefined) head.push('cache-status', cacheStatus);
  if (ageMs !== undefined) head.push('age', String(Math.floor(ageMs / 1_000)));
  if (etag !== undefined) head.push('etag', etag);
  return head;
}

const varyOfPolicy = new WeakMap<CachePolicy, string>();

/** What of a request makes another result of it (RFC 9110 section 12.5.5): who calls, unless consumers share them, and what the file names. */
function varyOf(policy: CachePolicy): string {
  const known = varyOfPolicy.get(policy);
  if (known !== undefined) return known;
  const owner = policy.scope === 'shared' ? [] : ['authorization', 'x-api-key'];
  const vary = [...owner, ...policy.vary].join(', ');
  varyOfPolicy.set(policy, vary);
  return vary;
}

/** W3C Server Timing: what the gateway added, what FunctionGraph took, what was waited before repeats, and in how many attempts. */
function serverTiming(durationMs: number, tally: Tally): string {
  const { upstreamMs, queuedMs, pausedMs, attempts } = tally;
  const queued = queuedMs > 0 ? ` queue;dur=${queuedMs.toFixed(2)},` : '';
  const paused = pausedMs > 0 ? ` backoff;dur=${pausedMs.toFixed(2)},` : '';
  return `${gatewayTiming(ownMsOf(tally, durationMs))}, upstream;dur=${upstreamMs.toFixed(2)},${queued}${paused} attempts;desc="${attempts}"`;
}
