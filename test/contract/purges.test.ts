import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, inject, test } from 'vitest';
import type { KeptResults } from '../../src/cache/kept-results.ts';
import { openKeptResults } from '../../src/cache/open.ts';
import type { Purge } from '../../src/cache/purges.ts';
import type { Call } from '../../src/call.ts';
import { systemClock } from '../../src/clock.ts';
import { callOf } from '../cache/call.ts';
import { answerOf, cachePolicyOf } from '../support/calls.ts';
import { openTestRedis } from '../support/redis-client.ts';
import { startRedis } from '../support/redis-server.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The kept results of one gateway; without `url` it is alone, in memory. */
async function open(url?: string, prefix = '', { follow = true } = {}) {
  const client = url === undefined ? undefined : await openTestRedis(url, prefix, 1_000);
  if (client) closers.push(() => client.redis.close());
  const results = openKeptResults({
    memoryBytes: 2 ** 20,
    remote: client?.redis,
    onFault: () => undefined,
    clock: systemClock,
    random: () => 0,
  });
  const following = new AbortController();
  if (follow) void results.follow(following.signal);
  closers.push(() => following.abort());
  return { results, client, following };
}

const call = (name: string, consumer: string, event = '{}', scope: 'consumer' | 'shared' = 'consumer') =>
  callOf(event, { consumer, target: { name, cache: cachePolicyOf({ scope, ttlMs: 3_600_000 }) } });

const keep = async (results: KeptResults, of: Call) => {
  const computation = { answer: answerOf(200), startedAtMs: systemClock.nowMs(), tookMs: 1, again: false };
  return results.keep(results.keyOf(of)!, of, computation);
};
const isKept = async (results: KeptResults, of: Call) => (await results.recall(results.keyOf(of)!, of.target.cache!)) !== undefined;
const scope = (over: { function?: string; consumer?: string } = {}): Purge => ({
  key: undefined,
  function: undefined,
  consumer: undefined,
  ...over,
});

const billing = [call('hello', 'billing'), call('hello', 'billing', '1'), call('image', 'billing')];
const search = [call('hello', 'search'), call('image', 'search')];
const shared = [call('hello', 'billing', '"shared"', 'shared')];
const everything = [...billing, ...search, ...shared];

const places: [string, () => Promise<{ results: KeptResults }>][] = [
  ['memory', () => open()],
  ['redis', () => open(inject('redisUrl'), `purges:${randomUUID()}:`)],
];

describe.each(places)('a purge in %s', (_place, openOne) => {
  test.each<[string, Purge, Call[]]>([
    ['of a function', scope({ function: 'hello' }), [billing[0]!, billing[1]!, search[0]!, shared[0]!]],
    ['of a consumer, which leaves what consumers share', scope({ consumer: 'billing' }), billing],
    ['of a consumer’s results of one function', scope({ function: 'hello', consumer: 'billing' }), [billing[0]!, billing[1]!]],
    ['of everything', scope(), everything],
  ])('%s ends those results and no others, and says how many there were', async (_what, purge, gone) => {
    const { results } = await openOne();
    for (const each of everything) await keep(results, each);
    await expect.poll(async () => (await Promise.all(everything.map((each) => isKept(results, each)))).every(Boolean)).toBe(true);
    expect(await results.purge(purge)).toEqual({ count: gone.length, everywhere: true });
    for (const each of everything) expect(await isKept(results, each)).toBe(!gone.includes(each));
    expect(await results.purge(purge)).toEqual({ count: 0, everywhere: true });
  });

  test('of a single result by its key', async () => {
    const { results } = await openOne();
    for (const each of billing) await keep(results, each);
    const key = results.keyOf(billing[0]!)!;
    await expect.poll(() => isKept(results, billing[0]!)).toBe(true);
    expect(await results.purge({ key })).toEqual({ count: 1, everywhere: true });
    expect(await Promise.all(billing.map((each) => isKept(results, each)))).toEqual([false, true, true]);
    expect(await results.purge({ key })).toEqual({ count: 0, everywhere: true });
  });

  test.each<[string, Purge]>([
    ['a function of which nothing is kept', scope({ function: 'nobody' })],
    ['what cannot be a function', scope({ function: 'No Function!' })],
    ['a consumer of whom nothing is kept', scope({ consumer: 'nobody' })],
    ['a key that is none', { key: 'hunter2' }],
    ['the key of something else in the same Redis', { key: 'once:1:x' }],
  ])('of %s ends nothing', async (_what, purge) => {
    const { results } = await openOne();
    await keep(results, billing[0]!);
    expect(await results.purge(purge)).toEqual({ count: 0, everywhere: true });
    expect(await isKept(results, billing[0]!)).toBe(true);
  });

  test('ends what is being computed, too: its result is not found', async () => {
    const { results } = await openOne();
    const [one, other] = [billing[0]!, search[1]!];
    const began = { answer: answerOf(200), startedAtMs: systemClock.nowMs(), tookMs: 1, again: false };
    const keys = [results.keyOf(one)!, results.keyOf(other)!] as const;
    await results.purge(scope({ function: 'hello' }));
    await results.purge({ key: keys[1] });
    await results.keep(keys[0], one, began);
    expect(await results.keep(keys[1], other, began)).toBe(false);
    expect([await isKept(results, one), await isKept(results, other)]).toEqual([false, false]);
  });

  test('leaves no trace for results that come after it', async () => {
    const { results } = await openOne();
    for (const purge of [scope(), scope({ function: 'hello' }), scope({ consumer: 'billing' })]) {
      await keep(results, billing[0]!);
      await results.purge(purge);
      await keep(results, billing[0]!);
      expect(await isKept(results, billing[0]!)).toBe(true);
    }
  });
});

