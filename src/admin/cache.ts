import { z } from 'zod';
import type { Problem } from '../call.ts';
import { only, type Plane, requestIdOf } from '../http/plane.ts';
import { problemResponse } from '../http/problem-json.ts';
import { headersFor, readJson } from './json.ts';

/** One result by its key, else all of a function, a consumer, both, or all there are. */
export type PurgeAsked =
  | { readonly key: string }
  | { readonly key: undefined; readonly function: string | undefined; readonly consumer: string | undefined };

export interface LookAsked {
  readonly function: string;
  readonly consumer: string;
  /** JSON text in UTF-8. */
  readonly event: Buffer;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What is kept of a call. `key` is undefined when nothing can be: `kept` then says so as well. */
export interface LookAnswer {
  readonly key: string | undefined;
  readonly kept: object | undefined;
}

/** The kept results of the configuration in force. */
export interface CacheControl {
  purge(what: PurgeAsked): Promise<{ readonly count: number; readonly everywhere: boolean }>;
  /** Undefined: there is no function of this name. */
  look(call: LookAsked): Promise<LookAnswer | undefined>;
  /** Told of every purge, for the log: who asked, and what came of it. */
  onPurged(
    what: PurgeAsked,
    purged: { readonly count: number; readonly everywhere: boolean },
    by: { readonly requestId: string; readonly from: string | undefined },
  ): void;
}

const purgeBytes = 4 * 1024;
/** An event of which a result can be kept is smaller than half of that. */
const lookBytes = 64 * 1024;

// Strict: a mistyped key must not purge everything.
const purgeBody = z
  .strictObject({ function: z.string().optional(), consumer: z.string().optional(), key: z.string().optional() })
  .refine(({ function: fn, consumer, key }) => key === undefined || (fn === undefined && consumer === undefined));

const lookBody = z.strictObject({
  function: z.string(),
  consumer: z.string().default('anonymous'),
  event: z.unknown().default({}),
  headers: z.record(z.string(), z.string()).default({}),
});

/** `POST /admin/cache/purge` and `POST /admin/cache/look`. */
export function routeCache(app: Plane, cache: CacheControl): void {
  app.post('/admin/cache/purge', async (c) => {
    const asked = await readJson(c.env.incoming, purgeBody, purgeBytes);
    if (asked === undefined) return problemResponse(unreadablePurge, requestIdOf(c));
    const { function: fn, consumer, key } = asked;
    const what: PurgeAsked = key === undefined ? { key, function: fn, consumer } : { key };
    const purged = await cache.purge(what);
    cache.onPurged(what, purged, { requestId: requestIdOf(c), from: c.env.incoming.socket.remoteAddress });
    return c.json({ ...asked, ...purged }, 200, headersFor(c));
  });
  app.all('/admin/cache/purge', only('POST'));

  app.post('/admin/cache/look', async (c) => {
    const asked = await readJson(c.env.incoming, lookBody, lookBytes);
    if (asked === undefined) return problemResponse(unreadableLook, requestIdOf(c));
    const headers = Object.fromEntries(Object.entries(asked.headers).map(([name, value]) => [name.toLowerCase(), value]));
    const answer = await cache.look({ ...asked, event: Buffer.from(JSON.stringify(asked.event)), headers });
    if (answer === undefined) return problemResponse(unknown, requestIdOf(c));
    return c.json({ function: asked.function, key: answer.key ?? null, kept: answer.kept ?? null }, 200, headersFor(c));
  });
  app.all('/admin/cache/look', only('POST'));
}

const unreadablePurge: Problem = {
  code: 'invalid_request',
  detail:
    'what to purge cannot be read from the body, allowed is {"function": "NAME"}, {"consumer": "ID"}, both, {"key": "KEY"} alone, or {} for everything',
};
const unreadableLook: Problem = {
  code: 'invalid_request',
  detail:
    'which call is meant cannot be read from the body, allowed is {"function": "NAME"} with, if need be, "event": JSON, "consumer": "ID" and "headers": {"NAME": "VALUE"}',
};
const unknown: Problem = { code: 'unknown_function', detail: 'no function of this name is known here' };
