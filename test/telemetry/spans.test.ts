import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { anonymousId, type Limit } from '../../src/consumer.ts';
import { cachePolicyOf, targetOf } from '../support/calls.ts';
import { FakeClock } from '../support/clock.ts';
import { consumerOf, run } from '../support/gateway.ts';
import { httpAnswer } from '../support/tcp-upstream.ts';
import { startTracedGateway, traceparentOf } from '../support/traces.ts';

const summary = { 'X-Cff-Invoke-Summary': '{"duration":9,"billingDuration":10,"memorySize":128,"memoryUsed":20}' };
const ok = (socket: Socket) => void socket.write(httpAnswer(200, summary, '{"message":"Hello World"}'));
const failing = (socket: Socket) => void socket.write(httpAnswer(500, {}, '{"error_code":"FSS.0500","error_msg":"Internal Error"}'));
const silent = () => undefined;

/** Gives the answers one after the other, and the last one from then on. */
function inTurn(...answers: readonly ((socket: Socket) => void)[]): (socket: Socket) => void {
  let next = 0;
  return (socket) => answers[Math.min(next++, answers.length - 1)]!(socket);
}

const once = { ...targetOf().retry, attempts: 1 };
const kept = { idempotent: true, cache: cachePolicyOf() };

describe('the trace of a call', () => {
  test('whose consumer has limits has their answer and its attempt', async () => {
    const { gateway, traces } = await startTracedGateway(ok, { consumers: [consumerOf({ concurrency: 10 })] });
    await run(gateway, 'hello', '{}', { 'x-request-id': 'request-7' });
    expect(traces.tree()).toEqual(['POST /run/{name}', '  limit', '  hello']);
    const [call, limit, attempt] = traces.spans();
    expect(call!.kind).toBe(1);
    expect(call!.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/run/{name}',
      'http.response.status_code': 200,
      'url.scheme': 'http',
      'url.path': '/run/hello',
      'runway.function': 'hello',
      'runway.consumer': 'anonymous',
      'runway.request_id': 'request-7',
      'runway.outcome': 'ok',
      'runway.attempts': 1,
      'runway.billed_gb_seconds': 0.00125,
    });
    expect(limit!.attributes).toEqual({ 'runway.limit.decision': 'admitted' });
    expect(attempt!.kind).toBe(2);
    expect(attempt!.attributes).toEqual({
      'faas.invoked_name': 'hello',
      'faas.invoked_provider': 'huawei_cloud',
      'faas.invoked_region': 'cn-north-1',
      'cloud.resource_id': targetOf().urn,
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'runway.function': 'hello',
      'runway.upstream': 'main',
      'runway.outcome': 'ok',
      'runway.billed_gb_seconds': 0.00125,
    });
  });

  test('that finds no kept result has the look-up before the attempt, and one that finds it has no attempt', async () => {
    const { gateway, traces } = await startTracedGateway(ok, { targets: [targetOf(kept)] });
    await run(gateway);
    await run(gateway);
    const [miss, missed, , hit, found] = traces.spans();
    expect(traces.tree()).toEqual(['POST /run/{name}', '  recall', '  hello', 'POST /run/{name}', '  recall']);
    expect(missed!.attributes).toEqual({ 'runway.cache.found': 'nothing', 'runway.cache.tier': 'none' });
    expect(found!.attributes).toEqual({ 'runway.cache.found': 'fresh', 'runway.cache.tier': 'memory' });
    expect(miss!.attributes).toMatchObject({ 'runway.cache.result': 'miss', 'runway.cache.tier': 'none', 'runway.attempts': 1 });
    expect(hit!.attributes).toMatchObject({ 'runway.cache.result': 'hit', 'runway.cache.tier': 'memory', 'runway.attempts': 0 });
    expect(hit!.attributes).not.toHaveProperty('runway.billed_gb_seconds');
  });

  test('that is repeated has each attempt, and the upstream is told of each by its own id', async () => {
    const { gateway, traces, requests } = await startTracedGateway(inTurn(failing, ok));
    expect((await run(gateway)).status).toBe(200);
    expect(traces.tree()).toEqual(['POST /run/{name}', '  hello !service', '  hello']);
    const [call, first, second] = traces.spans();
    expect(requests.map(({ headers }) => headers.traceparent)).toEqual([traceparentOf(first!), traceparentOf(second!)]);
    expect(first!.attributes).not.toHaveProperty('http.request.resend_count');
    expect(second!.attributes['http.request.resend_count']).toBe(1);
    expect(call!.attributes['runway.attempts']).toBe(2);
  });

  test('that goes out again on a fresh connection has that attempt too', async () => {
    const hangUp = (socket: Socket) => void socket.resetAndDestroy();
    const { gateway, traces, requests } = await startTracedGateway(inTurn(ok, hangUp, ok), { targets: [targetOf({ idempotent: true })] });
    await run(gateway);
    const answer = await run(gateway);
    expect(answer.headers.get('x-runway-attempts')).toBe('2');
    expect(traces.tree().slice(2)).toEqual(['POST /run/{name}', '  hello !reset', '  hello']);
    expect(new Set(requests.map(({ headers }) => headers.traceparent)).size).toBe(3);
  });

  test('that is refused by a limit ends there, and is no failure of the gateway', async () => {
    const window = { kind: 'duration', ms: 60_000 } as const;
    const limit: Limit = { name: 'burst', function: undefined, unit: 'requests', amount: 1, window, mode: 'enforce', warnAt: undefined };
    const { gateway, traces } = await startTracedGateway(ok, { consumers: [consumerOf({ limits: [limit] })] });
    await run(gateway);
    expect((await run(gateway)).status).toBe(429);
    expect(traces.tree().slice(3)).toEqual(['POST /run/{name}', '  limit']);
    const [call, refused] = traces.spans().slice(3);
    expect(refused!.attributes).toEqual({ 'runway.limit.decision': 'refused', 'runway.limit.name': 'burst' });
    expect(call!.attributes).toMatchObject({
      'http.response.status_code': 429,
      'runway.outcome': 'refused',
      'runway.problem': 'rate_limited',
    });
  });

  test('whose circuit is open has no attempt', async () => {
    const breaker = { ...targetOf().breaker, minimumRequests: 1 };
    const { gateway, traces } = await startTracedGateway(failing, { targets: [targetOf({ retry: once, breaker })] });
    await run(gateway);
    expect((await run(gateway)).status).toBe(503);
    expect(traces.tree()).toEqual(['POST /run/{name} !upstream_error', '  hello !service', 'POST /run/{name} !circuit_open']);
  });

  test('that waits for a place has its waiting', async () => {
    const waiting: Socket[] = [];
    const concurrency = { ...targetOf().concurrency, max: 1, adaptive: false };
    const answer = (socket: Socket) => void waiting.push(socket);
    const { gateway, traces } = await startTracedGateway(answer, { targets: [targetOf({ concurrency })] });
    const first = run(gateway);
    await expect.poll(() => waiting.length).toBe(1);
    const second = run(gateway);
    await expect.poll(() => gateway.metric('runway_queue_depth{function="hello"}')).toBe(1);
    ok(waiting[0]!);
    await expect.poll(() => waiting.length).toBe(2);
    ok(waiting[1]!);
    await Promise.all([first, second]);
    expect(traces.tree().slice(2)).toEqual(['POST /run/{name}', '  queue', '  hello']);
    expect(traces.spans().find(({ name }) => name === 'queue')!.attributes).toEqual({ 'runway.queue.turn': 'taken' });
  });

  test('whose time is up says so of the attempt and of the whole', async () => {
    const { gateway, traces } = await startTracedGateway(silent, { targets: [targetOf({ timeoutMs: 50 })] });
    expect((await run(gateway)).status).toBe(504);
    expect(traces.tree()).toEqual(['POST /run/{name} !deadline_exceeded', '  hello !timeout']);
  });

  test('whose caller leaves has neither a status nor an error', async () => {
    const { gateway, traces, requests } = await startTracedGateway(silent);
    const leaving = new AbortController();
    const headers = { 'content-type': 'application/json' };
    const left = fetch(`${gateway.url}/run/hello`, { method: 'POST', body: '{}', headers, signal: leaving.signal });
    await expect.poll(() => requests.length).toBe(1);
    leaving.abort();
    await expect(left).rejects.toThrow();
    await expect.poll(() => traces.tree()).toEqual(['POST /run/{name}', '  hello']);
    const [call, attempt] = traces.spans();
    expect(call!.attributes).toMatchObject({ 'runway.outcome': 'client_closed' });
    expect(call!.attributes).not.toHaveProperty('http.response.status_code');
    expect(attempt!.attributes).toMatchObject({ 'runway.outcome': 'abandoned' });
  });

  test('that is answered stale has what is computed after it, and the attempts of that', async () => {
    const clock = new FakeClock();
    const cache = cachePolicyOf({ staleWhileRevalidateMs: 60_000 });
    const { gateway, traces, requests } = await startTracedGateway(ok, { clock, targets: [targetOf({ idempotent: true, cache })] });
    await run(gateway);
    await clock.advance(61_000);
    await run(gateway);
    await expect.poll(() => traces.tree().slice(3)).toEqual(['POST /run/{name}', '  recall', '  refresh', '    hello']);
    const [call, , refresh, attempt] = traces.spans().slice(3);
    expect(call!.attributes).toMatchObject({ 'runway.cache.result': 'stale', 'runway.attempts': 0 });
    expect(refresh!.attributes).toEqual({ 'runway.outcome': 'ok', 'runway.cache.stored': true, 'runway.billed_gb_seconds': 0.00125 });
    expect(requests.at(-1)!.headers.traceparent).toBe(traceparentOf(attempt!));
  });

  test('that shares the attempt of another call leaves it to that one, and is linked with it', async () => {
    const waiting: Socket[] = [];
    const answer = (socket: Socket) => void waiting.push(socket);
    const { gateway, traces } = await startTracedGateway(answer, { targets: [targetOf(kept)] });
    const both = [run(gateway), run(gateway)];
    await expect.poll(() => waiting.length).toBe(1);
    // The other one's request is through the server once a later one is.
    await run(gateway, 'nobody');
    ok(waiting[0]!);
    await Promise.all(both);
    const calls = traces.spans().filter(({ kind, attributes }) => kind === 1 && 'runway.function' in attributes);
    expect(calls.map(({ attributes }) => attributes['runway.cache.result']).toSorted()).toEqual(['coalesced', 'miss']);
    expect(traces.spans().filter(({ name }) => name === 'hello')).toHaveLength(1);
    const [waited, computed] = calls.toSorted((a, b) => b.links.length - a.links.length);
    expect(waited!.attributes['runway.cache.result']).toBe('coalesced');
    expect(waited!.links.map(({ context }) => context.spanId)).toEqual([computed!.spanContext().spanId]);
    expect(computed!.links).toEqual([]);
  });
});

describe('the trace of a request that becomes no call', () => {
  const known = consumerOf({ id: 'team', functions: ['other'] });

  test.each([
    ['unauthenticated', 'hello', [known], 401, '_unknown'],
    ['unknown_function', 'nobody', [consumerOf()], 404, anonymousId],
    ['forbidden', 'hello', [consumerOf({ functions: ['other'] })], 403, anonymousId],
  ])('is one span that says why: %s', async (problem, name, consumers, status, consumer) => {
    const { gateway, traces } = await startTracedGateway(ok, { consumers });
    expect((await run(gateway, name)).status).toBe(status);
    expect(traces.tree()).toEqual(['POST /run/{name}']);
    expect(traces.spans()[0]!.attributes).toMatchObject({ 'runway.problem': problem, 'runway.consumer': consumer });
    expect(traces.spans()[0]!.attributes).not.toHaveProperty('url.path');
  });
});
