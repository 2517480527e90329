import { describe, expect, test } from 'vitest';
import { rawHttp, requestText } from '../../support/raw-http.ts';
import { cookieOf, startConsole } from './start-console.ts';

const token = 'correct-horse';
const pages = ['/console', '/console/functions/hello', '/console/consumers', '/console/consumers/anonymous', '/console/configuration'];
const actions = ['breaker', 'purge', 'try', 'explain'].map((what) => `/console/functions/hello/${what}`);
const others = ['/console/events', '/console/events?function=hello', '/console/nothing', '/console/functions/hello/nothing'];

describe('with a token', () => {
  test.each([...pages, ...others])('GET %s shows nothing to who has not signed in', async (path) => {
    await using console = await startConsole({ token });
    const page = await console.get(path);
    expect([page.status, page.headers.get('location')]).toEqual([303, `/console/sign-in?to=${encodeURIComponent(path)}`]);
    const program = await console.get(path, { accept: '*/*' });
    expect([program.status, await program.json()]).toMatchObject([401, { code: 'unauthenticated' }]);
    for (const cookie of ['runway_console=', 'runway_console=guessed', `runway_console=${token}`]) {
      expect((await console.get(path, { accept: '*/*', cookie })).status).toBe(401);
    }
    // The token itself is for /admin: a page cannot send it, and nothing else needs the console.
    expect((await console.get(path, { accept: '*/*', authorization: `Bearer ${token}` })).status).toBe(401);
  });

  test.each(actions)('POST %s does nothing for who has not signed in', async (path) => {
    await using console = await startConsole({ token });
    const answer = await console.act(path, { state: 'open' }, { accept: '*/*' });
    expect(answer.status).toBe(401);
    expect([console.forced, console.purged, console.acts]).toEqual([[], [], []]);
  });

  test('who signs in by it may see and do everything, and may not any more when signed out', async () => {
    await using console = await startConsole({ token });
    const entered = await console.signIn(token, '/console/functions/hello');
    expect([entered.status, entered.headers.get('location')]).toEqual([303, '/console/functions/hello']);
    const cookie = cookieOf(entered);
    expect((await console.get('/console', { cookie })).status).toBe(200);
    expect((await console.act('/console/functions/hello/breaker', { state: 'open' }, { cookie })).status).toBe(200);
    expect(console.forced).toEqual(['hello open']);
    const left = await console.act('/console/sign-out', {}, { cookie });
    expect([left.status, left.headers.get('location')]).toEqual([303, '/console/sign-in']);
    expect((await console.get('/console', { cookie })).status).toBe(303);
    expect(console.entries).toEqual(['signed in', 'signed out']);
  });

  test('the cookie is out of reach of scripts, of other sites, and of what is not the console', async () => {
    await using console = await startConsole({ token });
    const plain = (await console.signIn(token)).headers.get('set-cookie')!;
    expect(plain).toMatch(/^runway_console=[\w-]{43}; Max-Age=28800; Path=\/console; HttpOnly; SameSite=Strict$/);
  });

  test.each([
    ['https', true],
    ['https,http', true],
    [' HTTPS , http', true],
    ['http', false],
    ['http, https', false],
    ['', false],
  ])('the cookie stays on TLS where the browser speaks it: X-Forwarded-Proto %j', async (proto, secure) => {
    await using console = await startConsole({ token });
    const entered = await console.signIn(token, '/console', { 'x-forwarded-proto': proto });
    expect(entered.headers.get('set-cookie')!.includes('; Secure')).toBe(secure);
  });

  test('a session ends after eight hours', async () => {
    await using console = await startConsole({ token });
    const cookie = cookieOf(await console.signIn(token));
    await console.clock.advance(8 * 60 * 60 * 1_000 - 1);
    expect((await console.get('/console', { cookie })).status).toBe(200);
    await console.clock.advance(1);
    expect((await console.get('/console', { cookie })).status).toBe(303);
  });

  test('a wrong one is refused, and after five of them the right one too, for a minute', async () => {
    await using console = await startConsole({ token });
    for (const guess of ['', 'wrong', 'correct-hors', 'correct-horse2', 'Correct-horse']) {
      const answer = await console.signIn(guess);
      expect([answer.status, answer.headers.get('set-cookie')]).toEqual([403, null]);
    }
    const late = await console.signIn(token);
    expect([late.status, late.headers.get('retry-after'), late.headers.get('set-cookie')]).toEqual([429, '60', null]);
    await console.clock.advance(60_000);
    expect((await console.signIn(token)).status).toBe(303);
    expect(console.entries).toEqual([...Array(5).fill('wrong token'), 'too many wrong tokens', 'signed in']);
  });

  test('a page of somebody else can neither sign in nor use up the tries', async () => {
    await using console = await startConsole({ token });
    for (let guess = 0; guess < 10; guess++) {
      for (const site of ['cross-site', 'same-site']) {
        const headers = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': site };
        const body = `token=${guess === 9 ? token : 'wrong'}`;
        const answer = await fetch(`${console.url}/console/sign-in`, { method: 'POST', headers, body, redirect: 'manual' });
        expect([answer.status, answer.headers.get('set-cookie')]).toEqual([403, null]);
      }
    }
    expect(console.entries).toEqual([]);
    expect((await console.signIn(token)).status).toBe(303);
  });

  test('a wrong one under /admin is told of, and locks nobody out', async () => {
    await using console = await startConsole({ token });
    const ask = async (authorization: string) => (await fetch(`${console.url}/admin/breakers`, { headers: { authorization } })).status;
    for (let guess = 0; guess < 10; guess++) expect(await ask(`Bearer guess-${guess}`)).toBe(401);
    expect(await ask(`Bearer ${token}`)).toBe(200);
    expect(console.entries).toEqual(Array(10).fill('wrong token'));
  });

  test.each([
    'https://evil.example',
    '//evil.example',
    '/console/../admin',
    '/consoles',
    '/console\\@evil.example',
    'javascript:alert(1)',
    '',
  ])('signing in leads nowhere but into the console, whatever was asked for: %j', async (to) => {
    await using console = await startConsole({ token });
    const location = (await console.signIn(token, to)).headers.get('location')!;
    expect(new URL(location, 'http://gateway.example').href).toMatch(/^http:\/\/gateway\.example\/console(?:\/|$)/);
  });

  test('the page to sign in shows neither the token nor what was given', async () => {
    await using console = await startConsole({ token });
    const text =
      (await (await console.get('/console/sign-in?to=/console"><script>')).text()) + (await (await console.signIn('a-guess')).text());
    expect(text).not.toMatch(/correct-horse|a-guess|<script>/);
  });
});

