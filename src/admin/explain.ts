import { z } from 'zod';
import type { Problem } from '../call.ts';
import type { CallToExplain } from '../explain/explain.ts';
import type { Explanation } from '../explain/explanation.ts';
import { only, type Plane, requestIdOf } from '../http/plane.ts';
import { problemResponse } from '../http/problem-json.ts';
import { headersFor, readJson } from './json.ts';

/** What would become of a call under the configuration in force. */
export interface ExplainControl {
  /** Undefined: there is no function of this name. */
  explain(call: CallToExplain): Promise<Explanation | undefined>;
}

/** The largest event there is, as text in JSON: each of its quotes takes two bytes. */
const explainBytes = 13 * 1024 * 1024;

/** What Node lets a request have (`--max-http-header-size`): one with more would not become a call. */
const mostHeaderBytes = 16 * 1024;
/** Checked one by one, and no caller sends nearly as many. */
const mostHeaders = 100;

// Strict: a mistyped key must not explain another call than was meant.
const explainBody = z
  .strictObject({
    function: z.string(),
    consumer: z.string().default('anonymous'),
    event: z.unknown().optional(),
    body: z.string().optional(),
    headers: z.record(z.string(), z.string()).refine(areFew).default({}),
  })
  .refine(({ event, body }) => event === undefined || body === undefined);

/** `POST /admin/explain`. */
export function routeExplain(app: Plane, { explain }: ExplainControl): void {
  app.post('/admin/explain', async (c) => {
    const asked = await readJson(c.env.incoming, explainBody, explainBytes);
    if (asked === undefined) return problemResponse(unreadable, requestIdOf(c));
    const { event = {}, body = JSON.stringify(event) } = asked;
    const headers = Object.fromEntries(Object.entries(asked.headers).map(([name, value]) => [name.toLowerCase(), value]));
    const explanation = await explain({ function: asked.function, consumer: asked.consumer, body: Buffer.from(body), headers });
    return explanation === undefined ? problemResponse(unknown, requestIdOf(c)) : c.json(explanation, 200, headersFor(c));
  });
  app.all('/admin/explain', only('POST'));
}

function areFew(headers: Readonly<Record<string, string>>): boolean {
  const entries = Object.entries(headers);
  return (
    entries.length <= mostHeaders && entries.reduce((bytes, [name, value]) => bytes + name.length + value.length, 0) <= mostHeaderBytes
  );
}

const unreadable: Problem = {
  code: 'invalid_request',
  detail:
    'which call is meant cannot be read from the body, allowed is {"function": "NAME"} with, if need be, "consumer": "ID", "event": JSON or "body": "TEXT", and "headers": {"NAME": "VALUE"}, at most 100 and 16 KB of them; an event that is deep, or has over 128 KB outside its strings, as "body"',
};
const unknown: Problem = { code: 'unknown_function', detail: 'no function of this name is known here' };
