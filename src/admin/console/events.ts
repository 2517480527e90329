import type { Problem } from '../../call.ts';
import { only, type Plane, requestIdOf } from '../../http/plane.ts';
import { problemResponse } from '../../http/problem-json.ts';
import { headersFor } from '../json.ts';
import type { ConsoleParts } from './control.ts';
import { flawOfEntry } from './entry.ts';
import { EventStreams } from './event-streams.ts';
import type { Sessions } from './sessions.ts';
import { functionTicks, listTicks, tick } from './ticks.ts';

/** `GET /console/events`: of a function (`function`), of the list (`filter`), or that there was a sample. */
export function routeEvents(app: Plane, parts: ConsoleParts, sessions: Sessions): void {
  const { functions, ending, token } = parts;
  const streams = new EventStreams({ onSample: (listener) => functions.history.onSample(listener), ending });
  const list = listTicks(parts);
  const dataOf = (query: (name: string) => string | undefined): (() => string | undefined) | undefined => {
    const name = query('function');
    const filter = query('filter');
    if (filter !== undefined) return list(filter.slice(0, 63));
    if (name === undefined) return () => JSON.stringify(tick(parts));
    const target = functions.find(name);
    return target && functionTicks(parts, target);
  };
  app.get('/console/events', (c) => {
    const data = dataOf((name) => c.req.query(name));
    if (data === undefined) return problemResponse(unknown, requestIdOf(c), headersFor(c));
    // A connection of its own, so that nothing waits for it to be used again when the server closes.
    const headers = { ...headersFor(c), 'content-type': 'text/event-stream', 'x-accel-buffering': 'no', connection: 'close' };
    if (c.req.method === 'HEAD') return c.body(null, 200, headers);
    // A session ends: so does what it was shown.
    const stream = streams.open(() => (flawOfEntry(c, token, sessions) === undefined ? data() : undefined));
    if (stream === undefined) return problemResponse(tooMany, requestIdOf(c), headersFor(c));
    return c.body(stream, 200, headers);
  });
  app.all('/console/events', only('GET, HEAD'));
}

const unknown: Problem = { code: 'unknown_function', detail: 'no function of this name is known here' };
const tooMany: Problem = {
  code: 'overloaded',
  detail: 'too many pages of the console are open already; one that is closed makes room',
  retryAfterMs: 10_000,
};
