import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, inject, test } from 'vitest';
import type { Scripts } from '../../src/remote.ts';
import { type Counts, counters, type Use } from '../../src/usage/counts.ts';
import { MemoryUsage } from '../../src/usage/memory.ts';
import { RedisUsage } from '../../src/usage/redis-store.ts';
import type { UsageStore } from '../../src/usage/store.ts';
import { FakeClock } from '../support/clock.ts';
import { openTestRedis } from '../support/redis-client.ts';
import { startRedis } from '../support/redis-server.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { readingOf } from '../usage/reading.ts';
import { WeatheredRemote, weathers } from '../usage/weather.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const hourMs = 60 * 60 * 1_000;
const [yesterday, today, tomorrow] = ['2026-11-01', '2026-11-02', '2026-11-03'] as const;
const noon = () => new FakeClock(Date.UTC(2026, 10, 2, 12));

/** A gateway's usage in Redis, and what it told of faults and losses. */
function gateway(remote: Scripts, clock = noon()) {
  const faults: string[] = [];
  const lost: Counts[] = [];
  const onFault = (reason: string) => void faults.push(reason);
  const store = new RedisUsage({ remote, id: randomUUID(), clock, onFault, onLost: (counts) => void lost.push({ ...counts }) });
  closers.push(() => store.close());
  return { store, clock, faults, lost };
}

async function connect(url: string, prefix = `usage:${randomUUID()}:`, timeoutMs?: number) {
  const client = await openTestRedis(url, prefix, timeoutMs);
  closers.push(() => client.redis.close());
  const raw = new Redis(url, { keyPrefix: prefix });
  closers.push(() => raw.disconnect());
  return { ...client, raw, prefix };
}

/** `settle`: what happens within a second. */
const places: [string, (clock: FakeClock) => Promise<{ store: UsageStore; settle: () => Promise<void> }>][] = [
  ['memory', async (clock) => ({ store: new MemoryUsage(clock), settle: async () => undefined })],
  [
    'redis, told',
    async (clock) => {
      const { store } = gateway((await connect(inject('redisUrl'))).redis, clock);
      return { store, settle: () => store.flush() };
    },
  ],
  [
    'redis, to be told',
    async (clock) => ({ store: gateway((await connect(inject('redisUrl'))).redis, clock).store, settle: async () => undefined }),
  ],
];

