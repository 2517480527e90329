import { describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.ts';
import { startAdminPlane } from '../support/admin.ts';

const explanation: Explanation = {
  function: 'hello',
  consumer: 'billing',
  asked: 'gateway',
  config: { file: 'runway.yaml', generated: false, changed: false },
  verdict: { kind: 'sent', says: 'would be sent' },
  parts: [],
};

/** An admin plane on a port of its own that explains one function, and remembers what was asked. */
async function startAdmin(token?: string) {
  const asked: unknown[] = [];
  const listening = await startAdminPlane({
    explain: {
      async explain(call) {
        asked.push({ ...call, body: call.body.toString() });
        return call.function === 'hello' ? explanation : undefined;
      },
    },
    token,
  });
  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${listening.url}/admin/explain`, { method: 'POST', body, headers });
  return { ...listening, asked, post, [Symbol.asyncDispose]: () => listening.close(0) };
}

describe('POST /admin/explain', () => {
  test('explains the call that is asked for', async () => {
    await using admin = await startAdmin();
    const answer = await admin.post('{"function":"hello","consumer":"billing","event":{"a":1},"headers":{"Accept-Language":"de"}}');
    expect([answer.status, await answer.json(), answer.headers.get('cache-control')]).toEqual([200, explanation, 'no-store']);
    expect(admin.asked).toEqual([{ function: 'hello', consumer: 'billing', body: '{"a":1}', headers: { 'accept-language': 'de' } }]);
  });

  test('takes the anonymous consumer and the empty event unless told otherwise', async () => {
    await using admin = await startAdmin();
    await admin.post('{"function":"hello"}');
    expect(admin.asked).toEqual([{ function: 'hello', consumer: 'anonymous', body: '{}', headers: {} }]);
  });

  test.each(['{"a": 1.0}', 'no JSON', ''])('takes the body %j as it would be sent', async (body) => {
    await using admin = await startAdmin();
    await admin.post(JSON.stringify({ function: 'hello', body }));
    expect(admin.asked).toMatchObject([{ body }]);
  });

  test.each(['null', 'false', '0', '""'])('the event %s is an event', async (event) => {
    await using admin = await startAdmin();
    await admin.post(`{"function":"hello","event":${event}}`);
    expect(admin.asked).toMatchObject([{ body: event }]);
  });

  test.each([
    '',
    'hello',
    '[]',
    '{}',
    '{"function":1}',
    '{"function":"hello","evnt":{}}',
    '{"function":"hello","event":{},"body":"{}"}',
    '{"function":"hello","headers":{"a":1}}',
  ])('%j names no call: invalid_request with what is allowed', async (body) => {
    await using admin = await startAdmin();
    const answer = await admin.post(body);
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { code: 'invalid_request', detail: expect.stringContaining('allowed is {"function": "NAME"}') },
    ]);
    expect(admin.asked).toEqual([]);
  });

  test('knows no function that is not in the configuration', async () => {
    await using admin = await startAdmin();
    const answer = await admin.post('{"function":"nobody"}');
    expect([answer.status, await answer.json()]).toMatchObject([404, { code: 'unknown_function' }]);
  });

  test('needs the token where one is configured', async () => {
    await using admin = await startAdmin('secret');
    expect((await admin.post('{"function":"hello"}')).status).toBe(401);
    expect((await admin.post('{"function":"hello"}', { authorization: 'Bearer secret' })).status).toBe(200);
  });

  test('takes no other method', async () => {
    await using admin = await startAdmin();
    const answer = await fetch(`${admin.url}/admin/explain`);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });
});
