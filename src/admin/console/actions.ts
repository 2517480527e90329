import { z } from 'zod';
import type { Problem } from '../../call.ts';
import { only, type Plane, type PlaneContext, requestIdOf } from '../../http/plane.ts';
import { problemResponse } from '../../http/problem-json.ts';
import { headersFor, readJson } from '../json.ts';
import type { Act, ConsoleParts } from './control.ts';
import { flawOfOrigin } from './entry.ts';

const eventBytes = 6 * 1_024 * 1_024;
/** As it stands in JSON it may be twice as long. */
const trialBytes = 2 * eventBytes + 16 * 1_024;
const smallBytes = 1_024;

const trialBody = z.strictObject({ event: z.string().max(eventBytes), key: z.string().max(1_024).optional(), log: z.boolean() });
const explainBody = z.strictObject({ event: z.string().max(eventBytes), consumer: z.string().max(64) });
const breakerBody = z.strictObject({ state: z.enum(['open', 'closed', 'auto']) });
const purgeBody = z.strictObject({});

/** What can be done from the page of a function: each asked for by a page of the console, and told of. */
export function routeActions(app: Plane, parts: ConsoleParts): void {
  const { functions, breakers, cache, trial, explain, onActed } = parts;

  /** `run` with the name of a function there is and what the body asks for. */
  const action = <Schema extends z.ZodType>(
    what: string,
    schema: Schema,
    limitBytes: number,
    run: (name: string, asked: z.output<Schema>, c: PlaneContext) => Promise<Response>,
  ) => {
    const path = `/console/functions/:name/${what}` as const;
    app.post(path, async (c) => {
      const flaw = flawOfOrigin(c);
      if (flaw !== undefined) return problemResponse(flaw, requestIdOf(c), headersFor(c));
      const target = functions.find(c.req.param('name'));
      if (target === undefined) return problemResponse(unknown, requestIdOf(c), headersFor(c));
      const isJson = c.req.header('content-type')?.startsWith('application/json') === true;
      const asked = isJson ? await readJson(c.env.incoming, schema, limitBytes) : undefined;
      if (asked === undefined) return problemResponse(unreadable, requestIdOf(c), headersFor(c));
      return run(target.name, asked, c);
    });
    app.all(path, only('POST'));
  };
  const acted = (c: PlaneContext, act: Act) => onActed(act, { requestId: requestIdOf(c), from: c.env.incoming.socket.remoteAddress });

  action('breaker', breakerBody, smallBytes, async (name, { state }, c) => {
    breakers.force(name, state);
    acted(c, { kind: 'breaker', function: name, state });
    const done = state === 'auto' ? 'The circuit is left to itself again.' : `The circuit is held ${state}.`;
    return c.json({ done }, 200, headersFor(c));
  });

  action('purge', purgeBody, smallBytes, async (name, _asked, c) => {
    const purged = await cache.purge({ key: undefined, function: name, consumer: undefined });
    acted(c, { kind: 'purge', function: name, ...purged });
    const where = purged.everywhere ? 'on every gateway' : 'on this gateway; Redis is away, and the others are told when it is back';
    return c.json({ done: `What was kept of it has ended, ${where}.` }, 200, headersFor(c));
  });

  action('try', trialBody, trialBytes, async (name, { event, key, log }, c) => {
    const answer = await trial({ function: name, event, key: key === '' ? undefined : key, wantsLog: log });
    acted(c, { kind: 'try', function: name, status: answer.status });
    return c.json(answer, 200, headersFor(c));
  });

  if (explain === undefined) return;
  action('explain', explainBody, trialBytes, async (name, asked, c) => {
    const call = { function: name, consumer: asked.consumer, body: Buffer.from(asked.event), headers: {} };
    const explanation = await explain(call);
    return explanation === undefined ? problemResponse(unknown, requestIdOf(c), headersFor(c)) : c.json(explanation, 200, headersFor(c));
  });
}

const unknown: Problem = { code: 'unknown_function', detail: 'no function of this name is known here' };
const unreadable: Problem = {
  code: 'invalid_request',
  detail: 'what is asked for cannot be read from the body, allowed is what the console sends',
};