describe.each(places)('usage in %s', (_place, open) => {
  test('is summed up by consumer and function, of each count by itself', async () => {
    const { store, settle } = await open(noon());
    store.record('billing', 'hello', { requests: 1, executions: 1, mbMs: 12_800 });
    store.record('billing', 'hello', { requests: 1, kept: 1 });
    store.record('billing', 'image', { executions: 2, mbMs: 51_200, wastedMbMs: 25_600 });
    await settle();
    store.record('billing', 'hello', { requests: 1, executions: 3, mbMs: 1 });
    store.record('search', 'hello', { requests: 1 });
    await settle();
    const { sums } = await readingOf(store, today, today);
    expect(sums).toEqual({
      [`${today} billing hello`]: [3, 1, 4, 12_801, 0],
      [`${today} billing image`]: [0, 0, 2, 51_200, 25_600],
      [`${today} search hello`]: [1, 0, 0, 0, 0],
    });
  });

  test('of one consumer is of no other, however alike their names', async () => {
    const { store, settle } = await open(noon());
    for (const id of ['bill', 'billing', 'bill.ing', 'Bill', 'bill-2']) store.record(id, 'hello', { requests: 1 });
    await settle();
    for (const id of ['bill', 'bill.ing']) {
      expect((await readingOf(store, today, today, id)).sums).toEqual({ [`${today} ${id} hello`]: [1, 0, 0, 0, 0] });
    }
    expect((await readingOf(store, today, today, 'nobody')).sums).toEqual({});
  });

  test('is of the day of UTC on which it was recorded, and a report has its first and its last day', async () => {
    const clock = noon();
    const { store, settle } = await open(clock);
    store.record('billing', 'hello', { requests: 1 });
    await clock.advance(12 * hourMs - 1);
    store.record('billing', 'hello', { requests: 2 });
    await clock.advance(1);
    store.record('billing', 'hello', { requests: 4 });
    await settle();
    const first = { [`${today} billing hello`]: [3, 0, 0, 0, 0] };
    const second = { [`${tomorrow} billing hello`]: [4, 0, 0, 0, 0] };
    expect((await readingOf(store, yesterday, today)).sums).toEqual(first);
    expect((await readingOf(store, tomorrow, tomorrow)).sums).toEqual(second);
    expect((await readingOf(store, today, tomorrow)).sums).toEqual({ ...first, ...second });
    expect((await readingOf(store, yesterday, yesterday)).sums).toEqual({});
  });

  test('is exact, up to the largest whole numbers and with parts of a millisecond', async () => {
    const { store, settle } = await open(noon());
    store.record('billing', 'hello', { mbMs: Number.MAX_SAFE_INTEGER - 3 });
    await settle();
    store.record('billing', 'hello', { mbMs: 1 });
    store.record('billing', 'hello', { mbMs: 1.6 });
    await settle();
    expect((await readingOf(store, today, today)).sums).toEqual({ [`${today} billing hello`]: [0, 0, 0, Number.MAX_SAFE_INTEGER, 0] });
  });

  test('of thousands of consumers is whole', async () => {
    const { store, settle } = await open(noon());
    for (let round = 0; round < 2; round++) {
      for (let id = 0; id < 3_000; id++) store.record(`team-${id}`, 'hello', { requests: 1, executions: id + 1, mbMs: 2 * id });
      await settle();
    }
    const { sums } = await readingOf(store, today, today);
    expect(Object.keys(sums)).toHaveLength(3_000);
    for (let id = 0; id < 3_000; id++) expect(sums[`${today} team-${id} hello`]).toEqual([2, 0, 2 * id + 2, 4 * id, 0]);
  });
});

describe('in memory', () => {
  test('it is kept for 24 hours, by the hour, and a report says from when on', async () => {
    const clock = noon();
    const store = new MemoryUsage(clock);
    store.record('billing', 'hello', { requests: 1 });
    await clock.advance(hourMs);
    store.record('billing', 'hello', { requests: 2 });
    const all = () => readingOf(store, today, tomorrow);
    await clock.advance(24 * hourMs - 1);
    expect((await all()).sums).toEqual({ [`${today} billing hello`]: [3, 0, 0, 0, 0] });
    expect((await all()).missing).toContain('nothing is known from before 2026-11-02T12:00:00.000Z');
    await clock.advance(1);
    expect((await all()).sums).toEqual({ [`${today} billing hello`]: [2, 0, 0, 0, 0] });
    expect((await all()).missing).toContain('nothing is known from before 2026-11-02T13:00:00.000Z');
    await clock.advance(hourMs);
    expect((await all()).sums).toEqual({});
    expect((await readingOf(store, tomorrow, tomorrow)).missing).toBeUndefined();
  });
});

