import type { Target } from '../call.ts';
import type { Gateway } from '../gateway.ts';
import type { Health } from '../health.ts';
import type { BeginTrace } from '../telemetry/trace-context.ts';
import { isCallMethod } from './call-route.ts';
import { challengeFor } from './challenge.ts';
import { acceptQuery } from './head.ts';
import type { Plane } from './plane.ts';
import { newPlane, only, requestIdOf } from './plane.ts';
import { problemResponse } from './problem-json.ts';
import { runHandler } from './run.ts';

export interface DataPlaneParts {
  readonly gateway: Gateway;
  readonly health: Health;
  /** Aborts when the gateway can wait no longer for the calls under way. */
  readonly ending: AbortSignal;
  /** Undefined: no spans are recorded, and the caller's trace goes on through the gateway all the same. */
  readonly beginTrace?: BeginTrace | undefined;
  /** A fault of our own, for the log. */
  readonly onFault: (fault: unknown, requestId: string) => void;
}

/** The routes of the data plane. */
export function dataPlane({ gateway, health, ending, beginTrace, onFault }: DataPlaneParts): Plane {
  const app = newPlane(health, onFault);
  const run = runHandler({ gateway, ending, beginTrace, onFault });
  const refuse = only('POST, QUERY', acceptQuery);
  // One route for both: of two that match, Hono makes a chain of promises on every request.
  app.all('/run/:name', (c) => (isCallMethod(c.req.method) ? run(c) : refuse(c)));
  app.get('/run', async (c) => {
    const requestId = requestIdOf(c);
    const credentials = { authorization: c.req.header('authorization'), apiKey: c.req.header('x-api-key') };
    const listing = await gateway.functionsFor(credentials);
    if (listing.kind === 'refused') return problemResponse(listing.problem, requestId, challengeFor(listing.problem, credentials));
    return c.json({ functions: listing.functions.map(listed) }, 200, { 'x-request-id': requestId, 'cache-control': 'no-store' });
  });
  app.all('/run', only('GET, HEAD'));
  return app;
}

function listed({ name, description, idempotent, cache }: Target) {
  return { name, description, payload: 'event', idempotent, kept: cache !== undefined };
}
