import { describe, expect, test } from 'vitest';
import type { Call, Invoke } from '../../src/call.ts';
import { answerOf, cachePolicyOf, outcomes, targetOf } from '../support/calls.ts';
import { startGateway } from '../support/gateway.ts';
import { rawHttp, requestText } from '../support/raw-http.ts';

const kept = targetOf({ idempotent: true, cache: cachePolicyOf() });
const unkept = targetOf({ name: 'unkept', idempotent: true });
const once = targetOf({ name: 'once' });

async function serve(send: Invoke = async () => outcomes.ok) {
  const calls: Call[] = [];
  const gateway = await startGateway({
    targets: [kept, unkept, once],
    send: (call, signal) => {
      calls.push(call);
      return send(call, signal);
    },
  });
  const query = (name = 'hello', headers: Record<string, string> = {}, body = '{"message":"Hello World"}') =>
    fetch(`${gateway.url}/run/${name}`, { method: 'QUERY', body, headers: { 'content-type': 'application/json', ...headers } });
  return { gateway, calls, query };
}

describe('QUERY /run/:name', () => {
  test('answers as POST does, from the same kept results, with Age', async () => {
    const { gateway, calls, query } = await serve();
    await using _gateway = gateway;
    const post = await fetch(`${gateway.url}/run/hello`, { method: 'POST', body: '{"message":"Hello World"}' });
    expect(post.status).toBe(415);
    await fetch(`${gateway.url}/run/hello`, {
      method: 'POST',
      body: '{"message":"Hello World"}',
      headers: { 'content-type': 'application/json' },
    });
    const answer = await query();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-status')).toMatch(/^runway; hit; ttl=\d+$/);
    expect(answer.headers.get('age')).toBe('0');
    expect(answer.headers.get('accept-query')).toBe('"application/json"');
    expect(answer.headers.get('cache-control') ?? '').not.toContain('public');
    expect(calls).toHaveLength(1);
  });

  test('has an ETag that is equal while the answer is, and answers If-None-Match with 304 and no body', async () => {
    const { gateway, query } = await serve();
    await using _gateway = gateway;
    const etag = (await query()).headers.get('etag')!;
    expect(etag).toMatch(/^"[\w-]{43}"$/);
    expect((await query('unkept')).headers.get('etag')).toBe(etag);
    // fetch adds no-cache to a request with If-None-Match that has no Cache-Control of its own.
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answer = await query('hello', { 'if-none-match': tag, 'cache-control': 'max-age=60' });
      expect([answer.status, await answer.text(), answer.headers.get('etag')]).toEqual([304, '', etag]);
      expect(answer.headers.get('cache-status')).toMatch(/^runway; hit/);
      expect(answer.headers.get('vary')).toBe('authorization, x-api-key');
      expect(answer.headers.get('content-type')).toBeNull();
    }
    expect((await query('hello', { 'if-none-match': '"other"' })).status).toBe(200);
    expect(await gateway.metric('runway_requests_total{function="hello",consumer="anonymous",status="304",outcome="ok"}')).toBe(4);
  });

  test('has another ETag for another answer', async () => {
    let count = 0;
    const { gateway, query } = await serve(async () => ({ kind: 'ok', answer: answerOf(200, { body: Buffer.from(String(count++)) }) }));
    await using _gateway = gateway;
    expect((await query('unkept')).headers.get('etag')).not.toBe((await query('unkept')).headers.get('etag'));
  });

  test('has no ETag for what is no success', async () => {
    const { gateway, query } = await serve(async () => outcomes.functionError);
    await using _gateway = gateway;
    const answer = await query('unkept', { 'if-none-match': '*' });
    expect([answer.status, answer.headers.get('etag')]).toEqual([500, null]);
  });

  test('of a function that is not idempotent is not allowed, and not called', async () => {
    const { gateway, calls, query } = await serve();
    await using _gateway = gateway;
    const answer = await query('once');
    expect([answer.status, answer.headers.get('allow'), answer.headers.get('accept-query')]).toEqual([405, 'POST', null]);
    expect(await answer.json()).toMatchObject({ code: 'method_not_allowed' });
    expect(calls).toHaveLength(0);
  });

  test.each([
    ['without a content type', { 'content-length': '2' }],
    ['as a form', { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '2' }],
    ['as text', { 'content-type': 'text/plain', 'content-length': '2' }],
  ])('%s is refused, and says what it takes', async (_how, headers) => {
    const { gateway } = await serve();
    await using _gateway = gateway;
    const answer = await rawHttp(gateway.port, requestText('QUERY', '/run/hello', headers as Record<string, string>, '{}'));
    expect(answer).toMatch(/^HTTP\/1\.1 415 /);
    expect(answer).toMatch(/\r\naccept-query: "application\/json"\r\n/i);
  });
});