describe('in Redis', () => {
  test('it is told once a second, and nothing is sent when there is nothing to tell', async () => {
    const { redis, raw } = await connect(inject('redisUrl'));
    let sent = 0;
    const counted: Scripts = {
      run(...command) {
        sent++;
        return redis.run(...command);
      },
    };
    const { store, clock } = gateway(counted);
    await clock.advance(5_000);
    expect(sent).toBe(0);
    for (let i = 0; i < 10_000; i++) store.record('billing', 'hello', { requests: 1, executions: 1, mbMs: 12_800 });
    await clock.advance(1_000);
    await expect.poll(() => raw.hget(`usage:${today}`, 'billing hello mbMs')).toBe('128000000');
    expect(sent).toBe(1);
  });

  test('a day stays for 400 days', async () => {
    const { redis, raw } = await connect(inject('redisUrl'));
    const { store } = gateway(redis);
    store.record('billing', 'hello', { requests: 1 });
    await store.flush();
    const days = (await raw.pttl(`usage:${today}`)) / (24 * hourMs);
    expect(days).toBeGreaterThan(399.9);
    expect(days).toBeLessThanOrEqual(400);
    expect((await readingOf(store, '2025-09-28', today)).missing).toBeUndefined();
    expect((await readingOf(store, '2025-09-27', today)).missing).toContain('nothing is known from before 2025-09-28');
  });

  test('the sums of two gateways are the sums of both, and outlive them', async () => {
    const { redis } = await connect(inject('redisUrl'));
    const [here, there] = [gateway(redis), gateway(redis)];
    for (let i = 0; i < 50; i++) {
      here.store.record('billing', 'hello', { requests: 1, mbMs: 3 });
      there.store.record('billing', 'hello', { requests: 1, mbMs: 5 });
      there.store.record('search', 'hello', { requests: 1 });
      if (i % 7 === 0) await Promise.all([here.store.flush(), there.store.flush()]);
    }
    await here.store.close();
    await there.store.close();
    const { store } = gateway(redis);
    const expected = { [`${today} billing hello`]: [100, 0, 0, 400, 0], [`${today} search hello`]: [50, 0, 0, 0, 0] };
    expect(await readingOf(store, today, today)).toEqual({ sums: expected, missing: undefined });
    expect([here.lost, there.lost]).toEqual([[], []]);
  });

  test.each<
    [
      string,
      (server: Awaited<ReturnType<typeof startRedis>>, proxy: Awaited<ReturnType<typeof openTcpProxy>>) => [() => unknown, () => unknown],
    ]
  >([
    ['is cut off', (_server, proxy) => [() => proxy.cut(), () => proxy.restore()]],
    ['is mute', (server) => [() => server.kill('SIGSTOP'), () => server.kill('SIGCONT')]],
  ])(
    'while Redis %s a report says so and has what waits here; afterwards nothing is lost and nothing is there twice',
    async (_what, outage) => {
      const server = await startRedis();
      closers.push(() => server.stop());
      const proxy = await openTcpProxy(server.port);
      closers.push(() => proxy[Symbol.asyncDispose]());
      const near = await connect(`redis://127.0.0.1:${proxy.port}`, 'p:', 200);
      const [begin, end] = outage(server, proxy);
      const { store, clock } = gateway(near.redis);
      store.record('billing', 'hello', { requests: 1, mbMs: 1 });
      await store.flush();
      await begin();
      store.record('billing', 'hello', { requests: 2, mbMs: 2 });
      await store.flush();
      store.record('billing', 'hello', { requests: 4, mbMs: 4 });
      await near.turned(false);
      expect(await readingOf(store, yesterday, today)).toEqual({
        sums: { [`${today} billing hello`]: [6, 0, 0, 6, 0] },
        missing: 'Redis could not be read: from 2026-11-01 on there is only what this gateway has not told it yet',
      });
      await clock.advance(36 * hourMs);
      await end();
      await near.turned(true);
      const all = { sums: { [`${today} billing hello`]: [7, 0, 0, 7, 0] }, missing: undefined };
      expect(await readingOf(store, today, tomorrow)).toEqual(all);
      await store.flush();
      expect(await readingOf(store, today, tomorrow)).toEqual(all);
      const other = gateway((await connect(server.url, 'p:')).redis, clock);
      expect(await readingOf(other.store, today, tomorrow)).toEqual(all);
    },
  );

  test('what waits longer than two days is given up, and it is said how much', async () => {
    const { redis } = await connect(inject('redisUrl'));
    const remote = new WeatheredRemote(redis);
    const { store, clock, lost } = gateway(remote);
    remote.weather = 'away';
    store.record('billing', 'hello', { requests: 3, mbMs: 5 });
    await clock.advance(24 * hourMs);
    store.record('billing', 'hello', { requests: 1 });
    await clock.advance(35 * hourMs);
    await store.flush();
    expect(lost).toEqual([]);
    await clock.advance(hourMs);
    await store.flush();
    expect(lost).toEqual([{ requests: 3, kept: 0, executions: 0, mbMs: 5, wastedMbMs: 0 }]);
    remote.weather = 'clear';
    await store.flush();
    expect(await readingOf(store, today, '2026-11-05')).toEqual({
      sums: { [`${tomorrow} billing hello`]: [1, 0, 0, 0, 0] },
      missing: undefined,
    });
  });

  test('a gateway that ends while Redis is away says what it takes with it', async () => {
    const { redis } = await connect(inject('redisUrl'));
    const remote = new WeatheredRemote(redis);
    const { store, lost } = gateway(remote);
    store.record('billing', 'hello', { requests: 1 });
    await store.flush();
    remote.weather = 'away';
    store.record('billing', 'hello', { requests: 2 });
    await store.flush();
    store.record('search', 'hello', { requests: 4 });
    await store.close();
    expect(lost).toMatchObject([{ requests: 6 }]);
  });

  test('a Redis that is full takes all of it later', async () => {
    const server = await startRedis();
    closers.push(() => server.stop());
    const { redis, raw } = await connect(server.url);
    const { store, faults } = gateway(redis);
    store.record('billing', 'hello', { requests: 1 });
    await store.flush();
    await raw.config('SET', 'maxmemory', '1');
    store.record('billing', 'hello', { requests: 2 });
    await store.flush();
    expect(faults).toEqual(['OOM']);
    const all = { sums: { [`${today} billing hello`]: [3, 0, 0, 0, 0] }, missing: undefined };
    expect(await readingOf(store, today, today)).toEqual(all);
    await raw.config('SET', 'maxmemory', '0');
    await store.flush();
    expect(await readingOf(store, today, today)).toEqual(all);
  });

  test('what somebody else has put there spoils nothing but itself', async () => {
    const { redis, raw } = await connect(inject('redisUrl'));
    const { store, clock, faults } = gateway(redis);
    await raw.hset(`usage:${today}`, 'billing hello mbMs', 'much', 'nonsense', '1');
    await raw.set(`usage:${tomorrow}`, 'a text');
    store.record('billing', 'hello', { requests: 1, mbMs: 5 });
    await clock.advance(12 * hourMs);
    store.record('billing', 'hello', { requests: 1 });
    await clock.advance(24 * hourMs);
    store.record('billing', 'hello', { requests: 1 });
    await store.flush();
    expect(await readingOf(store, today, today)).toEqual({ sums: { [`${today} billing hello`]: [1, 0, 0, 0, 0] }, missing: undefined });
    expect(await raw.hget('usage:2026-11-04', 'billing hello requests')).toBe('1');
    expect(new Set(faults)).toEqual(new Set(['damaged', 'WRONGTYPE']));
  });
});

