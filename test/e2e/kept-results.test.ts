import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { call, type Emulated, startEmulated, sumOf } from '../support/emulated.ts';
import { serving } from '../support/runway.ts';

let emulated: Emulated;
beforeAll(async () => {
  emulated = await startEmulated();
});
afterAll(() => emulated[Symbol.asyncDispose]());

const post = async (url: string, body: unknown) => {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  return (await answer.json()) as Record<string, unknown>;
};
const statusOf = (answer: Response) => answer.headers.get('cache-status');

/** Two gateways of one configuration on one Redis, both of them connected. */
async function two(name: string, more = '') {
  const settings = { redis: inject('redisUrl'), more };
  const [one, other] = [await emulated.serve(name, settings), await emulated.serve(name, settings)];
  for (const { admin } of [one, other]) await expect.poll(() => sumOf(admin, 'runway_dependency_up')).toBe(1);
  return {
    one,
    other,
    async [Symbol.asyncDispose]() {
      await one.gateway.stop('SIGKILL');
      await other.gateway.stop('SIGKILL');
    },
  };
}

describe('two gateways on one Redis', () => {
  test('show hits of each other, and a purge of one reaches the other’s memory within a second', async () => {
    await using gateways = await two('pair');
    const { one, other } = gateways;
    const event = { message: 'kept once' };
    expect(statusOf(await call(one.url, 'hello', event))).toBe('runway; fwd=uri-miss; stored');
    await expect.poll(async () => statusOf(await call(other.url, 'hello', event))).toMatch(/^runway; hit/);

    expect(await post(`${other.admin}/admin/cache/look`, { function: 'hello', event })).toMatchObject({
      function: 'hello',
      kept: { tier: 'memory', state: 'fresh', status: 200, billedGbSeconds: expect.any(Number) },
    });

    expect(await post(`${one.admin}/admin/cache/purge`, { function: 'hello' })).toEqual({ function: 'hello', count: 1, everywhere: true });
    const only = { 'cache-control': 'only-if-cached' };
    await expect.poll(async () => (await call(other.url, 'hello', event, only)).status, { timeout: 1_000, interval: 20 }).toBe(504);
    await expect
      .poll(() => one.gateway.output().stdout)
      .toMatch(/"function":"hello","count":1,"everywhere":true,"requestId":"[^"]+","from":"127.0.0.1","msg":"kept results were purged"/);
    expect(await post(`${other.admin}/admin/cache/purge`, { function: 'hello' })).toMatchObject({ count: 0 });
  });

  test('run a call with an Idempotency-Key once between them, and remember it over their restart', async () => {
    const key = { 'idempotency-key': `order-${process.pid}-${Date.now()}` };
    const before = await emulated.books();
    let answer: string;
    {
      await using gateways = await two('keys');
      const { one, other } = gateways;
      const first = await call(one.url, 'slow', { seconds: 0 }, key);
      const second = await call(other.url, 'slow', { seconds: 0 }, key);
      answer = await first.text();
      expect([second.headers.get('idempotency-replayed'), await second.text()]).toEqual(['true', answer]);
      expect((await call(other.url, 'slow', { seconds: 0.1 }, key)).status).toBe(422);
    }
    await using gateways = await two('keys');
    const third = await call(gateways.one.url, 'slow', { seconds: 0 }, key);
    expect([third.headers.get('idempotency-replayed'), await third.text()]).toEqual(['true', answer]);
    expect((await emulated.books()).invocations - before.invocations).toBe(1);
  });
});

test('what hits save is what the emulator’s books have for the calls that were computed, in GB-seconds and in money', async () => {
  const before = await emulated.books();
  const more = 'pricing: { currency: USD, perMillionRequests: 0.2, perGbSecond: 0.00001667 }\n';
  const { gateway, url, admin } = await emulated.serve('saved', { more });
  await using _gateway = gateway;
  const event = { message: 'paid for once' };
  for (let i = 0; i < 11; i++) await (await call(url, 'hello', event)).arrayBuffer();
  const { mbMs, invocations } = await emulated.books();
  expect(invocations - before.invocations).toBe(1);
  const savedMbMs = 10 * (mbMs - before.mbMs);
  expect(Math.round((await sumOf(admin, 'runway_cache_saved_gb_seconds_total')) * 1_024_000)).toBe(savedMbMs);
  const cost = (10 / 1e6) * 0.2 + (savedMbMs / 1_024_000) * 0.00001667;
  expect(await sumOf(admin, 'runway_cache_saved_cost_total')).toBeCloseTo(cost, 12);
});

test('a function that is gone is answered from what is kept of it, and that is said', async () => {
  const gone = await serving(['emulator', '--port', '0', '--json']);
  const settings = { endpoint: String(gone.ready.url), cache: '{ ttl: 1s, staleIfError: 1h }' };
  const { gateway, url } = await emulated.serve('stale', settings);
  await using _gateway = gateway;
  const event = { message: 'still here' };
  await call(url, 'hello', event);
  await gone.stop();
  await expect
    .poll(async () => statusOf(await call(url, 'hello', event)), { timeout: 5_000 })
    .toMatch(/^runway; fwd=stale; detail=stale-if-error; ttl=-\d+$/);
  const answer = await call(url, 'hello', event);
  expect([answer.status, await answer.json()]).toMatchObject([200, event]);
});
