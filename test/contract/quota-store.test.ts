import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, inject, test } from 'vitest';
import type { Consumer, Limit } from '../../src/consumer.ts';
import { openMemory } from '../../src/quota/ledger.ts';
import { RedisQuota } from '../../src/quota/redis-store.ts';
import { type Account, grains, type QuotaStore } from '../../src/quota/store.ts';
import type { Scripts } from '../../src/remote.ts';
import { accountOf, callsOf, entryOf, limitOf, mbMsOf } from '../quota/accounts.ts';
import { FakeClock } from '../support/clock.ts';
import { openTestRedis } from '../support/redis-client.ts';
import { startRedis } from '../support/redis-server.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Opened {
  readonly store: QuotaStore;
  /** The same counts by another way, as another gateway has them. */
  readonly other: QuotaStore;
  /** Lets time go by for what is counted. */
  pass(ms: number): Promise<void>;
}

async function openInMemory(): Promise<Opened> {
  const clock = new FakeClock();
  const store = openMemory(clock);
  return { store, other: store, pass: (ms) => clock.advance(ms) };
}

/** Everything of a consumer becomes older: Redis goes by its own clock, which no test can move. */
const age = {
  name: 'testAgeUsed',
  lua: `
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local first, last, rest = string.match(fields[i + 1], '^(%d+) (%d+) (.*)$')
  redis.call('HSET', KEYS[1], fields[i], string.format('%.0f %.0f %s', first - ARGV[1], last - ARGV[1], rest))
end
for _, token in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do redis.call('ZINCRBY', KEYS[2], -ARGV[1], token) end
return 1`,
};

async function connect(keyPrefix: string, url = inject('redisUrl')) {
  const { redis, turned } = await openTestRedis(url, keyPrefix);
  closers.push(() => redis.close());
  return { redis, turned };
}

const gatewayOf = (remote: Scripts, id: string, clock = new FakeClock()) =>
  new RedisQuota({ remote, id, clock, onFault: (reason) => expect.unreachable(`Redis has a fault: ${reason}`) });

async function openInRedis(): Promise<Opened> {
  const keyPrefix = `test:${randomUUID()}:`;
  const clock = new FakeClock();
  const [here, there] = [await connect(keyPrefix), await connect(keyPrefix)];
  return {
    store: gatewayOf(here.redis, 'here', clock),
    other: gatewayOf(there.redis, 'there', clock),
    async pass(ms) {
      await clock.advance(ms);
      await here.redis.run(age, ['{quota:billing}:used', '{quota:billing}:held'], [ms]);
    },
  };
}

const kinds = async (store: QuotaStore, account: Account, count: number) => {
  const given: string[] = [];
  for (let i = 0; i < count; i++) given.push((await store.admit(account, entryOf())).kind);
  return given;
};
const gbSeconds = (amount: number, over: Partial<Limit> = {}) => limitOf({ name: 'spend', unit: 'gbSeconds', amount, ...over });
const hourMs = 3_600_000;

