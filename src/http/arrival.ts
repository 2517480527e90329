import { randomUUID } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { Arrival, Method } from '../accept.ts';
import { eventMedia } from '../event-media.ts';
import type { Signal } from '../signal.ts';
import { continueRequestId } from '../telemetry/request-id.ts';
import type { BeginTrace } from '../telemetry/trace-context.ts';
import { readBody } from './body.ts';

/** A request for a call, as Node's server brings it. */
export function arrivalOf(
  name: string,
  waitedMs: number,
  { incoming, outgoing }: HttpBindings,
  ending: Signal,
  beginTrace: BeginTrace,
): Arrival {
  const method = incoming.method as Method;
  const header = (headerName: string) => {
    const value = incoming.headers[headerName];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  return {
    name,
    waitedMs,
    method,
    requestId: continueRequestId(header('x-request-id'), randomUUID),
    trace: beginTrace(method, header('traceparent'), header('tracestate')),
    media: eventMedia(method, header),
    wantsLog: header('x-cff-log-type') === 'tail',
    header,
    ending,
    readEvent(limitBytes, timeoutMs) {
      if (incoming.headers.expect !== undefined) outgoing.writeContinue();
      return readBody(incoming, limitBytes, timeoutMs);
    },
  };
}
