import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { html } from 'hono/html';
import { readBody } from '../../http/body.ts';
import { only, type Plane, type PlaneContext } from '../../http/plane.ts';
import type { Reveal } from '../../upstream.ts';
import { isToken } from '../access.ts';
import type { OnEntry, ShowPage } from './control.ts';
import { cookieName, signInPath } from './entry.ts';
import type { Html } from './layout.ts';
import { type Sessions, sessionMs } from './sessions.ts';

/** Where somebody goes who wanted nothing else. */
const pagePath = '/console';
const formBytes = 4 * 1_024;
const formTimeoutMs = 5_000;

/** `GET` and `POST /console/sign-in`, `POST /console/sign-out`: the token once, and a cookie in its place. */
export function routeSignIn(app: Plane, token: Reveal, sessions: Sessions, onEntry: OnEntry, show: ShowPage): void {
  const ask = (c: PlaneContext, to: string, flaw: string | undefined, status: 200 | 403 | 429) =>
    show(c, { title: 'Sign in', page: undefined }, signInPage(to, flaw), status);

  app.get(signInPath, (c) => ask(c, ownPathOf(c.req.query('to')), undefined, 200));

  app.post(signInPath, async (c) => {
    const from = c.env.incoming.socket.remoteAddress;
    // A page of somebody else, in the browser of an operator, could use up the tries of all who come from there. (A form of this page has
    // `null` for its Origin, because of the referrer policy.)
    const site = c.req.header('sec-fetch-site');
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return ask(c, pagePath, 'Sign in from this page itself.', 403);
    const read = await readBody(c.env.incoming, formBytes, formTimeoutMs);
    const form = new URLSearchParams(read.kind === 'read' ? read.body.toString() : '');
    const to = ownPathOf(form.get('to') ?? undefined);
    if (sessions.mustWait(from ?? '')) {
      onEntry('too many wrong tokens', from);
      c.header('retry-after', '60');
      return ask(c, to, 'Too many wrong tokens came from here. Try again in a minute.', 429);
    }
    if (!isToken(form.get('token') ?? '', token)) {
      sessions.failed(from ?? '');
      onEntry('wrong token', from);
      return ask(c, to, 'This is not the token.', 403);
    }
    onEntry('signed in', from);
    setCookie(c, cookieName, sessions.open(), {
      path: '/console',
      httpOnly: true,
      sameSite: 'Strict',
      maxAge: sessionMs / 1_000,
      // The gateway speaks plain HTTP itself; where something before it speaks TLS, the cookie is never to go out without.
      secure: /^\s*https\s*(?:,|$)/i.test(c.req.header('x-forwarded-proto') ?? ''),
    });
    return c.redirect(to, 303);
  });
  app.all(signInPath, only('GET, HEAD, POST'));

  app.post('/console/sign-out', (c) => {
    const id = getCookie(c, cookieName);
    if (id !== undefined) sessions.close(id);
    onEntry('signed out', c.env.incoming.socket.remoteAddress);
    deleteCookie(c, cookieName, { path: '/console' });
    return c.redirect(signInPath, 303);
  });
  app.all('/console/sign-out', only('POST'));
}

/** The page of the console that somebody wanted to see, as a browser would read the address; what leads elsewhere leads to the first one. */
function ownPathOf(asked = ''): string {
  const here = 'http://console.invalid';
  const to = URL.parse(asked, here);
  const isOwn = to?.origin === here && (to.pathname === '/console' || to.pathname.startsWith('/console/'));
  return isOwn ? to.pathname + to.search : pagePath;
}

function signInPage(to: string, flaw: string | undefined): Html {
  return html`<div class="sign-in"><h1>Sign in</h1>
<p class="lead">By the value of <code>admin.token</code> in the configuration of this gateway.</p>
<form method="post" action="${signInPath}">
  <input type="hidden" name="to" value="${to}">
  <label for="token">Token</label>
  <input class="input" id="token" name="token" type="password" autocomplete="current-password" required autofocus${flaw === undefined ? '' : html` aria-invalid="true" aria-describedby="token-flaw"`}>
  ${flaw === undefined ? '' : html`<p class="flaw" id="token-flaw" role="alert">${flaw}</p>`}
  <button class="button primary">Sign in</button>
</form></div>`;
}
