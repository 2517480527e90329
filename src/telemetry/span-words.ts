import { mbMsPerGbSecond } from '../call.ts';
import { apiKeyPattern } from '../consumer.ts';
import type { Facts, Part } from '../span.ts';

/** A part of a call, as OpenTelemetry's semantic conventions call it; what they have no word for begins with `runway.`. */
export interface Words {
  /** Where it has a better name than its part. */
  readonly name?: string | undefined;
  readonly attributes: Readonly<Record<string, string | number | boolean | undefined>>;
  /** `error.type`: it failed. Undefined: it did not, or not by its own fault. */
  readonly error?: string | undefined;
}

/** OpenTelemetry Semantic Conventions: "HTTP server span" for the call, FaaS "Outgoing invocations" for its attempts. */
export const words: { readonly [P in Part]: (facts: Facts[P]) => Words } = {
  call({ requestId, status, outcome, problem, consumer, function: name, attempts, cache, tier, replayed }) {
    return {
      attributes: {
        // What stands in the path of a request that became no call may be anything.
        'url.path': name && `/run/${name}`,
        'http.response.status_code': status,
        // A caller may send a key in any place.
        'runway.request_id': requestId.replace(apiKeyPattern, '[redacted]'),
        'runway.consumer': consumer,
        'runway.function': name,
        'runway.outcome': outcome,
        'runway.problem': problem,
        'runway.attempts': attempts,
        'runway.cache.result': cache,
        'runway.cache.tier': tier,
        'runway.replayed': replayed || undefined,
      },
      // "HTTP Server", "Status": a 4xx is the caller's fault.
      error: status !== undefined && status >= 500 ? (problem ?? outcome) : undefined,
    };
  },
  limit: ({ decision, limit }) => ({ attributes: { 'runway.limit.decision': decision, 'runway.limit.name': limit } }),
  recall: ({ freshness, tier }) => ({
    attributes: { 'runway.cache.found': freshness ?? 'nothing', 'runway.cache.tier': tier ?? 'none' },
  }),
  queue: ({ turn }) => ({ attributes: { 'runway.queue.turn': turn }, error: turn === 'taken' || turn === 'left' ? undefined : turn }),
  attempt({ target, earlier, status, outcome, cause, billedMbMs }) {
    const [, , region, , , , name] = target.urn.split(':');
    return {
      // "Span name should be set to the function name being executed."
      name,
      attributes: {
        'faas.invoked_name': name,
        'faas.invoked_provider': 'huawei_cloud',
        'faas.invoked_region': region,
        'cloud.resource_id': target.urn,
        'http.request.method': 'POST',
        'http.request.resend_count': earlier === 0 ? undefined : earlier,
        'http.response.status_code': /^\d+$/.test(status) ? Number(status) : undefined,
        'runway.function': target.name,
        'runway.upstream': target.upstream,
        'runway.outcome': outcome,
        'runway.billed_gb_seconds': gbSecondsOf(billedMbMs),
      },
      error: outcome === 'ok' || outcome === 'abandoned' ? undefined : (cause ?? outcome),
    };
  },
  refresh: ({ outcome, stored }) => ({
    attributes: { 'runway.outcome': outcome, 'runway.cache.stored': stored },
    error: outcome === 'ok' ? undefined : outcome,
  }),
};

export function gbSecondsOf(mbMs: number | undefined): number | undefined {
  return mbMs === undefined ? undefined : mbMs / mbMsPerGbSecond;
}
