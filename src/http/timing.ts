import { randomUUID } from 'node:crypto';
import type { Http2Bindings, HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { systemClock } from '../clock.ts';
import { continueRequestId } from '../telemetry/request-id.ts';

/** W3C Server Timing of what the gateway did by itself. */
export function gatewayTiming(durationMs: number): string {
  return `gateway;dur=${durationMs.toFixed(2)}`;
}

type Fetch = (request: Request, bindings: HttpBindings | Http2Bindings) => Response | Promise<Response>;

/** Every answer says its request's id and how long it took, whatever route made it. Those of calls say so themselves, see `head.ts`. */
export function timed(fetch: Fetch): Fetch {
  return (request, bindings) => {
    const { incoming } = bindings;
    const startedAtMs = systemClock.nowMs();
    const stamp = (answer: Response) => {
      if (answer === RESPONSE_ALREADY_SENT) return answer;
      const { headers } = answer;
      if (!headers.has('x-request-id')) {
        const [given] = [incoming.headers['x-request-id']].flat();
        headers.set('x-request-id', continueRequestId(given, randomUUID));
      }
      if (!headers.has('server-timing')) headers.set('server-timing', gatewayTiming(systemClock.nowMs() - startedAtMs));
      return answer;
    };
    const answer = fetch(request, bindings);
    return answer instanceof Promise ? answer.then(stamp) : stamp(answer);
  };
}