describe.each<[string, () => Promise<Opened>]>([
  ['memory', openInMemory],
  ['redis', openInRedis],
])('a store of what is used in %s', (_name, open) => {
  test('of hundreds of calls at the same time over two connections admits exactly as many as the limit says', async () => {
    const { store, other } = await open();
    const account = accountOf([limitOf({ amount: 100 }), limitOf({ name: 'wide', amount: 150 })]);
    const rulings = await Promise.all(Array.from({ length: 400 }, (_, i) => (i % 2 ? store : other).admit(account, entryOf())));
    expect(rulings.filter(({ kind }) => kind === 'admitted')).toHaveLength(100);
    expect(callsOf(await other.read(account))).toEqual([100, 100]);
  });

  test('takes nothing of any limit for a call that one of them refuses, and says which', async () => {
    const { store } = await open();
    const account = accountOf([limitOf({ amount: 1 }), limitOf({ name: 'wide' }), gbSeconds(1)]);
    await store.admit(account, entryOf());
    const { kind, uses } = await store.admit(account, entryOf());
    expect(kind).toBe('refused');
    expect(uses.map(({ over }) => over)).toEqual([true, false, false]);
    expect(callsOf(uses)).toEqual([1, 1, 0]);
    expect(await store.read(account)).toMatchObject([{ calls: 1 }, { calls: 1 }, { reserved: grains / 8 }]);
  });

  test('counts a shadow limit on and on, and never refuses for it', async () => {
    const { store } = await open();
    const account = accountOf([limitOf({ amount: 1, mode: 'shadow' }), gbSeconds(0.001, { mode: 'shadow' })]);
    expect(await kinds(store, account, 3)).toEqual(['admitted', 'admitted', 'admitted']);
    const { uses } = await store.admit(account, entryOf());
    expect(uses).toMatchObject([{ calls: 4, over: true }, { over: true }]);
  });

  test('a window of a duration begins with its first call and ends as a whole', async () => {
    const { store, other, pass } = await open();
    const account = accountOf([limitOf({ amount: 2 })]);
    await pass(10 * hourMs);
    expect(await store.read(account)).toMatchObject([{ calls: 0, leftMs: hourMs }]);
    expect(await kinds(store, account, 1)).toEqual(['admitted']);
    await pass(hourMs - 10_000);
    expect(await kinds(other, account, 2)).toEqual(['admitted', 'refused']);
    const [use] = await store.read(account);
    expect(use!.leftMs).toBeGreaterThan(0);
    expect(use!.leftMs).toBeLessThanOrEqual(10_000);
    await pass(10_000);
    expect(await kinds(other, account, 3)).toEqual(['admitted', 'admitted', 'refused']);
  });

  test('a window of a calendar is named by its start, and one whose clock lags does not end it', async () => {
    const { store, other } = await open();
    const turnMs = Date.now();
    const day = (startMs: number) => {
      const [rule] = accountOf([limitOf({ amount: 3 })]).rules;
      const window = { kind: 'calendar', unit: 'day', at: () => ({ startMs, endMs: startMs + 24 * hourMs }) } as const;
      return { ...accountOf([]), rules: [{ ...rule!, window }] };
    };
    const [before, after] = [day(turnMs - 24 * hourMs), day(turnMs)];
    expect(await kinds(store, before, 4)).toEqual(['admitted', 'admitted', 'admitted', 'refused']);
    expect(await kinds(store, after, 1)).toEqual(['admitted']);
    expect(await kinds(other, before, 1)).toEqual(['admitted']);
    expect(await kinds(store, after, 2)).toEqual(['admitted', 'refused']);
  });

  test('holds what a call is likely to use and no more than there is, and what it holds nobody else has', async () => {
    const { store, other } = await open();
    const account = accountOf([gbSeconds(0.2)]);
    const first = entryOf();
    expect(await store.admit(account, first)).toMatchObject({ kind: 'admitted', uses: [{ reserved: 0.625 * grains }] });
    expect(await other.admit(account, entryOf())).toMatchObject({ kind: 'admitted', uses: [{ reserved: grains }] });
    expect(await store.admit(account, entryOf())).toMatchObject({ kind: 'broke', uses: [{ reserved: grains, over: true }] });
    await store.release(account, first.token);
    await store.release(account, first.token);
    expect(await other.read(account)).toMatchObject([{ reserved: 0.375 * grains }]);
    expect(await kinds(other, account, 1)).toEqual(['admitted']);
  });

  test('counts the requests of a call that has no money left, and holds nothing for it', async () => {
    const { store } = await open();
    const account = accountOf([limitOf(), gbSeconds(0.1)], { concurrency: 5 });
    await store.charge(account, 102_400);
    expect(await kinds(store, account, 12)).toEqual([...Array(10).fill('broke'), 'refused', 'refused']);
    expect(await store.read(account)).toMatchObject([{ calls: 10 }, { calls: 1, mbMs: 102_400, reserved: 0 }]);
  });

  test('sums up charges of many calls at the same time to the MB·ms, after the limit too', async () => {
    const { store, other } = await open();
    const account = accountOf([limitOf(), gbSeconds(0.001), limitOf({ name: 'money', unit: 'cost', amount: 1e-6 })]);
    const charges = Array.from({ length: 300 }, (_, i) => 1 + i * 127);
    await Promise.all(charges.map((mbMs, i) => (i % 2 ? store : other).charge(account, mbMs)));
    const sum = charges.reduce((all, each) => all + each);
    expect(mbMsOf(await store.read(account))).toEqual([0, sum, sum]);
    expect(callsOf(await other.read(account))).toEqual([0, 300, 300]);
  });

  test('admits while calls and GB-seconds together cost less than the limit', async () => {
    const { store } = await open();
    // Two calls of a GB-second each cost 0.00003374.
    const account = accountOf([limitOf({ name: 'money', unit: 'cost', amount: 0.00003374 })]);
    await store.charge(account, 1_024_000);
    await store.charge(account, 1_023_000);
    const last = entryOf();
    expect((await store.admit(account, last)).kind).toBe('admitted');
    expect(await kinds(store, account, 1)).toEqual(['broke']);
    await store.release(account, last.token);
    await store.charge(account, 1_000);
    expect(await kinds(store, account, 1)).toEqual(['broke']);
  });

  test('lets so many calls run at the same time and no more, until one of them ends', async () => {
    const { store, other } = await open();
    const account = accountOf([limitOf()], { concurrency: 2 });
    const first = entryOf();
    await store.admit(account, first);
    expect(await kinds(other, account, 2)).toEqual(['admitted', 'full']);
    expect(callsOf(await store.read(account))).toEqual([2]);
    await store.release(account, first.token);
    expect(await kinds(other, account, 2)).toEqual(['admitted', 'full']);
  });

  test('frees what the calls of a dead gateway hold, when they would be over', async () => {
    const { store, other, pass } = await open();
    const account = accountOf([gbSeconds(0.125, { window: { kind: 'duration', ms: 10 * hourMs } })], { concurrency: 1 });
    await store.admit(account, entryOf({ lastsMs: 60_000 }));
    await pass(50_000);
    expect(await kinds(other, account, 1)).toEqual(['broke']);
    await pass(10_000);
    expect(await other.admit(account, entryOf())).toMatchObject({ kind: 'admitted', uses: [{ reserved: grains }] });
  });

  test('counts one limit for all its functions', async () => {
    const { store } = await open();
    const limits = [limitOf({ name: 'img', function: 'img-*', amount: 2 }), limitOf({ name: 'all', amount: 3 })];
    const of = (name: string, over: Partial<Consumer> = {}) => accountOf(limits, over, name);
    expect(await kinds(store, of('img-a'), 1)).toEqual(['admitted']);
    expect(await kinds(store, of('img-b'), 2)).toEqual(['admitted', 'refused']);
    expect(await kinds(store, of('hello'), 2)).toEqual(['admitted', 'refused']);
    expect(await kinds(store, of('hello', { id: 'search' }), 1)).toEqual(['admitted']);
  });

  test('says once for each window that the share is reached, over all gateways', async () => {
    const { store, other, pass } = await open();
    const account = accountOf([limitOf({ amount: 4, warnAt: 0.5 }), gbSeconds(1, { warnAt: 0.8 })]);
    const warned = async (of: QuotaStore) => (await of.admit(account, entryOf({ estimateMbMs: 0 }))).uses.map((use) => use.warned);
    for (let round = 0; round < 2; round++) {
      expect([await warned(store), await warned(store), await warned(other)]).toEqual([
        [false, false],
        [true, false],
        [false, false],
      ]);
      expect((await other.charge(account, 800_000)).map((use) => use.warned)).toEqual([false, false]);
      expect((await other.charge(account, 100_000)).map((use) => use.warned)).toEqual([false, true]);
      expect((await store.charge(account, 100_000)).map((use) => use.warned)).toEqual([false, false]);
      await pass(hourMs);
    }
  });

  test('foresees what the next call is told, and neither counts nor holds anything for the asking', async () => {
    const { store } = await open();
    const account = accountOf([limitOf({ amount: 2 }), gbSeconds(0.2), limitOf({ name: 'eyed', amount: 1, mode: 'shadow' })], {
      concurrency: 1,
    });
    const told: string[] = [];
    const next = async (entry = entryOf()) => {
      const before = await store.read(account);
      const { kind, uses } = await store.foresee(account);
      await store.foresee(account);
      expect((await store.read(account)).map(({ leftMs: _, ...use }) => use)).toEqual(before.map(({ leftMs: _, ...use }) => use));
      const ruling = await store.admit(account, entry);
      expect([kind, uses.map(({ over }) => over)]).toEqual([ruling.kind, ruling.uses.map(({ over }) => over)]);
      told.push(kind);
    };
    const first = entryOf();
    await next(first);
    await next();
    await store.release(account, first.token);
    await store.charge(account, 300_000);
    await next();
    await next();
    expect(told).toEqual(['admitted', 'full', 'broke', 'refused']);
  });

  test('looks without counting', async () => {
    const { store, other } = await open();
    const account = accountOf([limitOf(), gbSeconds(1)], { concurrency: 1 });
    for (let i = 0; i < 20; i++) await store.read(account);
    expect(await store.read(account)).toEqual(await other.read(account));
    expect(callsOf(await other.read(account))).toEqual([0, 0]);
    expect(await kinds(store, account, 1)).toEqual(['admitted']);
  });
});

