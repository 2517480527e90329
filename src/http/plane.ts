import { randomUUID } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { Hono } from 'hono';
import type { Health, HealthAnswer } from '../health.ts';
import { internalError } from '../problem.ts';
import { continueRequestId } from '../telemetry/request-id.ts';
import { problemResponse } from './problem-json.ts';

export type Plane = Hono<{ Bindings: HttpBindings }>;
export type PlaneContext = Context<{ Bindings: HttpBindings }>;

/** The id of a request: its own, when it brings a well-formed one. The same however often it is asked for. */
export function requestIdOf(c: Context): string {
  const known = c.get(requestIdKey) as string | undefined;
  if (known !== undefined) return known;
  const id = continueRequestId(c.req.header('x-request-id'), randomUUID);
  c.set(requestIdKey, id);
  return id;
}

const requestIdKey = 'requestId';

/** What both planes have: health, and problems for what is not there or went wrong. `onFault` gets what only the log may see. */
export function newPlane(health: Health, onFault: (fault: unknown, requestId: string) => void): Plane {
  const app: Plane = new Hono();
  const verbose = (c: Context) => c.req.query('verbose') !== undefined;
  app.get('/livez', (c) => healthResponse(health.livez(verbose(c)), requestIdOf(c)));
  app.get('/readyz', (c) => healthResponse(health.readyz(verbose(c)), requestIdOf(c)));
  app.all('/livez', only('GET, HEAD'));
  app.all('/readyz', only('GET, HEAD'));
  app.notFound((c) => problemResponse({ code: 'not_found', detail: 'there is no such route' }, requestIdOf(c)));
  app.onError((fault, c) => {
    const requestId = requestIdOf(c);
    onFault(fault, requestId);
    return problemResponse(internalError, requestId);
  });
  return app;
}

/** Answers every method that the routes before it did not take. `more`: further headers of that answer. */
export function only(allow: string, more: Readonly<Record<string, string>> = {}): (c: Context) => Response {
  const detail = `the method is not allowed here, allowed is: ${allow}`;
  return (c) => problemResponse({ code: 'method_not_allowed', detail }, requestIdOf(c), { allow, ...more });
}

function healthResponse({ status, body }: HealthAnswer, requestId: string): Response {
  return new Response(body, {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-request-id': requestId },
  });
}
