import { getCookie } from 'hono/cookie';
import type { Problem } from '../../call.ts';
import { type Plane, type PlaneContext, requestIdOf } from '../../http/plane.ts';
import { problemResponse } from '../../http/problem-json.ts';
import type { Reveal } from '../../upstream.ts';
import { credentialsOf, flawOfAccess } from '../access.ts';
import { headersFor } from '../json.ts';
import { consoleHeaders } from './headers.ts';
import type { Sessions } from './sessions.ts';

export const cookieName = 'runway_console';
export const signInPath = '/console/sign-in';

/**
 * Why a request may not enter; undefined: it may. With a token, who has signed in by it may; without one, the same as under `/admin`: who is on
 * this machine, by a local name.
 */
export function flawOfEntry(c: PlaneContext, token: Reveal | undefined, sessions: Sessions): Problem | undefined {
  if (token === undefined) return flawOfAccess(credentialsOf(c), undefined);
  if (sessions.has(getCookie(c, cookieName))) return undefined;
  return { code: 'unauthenticated', detail: `nobody has signed in here, or too long ago; ${signInPath} is where to` };
}

/** Keeps everybody from `/console` who may not enter, and gives its answers their headers. Comes before its routes. */
export function guardConsole(app: Plane, token: Reveal | undefined, sessions: Sessions): void {
  app.use('/console/*', async (c, next) => {
    const flaw = isOpen(c.req.path, token) ? undefined : flawOfEntry(c, token, sessions);
    if (flaw === undefined) {
      await next();
      const { headers } = c.res;
      for (const [name, value] of Object.entries(consoleHeaders)) headers.set(name, value);
      if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
      if (!headers.has('x-request-id')) headers.set('x-request-id', requestIdOf(c));
      return undefined;
    }
    const headers = { ...consoleHeaders, ...headersFor(c) };
    // A person who only has to sign in is brought there, and back.
    if (flaw.code === 'unauthenticated' && c.req.header('accept')?.includes('text/html')) {
      const { pathname, search } = new URL(c.req.url);
      const to = new URLSearchParams({ to: pathname + search });
      return new Response(null, { status: 303, headers: { ...headers, location: `${signInPath}?${to}` } });
    }
    return problemResponse(flaw, requestIdOf(c), headers);
  });
}

/**
 * What is wrong with where an action was asked for; undefined: a page of this console did. A page of somebody else has its own name in `Origin`, and
 * browsers say as well that it is another site. (A form of this page would have `null` there, because of its referrer policy: actions are no forms.)
 */
export function flawOfOrigin(c: PlaneContext): Problem | undefined {
  const origin = c.req.header('origin');
  const site = c.req.header('sec-fetch-site');
  const sameHost = origin !== undefined && URL.parse(origin)?.host === c.req.header('host');
  if (sameHost && (site === undefined || site === 'same-origin')) return undefined;
  const detail = `this can be asked for by a page of the console only, and Origin is ${JSON.stringify(origin ?? '')}, allowed is the host itself`;
  return { code: 'forbidden', detail };
}

/** Where somebody signs in, and what that page looks like. Without a token nobody has to. */
function isOpen(path: string, token: Reveal | undefined): boolean {
  return token !== undefined && (path === signInPath || path.startsWith('/console/assets/'));
}