describe('a gateway and its Redis', () => {
  test('count each call and each charge once, whatever became of commands and replies', async () => {
    const { redis } = await connect(`test:${randomUUID()}:`);
    let step = 0;
    let isGood = false;
    // One in three has no answer: half of those were done all the same.
    const remote: Scripts = {
      async run(script, keys, args) {
        const fate = isGood ? 0 : ++step % 6;
        if (fate === 1) return { ok: false, reason: 'timeout' };
        const reply = await redis.run(script, keys, args);
        return fate === 2 ? { ok: false, reason: 'timeout' } : reply;
      },
    };
    const store = new RedisQuota({ remote, id: 'here', clock: new FakeClock(), onFault: () => undefined });
    const account = accountOf([limitOf({ amount: 250 }), gbSeconds(100)], { concurrency: 300 });
    let admitted = 0;
    let charged = 0;
    for (let i = 0; i < 40; i++) {
      const entries = Array.from({ length: 10 }, () => entryOf({ estimateMbMs: 1 }));
      const work = entries.map(async (entry) => {
        if ((await store.admit(account, entry)).kind !== 'admitted') return;
        admitted++;
        charged += 1_000 + i;
        await store.charge(account, 1_000 + i);
        await store.release(account, entry.token);
      });
      await Promise.all(work);
      if (i % 7 === 0) await store.catchUp();
    }
    isGood = true;
    await store.catchUp();
    expect(admitted).toBe(250);
    expect(await gatewayOf(redis, 'another').read(account)).toMatchObject([
      { calls: admitted },
      { calls: admitted, mbMs: charged, reserved: 0 },
    ]);
    expect(await redis.run({ name: 'testHeld', lua: `return redis.call('ZCARD', KEYS[1])` }, ['{quota:billing}:held'], [])).toEqual({
      ok: true,
      value: 0,
    });
  });

  test('need one round trip for a call with limits of requests, and none for one without limits', async () => {
    const { redis } = await connect(`test:${randomUUID()}:`);
    const sent: string[] = [];
    const remote: Scripts = {
      run(script, keys, args) {
        sent.push(script.name);
        return redis.run(script, keys, args);
      },
    };
    const store = gatewayOf(remote, 'here');
    // A clock that is far off needs another one, once.
    await store.read(accountOf([limitOf({ window: { kind: 'calendar', unit: 'month', timeZone: 'Asia/Shanghai' } })]));
    sent.length = 0;
    const account = accountOf([
      limitOf(),
      limitOf({ name: 'daily', window: { kind: 'calendar', unit: 'day', timeZone: 'Asia/Shanghai' } }),
    ]);
    const entry = entryOf();
    await store.admit(account, entry);
    await store.release(account, entry.token);
    expect(sent).toEqual(['runwayAdmit']);
  });

  test('go by Redis’ calendar, whatever the gateway’s own clock says', async () => {
    const { redis } = await connect(`test:${randomUUID()}:`);
    const account = accountOf([limitOf({ amount: 2, window: { kind: 'calendar', unit: 'month', timeZone: 'UTC' } })]);
    const given = [];
    for (const epochMs of [0, Date.now(), Date.UTC(2040, 5)])
      given.push(...(await kinds(gatewayOf(redis, String(epochMs), new FakeClock(epochMs)), account, 1)));
    expect(given).toEqual(['admitted', 'admitted', 'refused']);
  });
});