describe('without a token', () => {
  test.each([...pages, ...actions, '/console/assets/0/console.css', '/console/sign-in'])(
    '%s is for this machine only, by a local name',
    async (path) => {
      await using console = await startConsole();
      for (const headers of [{ host: 'evil.example' }, { host: '127.0.0.1', origin: 'https://evil.example' }]) {
        for (const method of ['GET', 'POST']) {
          const answer = await rawHttp(console.port, requestText(method, path, headers, '{"state":"open"}'));
          expect(answer).toMatch(/^HTTP\/1.1 403 /);
        }
      }
      expect([console.forced, console.purged, console.acts]).toEqual([[], [], []]);
    },
  );

  test('nobody has to sign in, and there is nothing to sign out of', async () => {
    await using console = await startConsole();
    const page = await console.get('/console');
    expect([page.status, (await page.text()).includes('Sign out')]).toEqual([200, false]);
    expect((await console.get('/console/sign-in')).status).toBe(404);
  });
});

describe('what changes something', () => {
  test.each([
    ['another site', { origin: 'https://evil.example' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['nowhere', { origin: '' }],
    ['a sandboxed page', { origin: 'null' }],
    ['a page that another site has framed or opened', { 'sec-fetch-site': 'cross-site' }],
    ['a sibling of this host', { 'sec-fetch-site': 'same-site' }],
  ])('is not done when it is asked for by %s', async (_who, headers) => {
    await using console = await startConsole({ token });
    const cookie = cookieOf(await console.signIn(token));
    for (const path of actions) {
      const answer = await console.act(path, path.endsWith('breaker') ? { state: 'open' } : {}, { cookie, ...headers });
      expect([path, [403, 404].includes(answer.status)]).toEqual([path, true]);
    }
    expect([console.forced, console.purged, console.acts]).toEqual([[], [], []]);
  });

  test('is not done for a form, which any page can send', async () => {
    await using console = await startConsole();
    const answer = await console.act('/console/functions/hello/breaker', { state: 'open' }, { 'content-type': 'text/plain' });
    expect([answer.status, console.forced]).toEqual([400, []]);
  });
});

describe('every answer', () => {
  const csp =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

  test.each([...pages, '/console/nothing', '/console/functions/nobody', '/console/events'])(
    'of %s says that nothing else may be loaded, framed or kept',
    async (path) => {
      await using console = await startConsole();
      const answer = await console.get(path);
      expect(answer.headers.get('content-security-policy')).toBe(csp);
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      await answer.body?.cancel();
    },
  );

  test('has no script or style within it, and nothing from elsewhere', async () => {
    await using console = await startConsole();
    for (const path of pages) {
      const text = await (await console.get(path)).text();
      expect(text).not.toMatch(/<style|\sstyle=|<script(?! type="module" src="\/console\/assets\/)|\son\w+=|https?:\/\/|src="\/\//);
    }
  });
});

describe('what pages load', () => {
  test('never changes under its address, and is not sent again to who has it', async () => {
    await using console = await startConsole();
    const [, path] = /href="(\/console\/assets\/[0-9a-f]{16}\/console\.css)"/.exec(await (await console.get('/console')).text())!;
    const answer = await console.get(path!);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect((await console.get(path!, { 'if-none-match': answer.headers.get('etag')! })).status).toBe(304);
    expect((await console.get('/console/assets/0123456789abcdef/console.css')).status).toBe(404);
  });

  test.each(['tsconfig.json', 'uPlot.esm.d.ts', '..%2fassets.ts', '..', '%00'])('is no other file: %s', async (file) => {
    await using console = await startConsole();
    const [, folder] = /(\/console\/assets\/[0-9a-f]{16}\/)/.exec(await (await console.get('/console')).text())!;
    expect((await console.get(folder + file)).status).not.toBe(200);
  });

  test('is all there: what a script imports is served beside it', async () => {
    await using console = await startConsole();
    const [, folder] = /(\/console\/assets\/[0-9a-f]{16}\/)/.exec(await (await console.get('/console')).text())!;
    const seen = new Set<string>();
    const visit = async (file: string): Promise<void> => {
      if (seen.has(file)) return;
      seen.add(file);
      const answer = await console.get(folder + file);
      expect([file, answer.status]).toEqual([file, 200]);
      for (const [, next] of (await answer.text()).matchAll(/^import .*from '\.\/([\w.]+)';$/gm)) await visit(next!);
    };
    for (const entry of ['functions.js', 'function.js', 'refreshed.js', 'watched.js']) await visit(entry);
    expect(seen.size).toBeGreaterThan(10);
  });
});
