import { describe, expect, test } from 'vitest';
import { startAdminPlane } from '../support/admin.ts';
import { openSocket, rawHttp, requestText } from '../support/raw-http.ts';

/** An admin plane on a port of its own, over circuits that only remember what was asked of them. */
async function startAdmin(token?: string) {
  const forced: string[] = [];
  const faults: unknown[] = [];
  const listening = await startAdminPlane({
    breakers: {
      list: () => [{ function: 'hello', state: 'closed', forced: false }],
      force(name, to) {
        if (name === 'hello') forced.push(to);
        return name === 'hello';
      },
    },
    token,
    onFault: (fault) => void faults.push(fault),
  });
  const post = (name: string, body: string, headers: Record<string, string> = {}) =>
    fetch(`${listening.url}/admin/breakers/${name}`, { method: 'POST', body, headers });
  return { ...listening, forced, faults, post, [Symbol.asyncDispose]: () => listening.close(0) };
}

describe('POST /admin/breakers/:name', () => {
  test.each(['open', 'closed', 'auto'])('puts the circuit of a function to %s', async (state) => {
    await using admin = await startAdmin();
    const response = await admin.post('hello', JSON.stringify({ state }));
    expect([response.status, await response.json()]).toEqual([200, { function: 'hello', state }]);
    expect(admin.forced).toEqual([state]);
  });

  test('knows no function that is not in the configuration', async () => {
    await using admin = await startAdmin();
    for (const name of ['nobody', '__proto__', '%00']) {
      const response = await admin.post(name, '{"state":"open"}');
      expect([response.status, await response.json()]).toMatchObject([404, { code: 'unknown_function' }]);
    }
  });

  test.each(['', '{', 'null', '"open"', '{}', '{"state":"OPEN"}', '{"state":["open"]}', '{"state":"half-open"}'])(
    'changes nothing for the body %j, and says what is allowed',
    async (body) => {
      await using admin = await startAdmin();
      const response = await admin.post('hello', body);
      const problem = { code: 'invalid_request', detail: expect.stringContaining('{"state": "open"}, "closed" or "auto"') };
      expect([response.status, await response.json()]).toMatchObject([400, problem]);
      expect([admin.forced, admin.faults]).toEqual([[], []]);
    },
  );

  test('reads no body larger than it needs', async () => {
    await using admin = await startAdmin();
    expect((await admin.post('hello', `{"state":"open"${' '.repeat(2_000)}}`)).status).toBe(400);
    expect(admin.forced).toEqual([]);
  });

  test('a caller who hangs up half-way changes nothing', async () => {
    await using admin = await startAdmin();
    const socket = await openSocket(admin.port);
    socket.end(requestText('POST', '/admin/breakers/hello', { 'content-length': '100' }, '{"state":"open"}'));
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
    expect([admin.forced, admin.faults]).toEqual([[], []]);
  });

  test('takes no other method', async () => {
    await using admin = await startAdmin();
    const response = await fetch(`${admin.url}/admin/breakers/hello`);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('GET /admin/breakers', () => {
  test('lists the circuits, and nobody keeps the list', async () => {
    await using admin = await startAdmin();
    const response = await fetch(`${admin.url}/admin/breakers`);
    expect([response.status, await response.json()]).toEqual([200, { breakers: [{ function: 'hello', state: 'closed', forced: false }] }]);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect((await fetch(`${admin.url}/admin/breakers`, { method: 'DELETE' })).headers.get('allow')).toBe('GET, HEAD');
  });
});

describe('what is under /admin', () => {
  test('asks for the token when one is set, before anything else', async () => {
    await using admin = await startAdmin('s3cret');
    for (const path of ['/admin/breakers', '/admin/breakers/hello', '/admin/nothing', '/admin']) {
      const response = await fetch(admin.url + path);
      expect([path, response.status, response.headers.get('www-authenticate')]).toEqual([path, 401, 'Bearer']);
      expect(await response.json()).toMatchObject({ code: 'unauthenticated' });
    }
    expect((await admin.post('hello', '{"state":"open"}', { authorization: 'Bearer s3cret' })).status).toBe(200);
    expect(admin.forced).toEqual(['open']);
  });

  test('is not for pages whose name was made to resolve to loopback, nor for those that post to it', async () => {
    await using admin = await startAdmin();
    const rebound = { host: 'evil.example' };
    const foreign = { host: '127.0.0.1', origin: 'https://evil.example' };
    for (const headers of [rebound, foreign]) {
      const answer = await rawHttp(admin.port, requestText('POST', '/admin/breakers/hello', headers, '{"state":"open"}'));
      expect(answer).toMatch(/^HTTP\/1.1 403 /);
      expect(answer).toContain('"code":"forbidden"');
    }
    expect(admin.forced).toEqual([]);
  });

  test('does not take a local target for a foreign Host', async () => {
    await using admin = await startAdmin();
    const target = `http://localhost:${admin.port}/admin/breakers/hello`;
    const answer = await rawHttp(admin.port, requestText('POST', target, { host: 'evil.example' }, '{"state":"open"}'));
    expect(answer).not.toMatch(/^HTTP\/1.1 200 /);
  });

  test('leaves metrics and health to everybody', async () => {
    await using admin = await startAdmin('s3cret');
    for (const path of ['/metrics', '/livez']) expect((await fetch(admin.url + path)).status).toBe(200);
  });
});
