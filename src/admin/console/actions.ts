import { z } from 'zod';
import type { Problem } from '../../call.ts';
import { only, type Plane, requestIdOf } from '../../http/plane.ts';
import { problemResponse } from '../../http/problem-json.ts';
import { readJson } from '../json.ts';
import type { ConsoleParts } from './control.ts';
import { flawOfOrigin } from './entry.ts';

const eventBytes = 6 * 1_024 * 1_024;
/** As it stands in JSON it may be twice as long. */
const trialBytes = 2 * eventBytes + 16 * 1_024;
const smallBytes = 1_024;

/** What a header can hold: anything else would be refused with a message that shows it. */
const key = z
  .string()
  .max(8_192)
  .regex(/^[!-~]*$/);

const trialBody = z.strictObject({ event: z.string().max(eventBytes), key: key.optional(), log: z.boolean() });
const explainBody = z.strictObject({ event: z.string().max(eventBytes), consumer: z.string().max(64) });
const breakerBody = z.strictObject({ state: z.enum(['open', 'closed', 'auto']) });
const purgeBody = z.strictObject({});

type By = Parameters<ConsoleParts['onActed']>[1];

/** What can be done from the page of a function: each asked for by a page of the console, and told of. */
export function routeActions(app: Plane, { functions, breakers, cache, trial, explain, onActed }: ConsoleParts): void {
  /** `run` with the name of a function there is and what the body asks for; it gives the answer, and undefined when the function is gone. */
  const action = <Schema extends z.ZodType>(
    what: string,
    schema: Schema,
    limitBytes: number,
    run: (name: string, asked: z.output<Schema>, by: By) => Promise<object | undefined>,
  ) => {
    const path = `/console/functions/:name/${what}` as const;
    app.post(path, async (c) => {
      // Taken once: without one of its own, a request has another id each time it is asked.
      const requestId = requestIdOf(c);
      const flaw = flawOfOrigin(c);
      if (flaw !== undefined) return problemResponse(flaw, requestId);
      const target = functions.find(c.req.param('name'));
      if (target === undefined) return problemResponse(unknown, requestId);
      const isJson = c.req.header('content-type')?.startsWith('application/json') === true;
      const asked = isJson ? await readJson(c.env.incoming, schema, limitBytes) : undefined;
      if (asked === undefined) return problemResponse(unreadable, requestId);
      const answer = await run(target.name, asked, { requestId, from: c.env.incoming.socket.remoteAddress });
      return answer ? c.json(answer, 200, { 'x-request-id': requestId }) : problemResponse(unknown, requestId);
    });
    app.all(path, only('POST'));
  };

  action('breaker', breakerBody, smallBytes, async (name, { state }, by) => {
    if (!breakers.force(name, state)) return undefined;
    onActed({ kind: 'breaker', function: name, state }, by);
    return { done: state === 'auto' ? 'The circuit is left to itself again.' : `The circuit is held ${state}.` };
  });

  action('purge', purgeBody, smallBytes, async (name, _asked, by) => {
    const purged = await cache.purge({ key: undefined, function: name, consumer: undefined });
    onActed({ kind: 'purge', function: name, ...purged }, by);
    const where = purged.everywhere ? 'on every gateway' : 'on this gateway; Redis is away, and the others are told when it is back';
    return { done: `What was kept of it has ended, ${where}.` };
  });

  action('try', trialBody, trialBytes, async (name, { event, key, log }, by) => {
    const answer = await trial({ requestId: by.requestId, function: name, event, key: key === '' ? undefined : key, wantsLog: log });
    onActed({ kind: 'try', function: name, status: answer.status }, by);
    return answer;
  });

  if (explain === undefined) return;
  action('explain', explainBody, trialBytes, async (name, { event, consumer }) =>
    explain({ function: name, consumer, body: Buffer.from(event), headers: {} }),
  );
}

const unknown: Problem = { code: 'unknown_function', detail: 'no function of this name is known here' };
const unreadable: Problem = {
  code: 'invalid_request',
  detail: 'what is asked for cannot be read from the body, allowed is what the console sends',
};
