import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { Arrival, Method } from '../accept.ts';
import { eventMedia } from '../event-media.ts';
import type { Gateway } from '../gateway.ts';
import { pooledRandomBytes } from '../telemetry/random-bytes.ts';
import { type BeginTrace, continueTrace } from '../telemetry/trace-context.ts';
import { answerTo } from './answer.ts';
import { readBody } from './body.ts';
import { requestIdOf } from './plane.ts';
import { factsOf } from './span-facts.ts';

const randomBytes = pooledRandomBytes();
const unrecorded: BeginTrace = (_method, traceparent, tracestate) => continueTrace(traceparent, tracestate, randomBytes);

type RunContext = Context<{ Bindings: HttpBindings }, '/run/:name'>;

/**
 * `POST` and `QUERY /run/:name`: brings the request to the gateway and its answer back. Nothing of the call is decided here.
 * `ending` aborts the calls that are still under way when the gateway can wait no longer.
 */
export function runHandler(gateway: Gateway, ending: AbortSignal, beginTrace = unrecorded) {
  return async (c: RunContext): Promise<Response> => {
    const { outgoing } = c.env;
    const arrival = arrivalOf(c.req.param('name'), c.req.method as Method, requestIdOf(c), c.env, ending, beginTrace);
    const call = new AbortController();
    const end = () => call.abort('shutting_down');
    ending.addEventListener('abort', end);
    outgoing.once('close', () => {
      ending.removeEventListener('abort', end);
      if (!outgoing.writableFinished) call.abort('caller_left');
    });
    const served = await gateway.run(arrival, call.signal);
    arrival.trace.span?.end(factsOf(arrival, served));
    return answerTo(served, arrival);
  };
}

function arrivalOf(
  name: string,
  method: Method,
  requestId: string,
  { incoming, outgoing }: HttpBindings,
  ending: AbortSignal,
  beginTrace: BeginTrace,
): Arrival {
  const header = (headerName: string) => {
    const value = incoming.headers[headerName];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  return {
    name,
    method,
    requestId,
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
