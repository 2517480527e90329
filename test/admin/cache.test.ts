import { describe, expect, test } from 'vitest';
import type { CacheControl } from '../../src/admin/cache.ts';
import { startAdminPlane } from '../support/admin.ts';

/** An admin plane on a port of its own, over kept results that only remember what was asked of them. */
async function startAdmin(token?: string) {
  const purged: unknown[] = [];
  const looked: unknown[] = [];
  const told: unknown[] = [];
  const cache: CacheControl = {
    async purge(what) {
      purged.push(what);
      return { count: 3, everywhere: true };
    },
    async look(call) {
      looked.push({ ...call, event: call.event.toString() });
      return call.function === 'hello' ? { key: 'result:2:hello:{x}', kept: { tier: 'memory' } } : undefined;
    },
    onPurged: (what, done, by) => void told.push({ what, done, by }),
  };
  const listening = await startAdminPlane({
    cache,
    token,
  });
  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    fetch(`${listening.url}/admin/cache/${path}`, { method: 'POST', body, headers });
  return { ...listening, purged, looked, told, post, [Symbol.asyncDispose]: () => listening.close(0) };
}

const scope = (over: object = {}) => ({ key: undefined, function: undefined, consumer: undefined, ...over });

describe('POST /admin/cache/purge', () => {
  test.each([
    ['{"function":"hello"}', scope({ function: 'hello' })],
    ['{"consumer":"billing"}', scope({ consumer: 'billing' })],
    ['{"function":"hello","consumer":"billing"}', scope({ function: 'hello', consumer: 'billing' })],
    ['{"key":"result:2:hello:{x}"}', { key: 'result:2:hello:{x}' }],
    ['{}', scope()],
  ])('%s purges that, says how many results there were, and is told to the log with who asked', async (body, what) => {
    await using admin = await startAdmin();
    const answer = await admin.post('purge', body, { 'x-request-id': 'who-1' });
    expect([answer.status, await answer.json()]).toEqual([200, { ...JSON.parse(body), count: 3, everywhere: true }]);
    expect(admin.purged).toEqual([what]);
    expect(admin.told).toEqual([{ what, done: { count: 3, everywhere: true }, by: { requestId: 'who-1', from: '127.0.0.1' } }]);
  });

  test('goes by one id, in the log and in its answer, when the request brings none', async () => {
    await using admin = await startAdmin();
    const answer = await admin.post('purge', '{}');
    expect(admin.told).toMatchObject([{ by: { requestId: answer.headers.get('x-request-id') } }]);
  });

  test.each([
    '',
    'everything',
    '[]',
    '"hello"',
    '{"funtion":"hello"}',
    '{"function":1}',
    '{"key":"k","function":"hello"}',
    `{"key":"${'x'.repeat(5_000)}"}`,
  ])('%j purges nothing, least of all everything: invalid_request', async (body) => {
    await using admin = await startAdmin();
    const answer = await admin.post('purge', body);
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'invalid_request' }]);
    expect([admin.purged, admin.told]).toEqual([[], []]);
  });

  test('needs the token where one is configured', async () => {
    await using admin = await startAdmin('secret');
    expect((await admin.post('purge', '{}')).status).toBe(401);
    expect(admin.purged).toEqual([]);
    expect((await admin.post('purge', '{}', { authorization: 'Bearer secret' })).status).toBe(200);
  });

  test('takes no other method', async () => {
    await using admin = await startAdmin();
    const answer = await fetch(`${admin.url}/admin/cache/purge`);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('POST /admin/cache/look', () => {
  test('says where a call’s result is kept, and what of it', async () => {
    await using admin = await startAdmin();
    const answer = await admin.post('look', '{"function":"hello","event":{"a":1},"consumer":"billing","headers":{"Accept-Language":"de"}}');
    expect([answer.status, await answer.json()]).toEqual([200, { function: 'hello', key: 'result:2:hello:{x}', kept: { tier: 'memory' } }]);
    const headers = { 'accept-language': 'de' };
    expect(admin.looked).toEqual([{ function: 'hello', event: '{"a":1}', consumer: 'billing', headers }]);
  });

  test('takes the anonymous consumer and the empty event unless told otherwise', async () => {
    await using admin = await startAdmin();
    await admin.post('look', '{"function":"hello"}');
    expect(admin.looked).toEqual([{ function: 'hello', event: '{}', consumer: 'anonymous', headers: {} }]);
  });

  test('knows no function that is not in the configuration, and no call without one', async () => {
    await using admin = await startAdmin();
    expect(await (await admin.post('look', '{"function":"nobody"}')).json()).toMatchObject({ code: 'unknown_function' });
    expect(await (await admin.post('look', '{}')).json()).toMatchObject({ code: 'invalid_request' });
  });
});
