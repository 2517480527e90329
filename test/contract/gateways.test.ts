import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { leaseOf } from '../../src/cache/leases.ts';
import type { Call, Invoke, Outcome, Target } from '../../src/call.ts';
import type { Signal } from '../../src/signal.ts';
import { answerOf, cachePolicyOf, outcomes, targetOf } from '../support/calls.ts';
import { run, startGateway, type TestGateway } from '../support/gateway.ts';
import { openTestRedis } from '../support/redis-client.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const kept = targetOf({ idempotent: true, cache: cachePolicyOf(), retry: { ...targetOf().retry, attempts: 1 } });
const numbered = (number: number): Outcome => ({ kind: 'ok', answer: answerOf(200, { body: Buffer.from(String(number)) }) });
const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Several gateways on one Redis, in front of one function. */
async function gateways(count: number, send: (call: Call, signal: Signal, number: number) => Promise<Outcome>, target: Target = kept) {
  const prefix = `gateways:${randomUUID()}:`;
  const operator = new Redis(inject('redisUrl'), { keyPrefix: prefix });
  closers.push(() => operator.disconnect());
  const calls: Call[] = [];
  const counted: Invoke = (call, signal) => send(call, signal, calls.push(call));
  const all: (TestGateway & AsyncDisposable)[] = [];
  for (let i = 0; i < count; i++) {
    const { redis } = await openTestRedis(inject('redisUrl'), prefix);
    closers.push(() => redis.close());
    const gateway = await startGateway({ targets: [target], send: counted, remote: redis, maxConcurrency: 2_000 });
    closers.push(() => gateway[Symbol.asyncDispose]());
    all.push(gateway);
  }
  /** Where the result of the event that `run` sends by itself is kept. */
  const key = all[0]!.results.keyOf({
    target,
    consumer: 'anonymous',
    event: Buffer.from('{"message":"Hello World"}'),
    varied: [],
    wantsLog: false,
  })!;
  return { all, calls, operator, key };
}

const statusOf = (answer: Response) => answer.headers.get('cache-status');

test('a result that one gateway keeps is a hit of every other', async () => {
  const { all, calls } = await gateways(2, async (_call, _signal, number) => numbered(number));
  expect(statusOf(await run(all[0]!))).toBe('runway; fwd=uri-miss; stored');
  await expect.poll(async () => statusOf(await run(all[1]!, 'hello', undefined, { 'cache-control': 'only-if-cached' }))).toMatch(/hit/);
  expect(await (await run(all[1]!)).text()).toBe('1');
  expect(calls).toHaveLength(1);
  expect(await all[1]!.metric('runway_cache_requests_total{function="hello",result="hit",tier="redis"}')).toBe(1);
});

test('a thousand identical cold calls over three gateways are one call upstream', async () => {
  const { all, calls } = await gateways(3, async (_call, _signal, number) => {
    await pass(200);
    return numbered(number);
  });
  const answers = await Promise.all(Array.from({ length: 1_000 }, (_, i) => run(all[i % 3]!)));
  expect(new Set(await Promise.all(answers.map((answer) => answer.text())))).toEqual(new Set(['1']));
  expect(calls).toHaveLength(1);
});

describe('the gateway that computes', () => {
  test('hands over when its callers leave', async () => {
    const { all, calls } = await gateways(2, async (_call, signal, number) => {
      if (number > 1) return numbered(number);
      await new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
      return { kind: 'abandoned' };
    });
    const leaver = new AbortController();
    const first = fetch(`${all[0]!.url}/run/hello`, {
      method: 'POST',
      body: '{"message":"Hello World"}',
      headers: { 'content-type': 'application/json' },
      signal: leaver.signal,
    });
    await expect.poll(() => calls.length).toBe(1);
    const second = run(all[1]!);
    leaver.abort();
    await expect(first).rejects.toThrow();
    expect(await (await second).text()).toBe('2');
    expect(calls).toHaveLength(2);
  });

  test('is succeeded by one of the others when it dies', async () => {
    const { all, calls, operator, key } = await gateways(3, async (_call, _signal, number) => numbered(number));
    // What a gateway leaves behind that is killed at work.
    await operator.set(leaseOf(key), 'a dead one', 'PX', 300);
    const answers = await Promise.all(Array.from({ length: 90 }, (_, i) => run(all[i % 3]!)));
    expect(new Set(await Promise.all(answers.map((answer) => answer.text())))).toEqual(new Set(['1']));
    expect(calls).toHaveLength(1);
  });

  test('keeps its lease for as long as it works', async () => {
    const { all, calls, operator, key } = await gateways(2, async (_call, _signal, number) => {
      await pass(4_000);
      return numbered(number);
    });
    const first = run(all[0]!);
    await expect.poll(() => operator.exists(leaseOf(key))).toBe(1);
    const second = run(all[1]!);
    expect([await (await first).text(), await (await second).text()]).toEqual(['1', '1']);
    expect(calls).toHaveLength(1);
  });

  test('keeps nothing in Redis once it has lost its lease to a successor', async () => {
    const gate = Promise.withResolvers<void>();
    const { all, calls, operator, key } = await gateways(1, async (_call, _signal, number) => {
      await gate.promise;
      return numbered(number);
    });
    const call = run(all[0]!);
    await expect.poll(() => calls.length).toBe(1);
    await operator.set(leaseOf(key), 'a successor', 'PX', 60_000);
    gate.resolve();
    expect(await (await call).text()).toBe('1');
    expect(await operator.get(leaseOf(key))).toBe('a successor');
    expect(await operator.exists(key)).toBe(0);
  });
});

