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

  const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const headers = (count: number, valueBytes = 1) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`h${index}`, 'x'.repeat(valueBytes)]));

  test.each([
    ['an event as deep as events may be', { event: JSON.parse(nested(512)) }],
    ['a deeper one that is given as text', { body: nested(513) }],
    ['a wide one that is given as text', { body: `[${'0,'.repeat(2 ** 17)}0]` }],
    ['a large one that is few strings', { event: ['"'.repeat(2 ** 18), '\\'.repeat(2 ** 18)] }],
    ['as many headers as there may be', { headers: headers(100) }],
    ['headers as large as they may be', { headers: headers(1, 16 * 1024 - 2) }],
  ])('explains a call with %s', async (_what, call) => {
    await using admin = await startAdmin();
    expect((await admin.post(JSON.stringify({ function: 'hello', ...call }))).status).toBe(200);
  });

  test.each([
    ['an event that is too deep', `{"function":"hello","event":${nested(513)}}`],
    ['an event a million levels deep', `{"function":"hello","event":${nested(1_000_000)}}`],
    ['an event of too many values', `{"function":"hello","event":[${'0,'.repeat(2 ** 16)}0]}`],
    ['a header too many', JSON.stringify({ function: 'hello', headers: headers(101) })],
    ['300,000 headers', JSON.stringify({ function: 'hello', headers: headers(300_000) })],
    ['headers that are too large', JSON.stringify({ function: 'hello', headers: headers(1, 16 * 1024 - 1) })],
  ])('refuses to spend long on %s', async (_what, body) => {
    await using admin = await startAdmin();
    const answer = await admin.post(body);
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { code: 'invalid_request', detail: expect.stringContaining('at most 100 and 16 KB') },
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
