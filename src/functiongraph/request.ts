import type { Call, Target } from '../call.ts';
import type { Upstream } from '../upstream.ts';
import type { HttpRequest } from './exchange.ts';

/** What is the same for every call of a target. */
interface Prepared {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Makes the requests of one upstream: `POST /v1.0/{project}/fss/functions/{urn}/invocations`, or `/v2/{project}/fgs/…`.
 * Of the caller's headers none is among them: cookies and credentials stay here.
 * Source: FunctionGraph API reference, "Executing a Function Synchronously", of 2018 for v1.0 and of 2025 for v2.
 */
export function requestBuilder(upstream: Upstream): (call: Call) => HttpRequest {
  const prepared = new WeakMap<Target, Prepared>();
  return ({ target, event, wantsLog, trace, requestId }) => {
    let constant = prepared.get(target);
    if (constant === undefined) {
      constant = prepare(upstream, target);
      prepared.set(target, constant);
    }
    const headers: Record<string, string> = { ...constant.headers, 'x-request-id': requestId, traceparent: trace.traceparent };
    if (trace.tracestate !== undefined) headers.tracestate = trace.tracestate;
    if (wantsLog) headers['x-cff-log-type'] = 'tail';
    return { method: 'POST', path: constant.path, headers, body: event };
  };
}

function prepare({ endpoint, apiVersion, projectId, response }: Upstream, { urn }: Target): Prepared {
  const service = apiVersion === 'v2' ? 'fgs' : 'fss';
  const version = { envelope: 'v1', raw: 'v0' }[response];
  return {
    // The URN goes out as it is, `:` and `!` included, as the SDK sends it; only the signature is made over the encoded form.
    path: `/${apiVersion}/${projectId}/${service}/functions/${urn}/invocations`,
    headers: {
      host: new URL(endpoint).host,
      'content-type': 'application/json',
      // A compressed answer could grow without bound, and nothing here would look into it.
      'accept-encoding': 'identity',
      via: '1.1 runway',
      ...(apiVersion === 'v2' && { 'x-cff-request-version': version }),
    },
  };
}