test('a lease without an end is nobody’s, and keeps no caller waiting', async () => {
  const { all, calls, operator, key } = await gateways(1, async (_call, _signal, number) => numbered(number));
  await operator.set(leaseOf(key), 'of another program');
  expect(await (await run(all[0]!)).text()).toBe('1');
  expect(calls).toHaveLength(1);
});

test('max-age is that of what another gateway has just kept, too', async () => {
  const { all, calls } = await gateways(2, async (_call, _signal, number) => numbered(number));
  await run(all[0]!);
  await pass(50);
  await run(all[1]!, 'hello', undefined, { 'cache-control': 'no-cache' });
  await pass(1_100);
  // The first gateway's own copy is older than a second, and so is the second one's in Redis.
  const answer = await run(all[0]!, 'hello', undefined, { 'cache-control': 'max-age=1' });
  expect([await answer.text(), calls.length]).toEqual(['3', 3]);
});

describe('gateways that wait', () => {
  test('wait no longer than their callers have time', async () => {
    const { all, calls, operator, key } = await gateways(1, async (_call, _signal, number) => numbered(number), {
      ...kept,
      timeoutMs: 150,
    });
    await operator.set(leaseOf(key), 'somebody at work', 'PX', 60_000);
    expect((await run(all[0]!)).status).toBe(504);
    expect(calls).toHaveLength(0);
  });

  /** Three gateways whose first round ends as `outcome`; how many are at work together in the second. */
  async function sideBySide(outcome: Outcome) {
    let running = 0;
    let most = 0;
    const { all, calls } = await gateways(3, async (_call, _signal, number) => {
      running++;
      if (number > 1) most = Math.max(most, running);
      await pass(150);
      running--;
      return outcome;
    });
    await Promise.all(all.map((gateway) => run(gateway)));
    return { calls: calls.length, most };
  }

  test('try it by themselves, side by side, when it failed for the first', async () => {
    expect(await sideBySide(outcomes.functionError)).toEqual({ calls: 3, most: 2 });
  });

  test('compute it side by side when it cannot be kept', async () => {
    const large: Outcome = { kind: 'ok', answer: answerOf(200, { body: Buffer.alloc(2 ** 20 + 1, ' ') }) };
    expect(await sideBySide(large)).toEqual({ calls: 3, most: 2 });
  });
});

test('a stale result is computed anew by one gateway of all that answer it', async () => {
  const { all, calls } = await gateways(
    3,
    async (_call, _signal, number) => {
      if (number > 1) await pass(200);
      return numbered(number);
    },
    { ...kept, cache: cachePolicyOf({ ttlMs: 100, staleWhileRevalidateMs: 60_000 }) },
  );
  await run(all[0]!);
  await expect.poll(async () => statusOf(await run(all[1]!, 'hello', undefined, { 'cache-control': 'only-if-cached' }))).toMatch(/hit/);
  await pass(150);
  await Promise.all(Array.from({ length: 300 }, (_, i) => run(all[i % 3]!)));
  await pass(250);
  expect(calls).toHaveLength(2);
});

describe('under the key of a result', () => {
  test.each([
    ['a value of another program', '{"status":200}'],
    ['a value that was cut short', Buffer.from('RWR\u0002 cut short')],
  ])('%s is a miss, deleted, and replaced by the next result', async (_what, value) => {
    const { all, calls, operator, key } = await gateways(2, async (_call, _signal, number) => numbered(number));
    await operator.set(key, value);
    expect(await (await run(all[0]!)).text()).toBe('1');
    await expect.poll(() => operator.getBuffer(key)).not.toEqual(Buffer.from(value));
    expect(await (await run(all[1]!)).text()).toBe('1');
    expect(calls).toHaveLength(1);
    expect(all[0]!.faults).toEqual(['foreign']);
  });

  test('something of another kind is a miss, counted and deleted', async () => {
    const { all, operator, key } = await gateways(1, async (_call, _signal, number) => numbered(number));
    await operator.lpush(key, 'a list');
    expect((await run(all[0]!)).status).toBe(200);
    expect(all[0]!.faults[0]).toBe('WRONGTYPE');
    await expect.poll(() => operator.type(key)).toBe('string');
  });

  test('a value of another release of Runway is a miss, and stays for that one until there is a new result', async () => {
    const { all, operator, key } = await gateways(1, async () => outcomes.functionError);
    const other = Buffer.concat([Buffer.from('RWR\u0009'), Buffer.alloc(40)]);
    await operator.set(key, other);
    expect((await run(all[0]!)).status).toBe(500);
    expect(all[0]!.faults).toContain('version');
    expect(await operator.getBuffer(key)).toEqual(other);
  });
});