describe('gateways whose Redis is killed', () => {
  async function two() {
    const server = await startRedis();
    closers.push(() => server.stop());
    const clock = new FakeClock();
    const all = [];
    for (const id of ['a', 'b']) {
      const { redis, turned } = await connect('test:', server.url);
      all.push({ store: new RedisQuota({ remote: redis, id, clock, onFault: () => undefined }), turned });
    }
    const [a, b] = [all[0]!, all[1]!];
    const beat = async () => {
      for (const { store } of [a, b, a]) await store.catchUp();
    };
    await beat();
    return {
      a: a.store,
      b: b.store,
      clock,
      beat,
      async kill() {
        await server.kill('SIGKILL');
        await Promise.all([a.turned(false), b.turned(false)]);
      },
      async restart() {
        await server.restart();
        await Promise.all([a.turned(true), b.turned(true)]);
      },
    };
  }
  const admittedOf = async (store: QuotaStore, account: Account, count: number) =>
    (await kinds(store, account, count)).filter((kind) => kind === 'admitted').length;

  test('go on with their shares of what was left, over all gateways not more than that, and settle when it is back, though it lost all', async () => {
    const { a, b, beat, kill, restart } = await two();
    const account = accountOf([limitOf({ amount: 100 })]);
    expect(await admittedOf(a, account, 20)).toBe(20);
    expect(await admittedOf(b, account, 21)).toBe(21);
    await beat();
    await kill();
    expect([await admittedOf(a, account, 60), await admittedOf(b, account, 25)]).toEqual([30, 25]);
    await restart();
    await beat();
    await beat();
    expect(callsOf(await a.read(account))).toEqual([96]);
    expect([await admittedOf(b, account, 10), await admittedOf(a, account, 10)]).toEqual([4, 0]);
    expect(callsOf(await b.read(account))).toEqual([100]);
  });

  test('keep spent what was spent at another gateway, and begin anew with the next window', async () => {
    const { a, b, clock, beat, kill } = await two();
    const account = accountOf([limitOf({ amount: 100 })]);
    expect(await admittedOf(a, account, 101)).toBe(100);
    await beat();
    await beat();
    await kill();
    expect([await admittedOf(a, account, 5), await admittedOf(b, account, 5)]).toEqual([0, 0]);
    expect((await a.foresee(account)).kind).toBe('refused');
    await clock.advance(hourMs);
    expect([await admittedOf(a, account, 100), await admittedOf(b, account, 100)]).toEqual([50, 50]);
  });

  test('never refuse everything and never let everything pass, whatever the limit', async () => {
    const { a, b, kill } = await two();
    const account = accountOf([limitOf({ amount: 1 })], { concurrency: 1 });
    await kill();
    for (const store of [a, b]) expect(await kinds(store, account, 3)).toEqual(['admitted', 'refused', 'refused']);
  });

  test('lose no charge, count none twice, and let a limit of money end each by its share', async () => {
    const { a, b, beat, kill, restart } = await two();
    const account = accountOf([gbSeconds(1)]);
    await a.charge(account, 200_000);
    await beat();
    await kill();
    await a.charge(account, 412_000);
    await b.charge(account, 100_000);
    expect([await kinds(a, account, 1), await kinds(b, account, 1)]).toEqual([['broke'], ['admitted']]);
    await restart();
    await beat();
    await beat();
    expect(mbMsOf(await b.read(account))).toEqual([712_000]);
    expect(callsOf(await a.read(account))).toEqual([3]);
  });
});
