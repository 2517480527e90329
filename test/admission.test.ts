import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Call, Invoke, Outcome, Pricing, Target } from '../src/call.ts';
import type { Consumer, Limit } from '../src/consumer.ts';
import { bytesOfKey, hashOf, makeApiKey } from '../src/consumers/api-key.ts';
import { answerOf, cachePolicyOf, outcomes, targetOf } from './support/calls.ts';
import { FakeClock } from './support/clock.ts';
import { consumerOf, run, startGateway } from './support/gateway.ts';

const key = makeApiKey('billing', randomBytes(bytesOfKey));
const keys = [{ consumer: 'billing', hash: hashOf(key), expiresAtMs: undefined }];
const pricing: Pricing = { currency: 'USD', perMillionRequests: 0.2, perGbSecond: 0.00001667 };
/** What the function is billed for each execution: 0.125 GB-seconds. */
const summary = { durationMs: 900, billedMs: 1_000, memorySizeMb: 128, memoryUsedMb: 40 };

const limitOf = (over: Partial<Limit>): Limit => ({
  name: 'limit',
  function: undefined,
  unit: 'requests',
  amount: 2,
  window: { kind: 'duration', ms: 60_000 },
  mode: 'enforce',
  warnAt: undefined,
  ...over,
});
const spend = (amount: number, over: Partial<Limit> = {}) => limitOf({ name: 'spend', unit: 'gbSeconds', amount, ...over });

/** A gateway with one consumer, whose function answers each call with its number and is billed. */
async function serve({
  consumer = {},
  targets = [targetOf()],
  more = [],
}: {
  consumer?: Partial<Consumer>;
  targets?: Target[];
  more?: Consumer[];
} = {}) {
  const clock = new FakeClock();
  const calls: Call[] = [];
  const send: Invoke = async (call) => ({ kind: 'ok', answer: answerOf(200, { body: Buffer.from(String(calls.push(call))), summary }) });
  const gateway = await startGateway({
    targets,
    send,
    clock,
    pricing,
    consumers: [consumerOf({ id: 'billing', ...consumer }), ...more],
    keys,
  });
  const call = (event = '{}', headers: Record<string, string> = {}, name = 'hello') =>
    run(gateway, name, event, { authorization: `Bearer ${key}`, ...headers });
  return { gateway, clock, calls, call };
}

/** An upstream whose answer never comes, as the client ends it at the deadline. */
const timedOut =
  (send: Invoke): Invoke =>
  (call, signal) =>
    Promise.race([
      send(call, signal),
      new Promise<Outcome>((resolve) => signal.addEventListener('abort', () => resolve({ kind: 'timeout', sent: true }))),
    ]);

const problemOf = async (answer: Response) => (await answer.json()) as Record<string, unknown>;

