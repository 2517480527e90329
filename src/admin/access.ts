import { createHash, timingSafeEqual } from 'node:crypto';
import type { Problem } from '../call.ts';
import { type Plane, type PlaneContext, requestIdOf } from '../http/plane.ts';
import { problemResponse } from '../http/problem-json.ts';
import type { Reveal } from '../upstream.ts';

/** What of a request decides whether it is let in. */
export interface Credentials {
  readonly authorization: string | undefined;
  /** The header: a page keeps its own name in it, whatever address that was made to resolve to. */
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** Where its connection comes from; undefined when that is closed already. */
  readonly remoteAddress: string | undefined;
}

/**
 * Why a request may not see or change anything under `/admin`; undefined: it may. With a token, who has it may. Without one, who is on
 * this machine may, if the request is meant for it: a page in the operator's browser can send requests to loopback, but not
 * without its own name in `Origin`, or in `Host` when it had that name resolve to loopback (DNS rebinding).
 */
export function flawOfAccess(request: Credentials, token: Reveal | undefined): Problem | undefined {
  if (token !== undefined) {
    const [, given] = /^Bearer +(.+)$/i.exec(request.authorization ?? '') ?? [];
    if (given !== undefined && isToken(given, token)) return undefined;
    const what = request.authorization === undefined ? 'the request has no token' : 'the token of the request is not the configured one';
    return { code: 'unauthenticated', detail: `${what}, needed is Authorization: Bearer with the value of admin.token` };
  }
  if (!isLoopback(request.remoteAddress)) {
    return { code: 'forbidden', detail: 'no admin.token is configured, so this is for callers on the gateway’s own machine only' };
  }
  if (!isLocal(`http://${request.host ?? ''}`)) return foreign('Host', request.host);
  if (request.origin !== undefined && !isLocal(request.origin)) return foreign('Origin', request.origin);
  return undefined;
}

/**
 * Keeps everybody from the routes below `/admin` whom {@link flawOfAccess} has something against. Comes before those routes. Who guesses is told
 * of, and no more: to count guesses and lock the door would let anybody lock it for operators behind the same proxy.
 */
export function guard(app: Plane, token: Reveal | undefined, onWrongToken: (from: string | undefined) => void): void {
  app.use('/admin/*', async (c, next) => {
    const credentials = credentialsOf(c);
    const flaw = flawOfAccess(credentials, token);
    if (flaw === undefined) return next();
    if (flaw.code === 'unauthenticated' && credentials.authorization !== undefined) onWrongToken(credentials.remoteAddress);
    // RFC 6750 section 3: a 401 says what is asked for.
    return problemResponse(flaw, requestIdOf(c), flaw.code === 'unauthenticated' ? { 'www-authenticate': 'Bearer' } : {});
  });
}

/** Compares digests, which are equally long whatever was given: how long it takes tells nothing of the token. */
export function isToken(given: string, token: Reveal): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token.reveal()));
}

export function credentialsOf(c: PlaneContext): Credentials {
  return {
    authorization: c.req.header('authorization'),
    host: c.req.header('host'),
    origin: c.req.header('origin'),
    remoteAddress: c.env.incoming.socket.remoteAddress,
  };
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/.test(address);
}

function isLocal(url: string): boolean {
  const hostname = URL.parse(url)?.hostname;
  return hostname === 'localhost' || hostname === '[::1]' || isLoopback(hostname);
}

function foreign(header: string, seen = ''): Problem {
  const detail = `no admin.token is configured, and ${header} is ${JSON.stringify(seen)}, allowed is localhost, 127.0.0.1 or [::1]`;
  return { code: 'forbidden', detail };
}