describe('over several gateways', () => {
  /** Two gateways that have everything in their memories. */
  async function two() {
    const server = await startRedis();
    closers.push(() => server.stop());
    const proxy = await openTcpProxy(Number(new URL(server.url).port));
    closers.push(() => proxy[Symbol.asyncDispose]());
    const here = await open(server.url, 'p:');
    const there = { ...(await open(`redis://127.0.0.1:${proxy.port}`, 'p:')), proxy };
    for (const each of everything) await keep(here.results, each);
    for (const each of everything) await expect.poll(() => isKept(there.results, each)).toBe(true);
    return { server, here, there };
  }
  const within = { timeout: 1_000, interval: 20 };

  test.each<[string, (results: KeptResults) => Purge, Call]>([
    ['a function', () => scope({ function: 'hello' }), billing[0]!],
    ['a consumer', () => scope({ consumer: 'search' }), search[1]!],
    ['a single result', (results) => ({ key: results.keyOf(search[1]!)! }), search[1]!],
  ])('%s is purged from the memory of each within a second', async (_what, purgeOf, gone) => {
    const { here, there } = await two();
    await here.results.purge(purgeOf(here.results));
    await expect.poll(() => isKept(there.results, gone), within).toBe(false);
    expect(await isKept(there.results, billing[2]!)).toBe(true);
  });

  test.each<[string, (results: KeptResults) => Purge, Call]>([
    ['a function', () => scope({ function: 'hello' }), billing[0]!],
    ['a single result', (results) => ({ key: results.keyOf(search[1]!)! }), search[1]!],
  ])('%s is purged from the memory of who was cut off meanwhile, as soon as that is over', async (_what, purgeOf, gone) => {
    const { here, there } = await two();
    there.proxy.cut();
    await there.client!.turned(false);
    await here.results.purge(purgeOf(here.results));
    // It goes on with what it has.
    expect(await isKept(there.results, gone)).toBe(true);
    there.proxy.restore();
    await there.client!.turned(true);
    await expect.poll(() => isKept(there.results, gone), within).toBe(false);
    expect(await isKept(there.results, billing[2]!)).toBe(true);
  });

  test('what is purged while Redis is away is gone here at once, and everywhere when it is back', async () => {
    const { server, here, there } = await two();
    await server.kill('SIGSTOP');
    expect(await here.results.purge(scope({ function: 'hello' }))).toEqual({ count: 0, everywhere: false });
    expect(await here.results.purge({ key: here.results.keyOf(search[1]!)! })).toEqual({ count: 1, everywhere: false });
    expect([await isKept(here.results, billing[0]!), await isKept(here.results, search[1]!)]).toEqual([false, false]);
    expect(await isKept(there.results, billing[0]!)).toBe(true);
    await server.kill('SIGCONT');
    await Promise.all([here.client!.turned(true), there.client!.turned(true)]);
    await expect.poll(() => isKept(there.results, billing[0]!), within).toBe(false);
    await expect.poll(() => isKept(there.results, search[1]!), within).toBe(false);
    expect(await isKept(there.results, billing[2]!)).toBe(true);
  });

  test('a single result that another gateway was computing when it was purged is not found afterwards', async () => {
    const { here, there } = await two();
    const late = call('image', 'search', '"late"');
    const key = here.results.keyOf(late)!;
    const turn = await there.results.turn(key, 0, new AbortController().signal);
    if (turn.kind !== 'lead') throw new Error(`its turn is ${turn.kind}`);
    const began = { answer: answerOf(200), startedAtMs: systemClock.nowMs(), tookMs: 1, again: false };
    expect(await here.results.purge({ key })).toEqual({ count: 0, everywhere: true });
    // At once, before it can have heard of the purge.
    await there.results.keep(key, late, began, turn);
    await expect.poll(() => isKept(there.results, late), within).toBe(false);
    expect(await isKept(here.results, late)).toBe(false);
  });

  test('a gateway that starts finds nothing in Redis before it knows what was purged', async () => {
    const { server, here } = await two();
    await here.results.purge(scope({ function: 'hello' }));
    const fresh = await open(server.url, 'p:', { follow: false });
    expect(await isKept(fresh.results, billing[0]!)).toBe(false);
    expect(await isKept(fresh.results, billing[2]!)).toBe(false);
    void fresh.results.follow(fresh.following.signal);
    await expect.poll(() => isKept(fresh.results, billing[2]!), within).toBe(true);
    expect(await isKept(fresh.results, billing[0]!)).toBe(false);
  });

  test('a Redis that was too full to be told what was purged is told when it is not', async () => {
    const { server, here } = await two();
    await here.results.purge(scope({ function: 'hello' }));
    const admin = new Redis(server.url, { keyPrefix: 'p:' });
    closers.push(() => admin.disconnect());
    await admin.config('SET', 'maxmemory', '1');
    await admin.flushall();
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await admin.exists('{purges}:generations')).toBe(0);
    await admin.config('SET', 'maxmemory', '0');
    await expect.poll(() => admin.hget('{purges}:generations', 'f:hello'), within).toBe('1');
  });

  test('what was purged does not come back with a Redis that has lost its data', async () => {
    const { server, here, there } = await two();
    await here.results.purge(scope({ function: 'hello' }));
    await expect.poll(() => isKept(there.results, billing[0]!), within).toBe(false);
    await server.restart();
    await Promise.all([here.client!.turned(true), there.client!.turned(true)]);
    // A gateway that starts now learns of the purge from the others.
    const fresh = await open(server.url, 'p:');
    const generation = () => fresh.results.keyOf(billing[0]!);
    await expect.poll(generation, within).toBe(here.results.keyOf(billing[0]!));
    expect(here.results.keyOf(billing[0]!)).toBe(there.results.keyOf(billing[0]!));
    expect([await isKept(here.results, billing[0]!), await isKept(there.results, billing[0]!)]).toEqual([false, false]);
  });

  test('who misses more purges of single results than are remembered forgets all it has', async () => {
    const { server, here, there } = await two();
    const other = call('image', 'billing', '"never kept"');
    const key = here.results.keyOf(other)!;
    const admin = new Redis(server.url, { keyPrefix: 'p:' });
    closers.push(() => admin.disconnect());
    // 1,100 purges at once, as they look to one that was away for them.
    const pipeline = admin.pipeline();
    for (let i = 0; i < 1_100; i++) pipeline.zadd('{purges}:results', 5_000 + i, `${key}${i}`);
    pipeline.zremrangebyrank('{purges}:results', 0, -1_001);
    pipeline.hset('{purges}:generations', '@version', 6_100);
    await pipeline.exec();
    const forgets = async (results: KeptResults, of: Call) => (await results.recall(results.keyOf(of)!, of.target.cache!))?.tier;
    await expect.poll(() => forgets(there.results, billing[2]!), within).toBe('redis');
  });
});