describe('who calls', () => {
  test.each([
    ['nobody', {}, 'Bearer realm="runway"'],
    ['a key that is none', { authorization: 'Bearer hunter2' }, 'Bearer realm="runway", error="invalid_token"'],
    [
      'a key that nobody has',
      { 'x-api-key': makeApiKey('billing', randomBytes(bytesOfKey)) },
      'Bearer realm="runway", error="invalid_token"',
    ],
  ])('%s is refused before anything is told or read: unauthenticated', async (_who, headers, challenge) => {
    const { gateway, calls } = await serve();
    await using _gateway = gateway;
    for (const name of ['hello', 'nobody']) {
      const answer = await run(gateway, name, 'not json', headers as Record<string, string>);
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, challenge]);
      expect(await problemOf(answer)).toMatchObject({ code: 'unauthenticated', error_code: 'FSS.0401' });
    }
    expect(calls).toHaveLength(0);
    expect(await gateway.metric('runway_requests_total{function="_unknown",consumer="_unknown",status="401",outcome="refused"}')).toBe(2);
  });

  test.each([
    ['as a bearer', { authorization: `Bearer ${key}` }],
    ['as X-Api-Key', { 'x-api-key': key }],
  ])('a key %s is that of its consumer, who is counted by it', async (_how, headers) => {
    const { gateway, calls } = await serve();
    await using _gateway = gateway;
    expect((await run(gateway, 'hello', '{}', headers as Record<string, string>)).status).toBe(200);
    expect(calls[0]).toMatchObject({ consumer: 'billing', priority: 'normal' });
    expect(await gateway.metric('runway_requests_total{function="hello",consumer="billing",status="200",outcome="ok"}')).toBe(1);
  });

  test('may call what the file says and nothing else: forbidden, and GET /run lists the same', async () => {
    const targets = [targetOf(), targetOf({ name: 'img-resize' }), targetOf({ name: 'secret' })];
    const { gateway, call } = await serve({ consumer: { functions: ['hello', 'img-*'] }, targets });
    await using _gateway = gateway;
    expect((await call('{}', {}, 'img-resize')).status).toBe(200);
    const refused = await call('{}', {}, 'secret');
    expect([refused.status, (await problemOf(refused)).code]).toEqual([403, 'forbidden']);
    const listing = await fetch(`${gateway.url}/run`, { headers: { 'x-api-key': key } });
    const { functions } = (await listing.json()) as { functions: { name: string }[] };
    expect(functions.map(({ name }) => name)).toEqual(['hello', 'img-resize']);
    const unknown = await fetch(`${gateway.url}/run`);
    expect([unknown.status, unknown.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="runway"']);
  });
});

describe('a limit of requests', () => {
  test('counts down in RateLimit, and refuses with its name, what is used and when it is there again: rate_limited', async () => {
    const { gateway, clock, calls, call } = await serve({ consumer: { limits: [limitOf({ name: 'burst' })] } });
    await using _gateway = gateway;
    const first = await call();
    expect(first.headers.get('ratelimit-policy')).toBe('"burst";q=2;w=60');
    expect(first.headers.get('ratelimit')).toBe('"burst";r=1;t=60');
    await clock.advance(10_000);
    expect((await call()).headers.get('ratelimit')).toBe('"burst";r=0;t=50');
    const refused = await call();
    expect([refused.status, refused.headers.get('retry-after'), refused.headers.get('ratelimit')]).toEqual([429, '50', '"burst";r=0;t=50']);
    const problem = await problemOf(refused);
    expect(problem).toMatchObject({ code: 'rate_limited', error_code: 'FSS.0429', retryable: true });
    expect(problem.detail).toMatch(/the limit "burst" of 2 requests is used up: 2 used; it is there again at 2026-01-01T00:01:00/);
    await clock.advance(50_000);
    expect((await call()).status).toBe(200);
    expect(calls).toHaveLength(3);
    const decided = (decision: string) =>
      gateway.metric(`runway_limit_decisions_total{consumer="billing",limit="burst",decision="${decision}"}`);
    expect([await decided('allowed'), await decided('refused')]).toEqual([3, 1]);
    expect(await gateway.metric('runway_limit_remaining{consumer="billing",limit="burst"}')).toBe(1);
  });

  test('of some functions leaves the others alone', async () => {
    const targets = [targetOf(), targetOf({ name: 'img-resize' })];
    const { gateway, call } = await serve({ consumer: { limits: [limitOf({ name: 'resize', function: 'img-*', amount: 1 })] }, targets });
    await using _gateway = gateway;
    expect((await call('{}', {}, 'img-resize')).status).toBe(200);
    expect((await call('{}', {}, 'img-resize')).status).toBe(429);
    const other = await call();
    expect([other.status, other.headers.get('ratelimit')]).toEqual([200, null]);
  });

  test('is spent by hits as well', async () => {
    const target = targetOf({ idempotent: true, cache: cachePolicyOf() });
    const { gateway, calls, call } = await serve({ consumer: { limits: [limitOf({ name: 'burst' })] }, targets: [target] });
    await using _gateway = gateway;
    expect([(await call()).status, (await call()).status, (await call()).status]).toEqual([200, 200, 429]);
    expect(calls).toHaveLength(1);
  });

  test('in the shadow is counted and reported, and refuses nobody', async () => {
    const { gateway, call } = await serve({ consumer: { limits: [limitOf({ name: 'trial', amount: 1, mode: 'shadow' })] } });
    await using _gateway = gateway;
    expect([(await call()).status, (await call()).status]).toEqual([200, 200]);
    expect(await gateway.metric('runway_limit_decisions_total{consumer="billing",limit="trial",decision="shadowed"}')).toBe(1);
  });

  test('of another consumer is another’s', async () => {
    const more = [consumerOf({ id: 'search', limits: [limitOf({ name: 'burst', amount: 1 })] })];
    const { gateway, call } = await serve({ consumer: { limits: [limitOf({ name: 'burst', amount: 1 })] }, more });
    await using _gateway = gateway;
    expect([(await call()).status, (await call()).status]).toEqual([200, 429]);
    expect(await gateway.quota.states(more[0]!)).toMatchObject([{ name: 'burst', used: 0, remaining: 1 }]);
  });
});

