import { z } from 'zod';
import type { Problem } from '../call.ts';
import { only, type Plane, requestIdOf } from '../http/plane.ts';
import { problemResponse } from '../http/problem-json.ts';
import type { BreakerState } from '../telemetry/function-tally.ts';
import { headersFor, readJson } from './json.ts';

const states = ['open', 'closed', 'auto'] as const;

/** `open` and `closed` hold a circuit there, `auto` leaves it to itself again. */
export type ForcedState = (typeof states)[number];

export interface BreakerRow {
  readonly function: string;
  readonly state: BreakerState;
  /** An operator holds it there. */
  readonly forced: boolean;
}

/** The circuits of the configuration in force. */
export interface BreakerControl {
  list(): readonly BreakerRow[];
  /** False: there is no function of this name. */
  force(name: string, to: ForcedState): boolean;
}

const bodyBytes = 1024;
const body = z.object({ state: z.enum(states) });

/** `GET /admin/breakers` and `POST /admin/breakers/:name`. */
export function routeBreakers(app: Plane, breakers: BreakerControl): void {
  app.get('/admin/breakers', (c) => c.json({ breakers: breakers.list() }, 200, headersFor(c)));
  app.all('/admin/breakers', only('GET, HEAD'));
  app.post('/admin/breakers/:name', async (c) => {
    const asked = await readJson(c.env.incoming, body, bodyBytes);
    if (asked === undefined) return problemResponse(unreadable, requestIdOf(c));
    const to = asked.state;
    const name = c.req.param('name');
    return breakers.force(name, to) ? c.json({ function: name, state: to }, 200, headersFor(c)) : problemResponse(unknown, requestIdOf(c));
  });
  app.all('/admin/breakers/:name', only('POST'));
}

const unreadable: Problem = {
  code: 'invalid_request',
  detail: 'the state of the circuit cannot be read from the body, allowed is {"state": "open"}, "closed" or "auto"',
};
const unknown: Problem = {
  code: 'unknown_function',
  detail: 'no function of this name is known here; GET /admin/breakers lists those there are',
};