const consumers = ['billing', 'search', 'anonymous'] as const;
const functions = ['hello', 'image'] as const;
const use: fc.Arbitrary<Use> = fc.record(
  Object.fromEntries(counters.map((counter) => [counter, fc.nat(2 ** 31)])) as Record<keyof Counts, fc.Arbitrary<number>>,
  { requiredKeys: [] },
);
const who = fc.constantFrom(0, 1);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('record'), who, consumer: fc.nat(2), function: fc.nat(1), use }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('flush'), who }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('weather'), who, weather: fc.constantFrom(...weathers) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('arrive'), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart'), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass'), hours: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('report'), who }) },
);

/** What two gateways recorded, kept as simply as it can be. */
class Model {
  readonly #sums: Record<string, number[]>[] = [{}, {}];

  record(by: number, key: string, more: Use): void {
    const before = this.#sums[by]![key] ?? counters.map(() => 0);
    this.#sums[by]![key] = counters.map((counter, at) => before[at]! + (more[counter] ?? 0));
  }

  /** Of one gateway, or of both. */
  of(...gateways: number[]): Record<string, number[]> {
    const all: Record<string, number[]> = {};
    for (const by of gateways) {
      for (const [key, counts] of Object.entries(this.#sums[by]!)) all[key] = counts.map((count, at) => count + (all[key]?.[at] ?? 0));
    }
    return all;
  }
}

/** A gateway tells nothing of a key of which nothing but zeros was recorded. */
const withoutZeros = (sums: Record<string, number[]>) =>
  Object.fromEntries(Object.entries(sums).filter(([, counts]) => counts.some((count) => count > 0)));

/** The key of a count that is larger than the other one. */
const firstAbove = (one: Record<string, number[]>, other: Record<string, number[]>) =>
  Object.keys(one).find((key) => one[key]!.some((count, at) => count > (other[key]?.[at] ?? 0)));

test('whatever fails and whenever, a report says what was recorded, nothing twice and nothing lost', async () => {
  const { redis } = await connect(inject('redisUrl'), '');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 50, size: 'max' }), fc.boolean(), async (steps, isAlone) => {
      const run = randomUUID();
      const prefixed: Scripts = {
        run: (script, keys, args) =>
          redis.run(
            script,
            keys.map((key) => `${run}:${key}`),
            args,
          ),
      };
      const clock = noon();
      const model = new Model();
      const remotes = [new WeatheredRemote(prefixed), new WeatheredRemote(prefixed)];
      const gateways = remotes.map((remote) => gateway(remote, clock));
      const report = async (by: number) => {
        const { sums, missing } = await readingOf(gateways[by]!.store, yesterday, '2026-11-12');
        return { sums: withoutZeros(sums), missing };
      };
      for (const each of steps) {
        const by = 'who' in each && !isAlone ? each.who : 0;
        const remote = remotes[by]!;
        if ('use' in each) {
          const [consumer, name] = [consumers[each.consumer]!, functions[each.function]!];
          const day = new Date(clock.epochMs()).toISOString().slice(0, 10);
          gateways[by]!.store.record(consumer, name, each.use);
          model.record(by, `${day} ${consumer} ${name}`, each.use);
        } else if ('weather' in each) remote.weather = each.weather;
        else if ('hours' in each) await clock.advance(each.hours * hourMs);
        else if (each.kind === 'flush') await gateways[by]!.store.flush();
        else if (each.kind === 'arrive') await remote.arrive();
        else if (each.kind === 'restart') {
          remote.weather = 'clear';
          await gateways[by]!.store.close();
          expect(gateways[by]!.lost).toEqual([]);
          gateways[by] = gateway(remote, clock);
        } else if (remote.weather !== 'clear') expect((await report(by)).missing).toContain('Redis could not be read');
        else if (isAlone) expect(await report(by)).toEqual({ sums: withoutZeros(model.of(0)), missing: undefined });
        else {
          // Of the other gateway what it has told.
          const { sums } = await report(by);
          expect(firstAbove(model.of(by), sums)).toBeUndefined();
          expect(firstAbove(sums, model.of(0, 1))).toBeUndefined();
        }
      }
      const all = { sums: withoutZeros(model.of(0, 1)), missing: undefined };
      for (const [by, remote] of remotes.entries()) {
        remote.weather = 'clear';
        await gateways[by]!.store.flush();
        await remote.arrive();
      }
      for (const by of [0, 1]) expect(await report(by)).toEqual(all);
      for (const { store } of gateways) await store.close();
      expect(await readingOf(gateway(prefixed, clock).store, yesterday, '2026-11-12').then(({ sums }) => withoutZeros(sums))).toEqual(
        all.sums,
      );
      expect(gateways.map(({ lost }) => lost)).toEqual([[], []]);
    }),
    { numRuns: 300 },
  );
}, 120_000);