describe('calls of a consumer at the same time', () => {
  test('are as many as it may have, and its places come free when they end', async () => {
    const gate = Promise.withResolvers<void>();
    const send: Invoke = async () => {
      await gate.promise;
      return outcomes.ok;
    };
    const consumers = [consumerOf({ id: 'billing', concurrency: 1 })];
    await using gateway = await startGateway({ consumers, keys, send });
    const call = () => run(gateway, 'hello', '{}', { 'x-api-key': key });
    const first = call();
    await expect.poll(() => gateway.metric('runway_in_flight{function="hello"}')).toBe(1);
    const second = await call();
    expect([second.status, (await problemOf(second)).code]).toEqual([429, 'rate_limited']);
    gate.resolve();
    expect((await first).status).toBe(200);
    expect((await call()).status).toBe(200);
  });
});

describe('a limit of GB-seconds', () => {
  test('is charged what the summaries say, and refuses when it is spent: quota_exhausted', async () => {
    const { gateway, clock, call } = await serve({ consumer: { limits: [spend(0.25)] } });
    await using _gateway = gateway;
    const first = await call();
    expect(first.headers.get('ratelimit-policy')).toBe('"spend";q=250000;w=60;qu="gb-microseconds"');
    expect((await call()).status).toBe(200);
    const refused = await call();
    expect(refused.headers.get('ratelimit')).toBe('"spend";r=0;t=60');
    expect([refused.status, (await problemOf(refused)).code]).toEqual([429, 'quota_exhausted']);
    await clock.advance(60_000);
    expect((await call()).status).toBe(200);
  });

  test('is not spent by hits, and when it is spent what is kept is still answered', async () => {
    const target = targetOf({
      idempotent: true,
      cache: cachePolicyOf({ ttlMs: 10_000, staleWhileRevalidateMs: 10_000, staleIfErrorMs: 30_000 }),
    });
    const { gateway, clock, calls, call } = await serve({
      consumer: { limits: [spend(0.125, { window: { kind: 'duration', ms: 3_600_000 } })] },
      targets: [target],
    });
    await using _gateway = gateway;
    await call();
    for (let i = 0; i < 5; i++) expect((await call()).headers.get('cache-status')).toMatch(/hit/);
    expect((await call('{"new":1}')).status).toBe(429);
    await clock.advance(15_000);
    expect((await call()).headers.get('cache-status')).toMatch(/stale-while-revalidate/);
    await clock.advance(10_000);
    const stale = await call();
    expect([stale.status, stale.headers.get('cache-status')]).toEqual([200, 'runway; fwd=stale; detail=stale-if-error; ttl=-15']);
    expect(calls).toHaveLength(1);
    const refused = 'runway_limit_decisions_total{consumer="billing",limit="spend",decision="refused"}';
    expect(await gateway.metric(refused)).toBe(1);
  });

  test('is charged for attempts that were repeated too, which are counted apart', async () => {
    const retry = { ...targetOf().retry, backoff: { baseMs: 1, maxMs: 1 } };
    let count = 0;
    const send: Invoke = async () => {
      const answer = answerOf(count++ === 0 ? 500 : 200, { summary });
      return count === 1 ? { kind: 'function_error', answer } : { kind: 'ok', answer };
    };
    const consumer = consumerOf({ id: 'billing', limits: [spend(1)] });
    await using gateway = await startGateway({
      targets: [targetOf({ idempotent: true, retry })],
      send,
      consumers: [consumer],
      keys,
      pricing,
    });
    expect((await run(gateway, 'hello', '{}', { 'x-api-key': key })).status).toBe(200);
    expect((await gateway.quota.states(consumer))[0]).toMatchObject({ used: 0.25 });
    expect(await gateway.metric('functiongraph_wasted_gb_seconds_total{function="hello",reason="retry"}')).toBe(0.125);
  });

  test('is charged for a call that was cut off by its deadline: the time it took and the memory that is known', async () => {
    const consumer = consumerOf({ id: 'billing', limits: [spend(1)] });
    const send: Invoke = () => new Promise(() => undefined);
    await using gateway = await startGateway({
      targets: [targetOf({ timeoutMs: 50 })],
      send: timedOut(send),
      consumers: [consumer],
      keys,
      pricing,
    });
    expect((await run(gateway, 'hello', '{}', { 'x-api-key': key })).status).toBe(504);
    // The test's gateway says that it took 800 ms; of a function that is not known the memory is 128 MB.
    expect((await gateway.quota.states(consumer))[0]).toMatchObject({ used: 0.1 });
    expect(await gateway.metric('functiongraph_wasted_gb_seconds_total{function="hello",reason="timeout"}')).toBe(0.1);
  });

  test('and a place are held by what is computed in the background because of a call', async () => {
    const clock = new FakeClock();
    const gate = Promise.withResolvers<void>();
    let count = 0;
    const send: Invoke = async () => {
      if (++count > 1) await gate.promise;
      return { kind: 'ok', answer: answerOf(200, { summary }) };
    };
    const target = targetOf({ idempotent: true, cache: cachePolicyOf({ ttlMs: 1_000, staleWhileRevalidateMs: 60_000 }) });
    const consumers = [consumerOf({ id: 'billing', concurrency: 1 })];
    await using gateway = await startGateway({ targets: [target], send, clock, consumers, keys });
    const call = () => run(gateway, 'hello', '{}', { 'x-api-key': key });
    await call();
    await clock.advance(2_000);
    expect((await call()).headers.get('cache-status')).toMatch(/stale-while-revalidate/);
    expect((await call()).status).toBe(429);
    gate.resolve();
    await expect.poll(async () => (await call()).status).toBe(200);
  });

  test('lets a call with a key be replayed when it is spent', async () => {
    const { gateway, call } = await serve({ consumer: { limits: [spend(0.125)] } });
    await using _gateway = gateway;
    const headers = { 'idempotency-key': 'k1' };
    const first = await call('{}', headers);
    const second = await call('{}', headers);
    expect([second.status, second.headers.get('idempotency-replayed'), await second.text()]).toEqual([200, 'true', await first.text()]);
    expect((await call('{}', { 'idempotency-key': 'k2' })).status).toBe(429);
  });
});

test('a limit of cost counts each execution and what it took', async () => {
  const each = 0.2 / 1e6 + 0.125 * 0.00001667;
  const limits = [limitOf({ name: 'money', unit: 'cost', amount: 2 * each })];
  const { gateway, call } = await serve({ consumer: { limits } });
  await using _gateway = gateway;
  expect([(await call()).status, (await call()).status, (await call()).status]).toEqual([200, 200, 429]);
  expect(await gateway.metric('functiongraph_cost_total{function="hello",consumer="billing"}')).toBeCloseTo(2 * each, 12);
  const { rows } = await gateway.usage.costs({ by: 'consumer', per: 'day', from: '2026-01-01', to: '2026-01-01' });
  expect(rows).toMatchObject([{ executions: 2, gbSeconds: 0.25 }]);
});
