import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { encodeFinished } from '../../src/idempotency/encoding.ts';
import { MemoryRecords } from '../../src/idempotency/memory.ts';
import type { Entry } from '../../src/idempotency/once.ts';
import { openOnce } from '../../src/idempotency/open.ts';
import { RedisRecords } from '../../src/idempotency/redis-store.ts';
import { type Claim, type Found, lifeMs, type RecordStore, type StoredReply } from '../../src/idempotency/store.ts';
import { Tiers } from '../../src/idempotency/tiers.ts';
import type { RedisConnection } from '../../src/redis/connection.ts';
import { answerReply, claimOf, finishedOf, problemReply } from '../idempotency/records.ts';
import { callOf } from '../support/calls.ts';
import { FakeClock } from '../support/clock.ts';
import { openTestRedis } from '../support/redis-client.ts';
import { startRedis } from '../support/redis-server.ts';

interface Opened {
  readonly store: RecordStore;
  /** The same records by another way, as another gateway has them. */
  readonly other: RecordStore;
  /** Makes the record of a key older. */
  age(key: string, ms: number): Promise<void>;
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Redis' own clock runs on while a test does. */
const slackMs = 10_000;
const maxBytes = 32 * 1024 * 1024;

async function connect(keyPrefix: string): Promise<RedisConnection> {
  const { redis } = await openTestRedis(inject('redisUrl'), keyPrefix);
  closers.push(() => redis.close());
  return redis;
}

async function openMemory(): Promise<Opened> {
  const clock = new FakeClock();
  const store = new MemoryRecords({ maxBytes, clock });
  return { store, other: store, age: (_key, ms) => clock.advance(ms) };
}

const shorten = {
  name: 'testShorten',
  lua: `return redis.call('PEXPIRE', KEYS[1], redis.call('PTTL', KEYS[1]) - ARGV[1])`,
};

async function openRedisRecords(onFault = (reason: string): void => expect.unreachable(`Redis has a fault: ${reason}`)) {
  const keyPrefix = `test:${randomUUID()}:`;
  const [remote, otherRemote] = [await connect(keyPrefix), await connect(keyPrefix)];
  return {
    remote,
    store: new RedisRecords({ remote, onFault }),
    other: new RedisRecords({ remote: otherRemote, onFault }),
    age: async (key: string, ms: number) => {
      await remote.run(shorten, [key], [ms]);
    },
  };
}

async function openTiers(): Promise<Opened> {
  const clock = new FakeClock();
  const { store, other, age } = await openRedisRecords();
  const over = (redis: RecordStore) => new Tiers(new MemoryRecords({ maxBytes, clock }), redis);
  return {
    store: over(store),
    other: over(other),
    age: async (key, ms) => {
      await clock.advance(ms);
      await age(key, ms);
    },
  };
}

async function run(store: RecordStore, key: string, finished = finishedOf()): Promise<Claim> {
  const claim = claimOf();
  expect(await store.claim(key, claim)).toEqual({ kind: 'claimed' });
  await store.finish(key, claim, finished, lifeMs);
  return claim;
}

const running = (claim: Claim): Found => ({ kind: 'running', claim, leftMs: expect.any(Number) });

describe.each<[string, () => Promise<Opened>]>([
  ['memory', openMemory],
  ['redis', openRedisRecords],
  ['memory before redis', openTiers],
])('a store of idempotency records in %s', (_name, open) => {
  test('of a hundred claims at the same time over two connections lets exactly one be first, and tells the others who it is', async () => {
    const { store, other } = await open();
    for (let round = 0; round < 20; round++) {
      const claims = Array.from({ length: 100 }, () => claimOf());
      const found = await Promise.all(claims.map((claim, i) => (i % 2 ? store : other).claim(`key-${round}`, claim)));
      const first = claims.filter((_, i) => found[i]!.kind === 'claimed');
      expect(first).toHaveLength(1);
      expect(found.filter(({ kind }) => kind !== 'claimed')).toEqual(Array(99).fill(running(first[0]!)));
    }
  });

  test('tells of a claim how long it lasts, and when it is over keeps it all the same', async () => {
    const { store, other, age } = await open();
    const claim = claimOf({ lastsMs: 60_000 });
    await store.claim('key', claim);
    const leftMs = async () => {
      const found = await other.claim('key', claimOf());
      return found.kind === 'running' ? found.leftMs : Number.NaN;
    };
    expect(await leftMs()).toBeGreaterThan(60_000 - slackMs);
    expect(await leftMs()).toBeLessThanOrEqual(60_000);
    await age('key', 60_000 - slackMs);
    expect(await leftMs()).toBeGreaterThan(0);
    expect(await leftMs()).toBeLessThanOrEqual(slackMs);
    await age('key', slackMs);
    expect(await leftMs()).toBeLessThanOrEqual(0);
    await age('key', lifeMs - 60_000 - slackMs);
    expect(await leftMs()).toBeLessThanOrEqual(0);
  });

  test.each([
    [
      'an answer',
      answerReply(Buffer.from(Array.from({ length: 512 }, (_, i) => i % 256)), { status: 206, headers: { 'content-type': 'a/b' } }),
    ],
    ['an empty answer without a header', answerReply('', { status: 204, headers: {} })],
    ['an answer of 6 MB and some', answerReply(Buffer.alloc(6 * 1024 * 1024 + 4_096, 'x'))],
    ['a problem', problemReply],
  ])('gives back %s to the byte, with what it was of', async (_what, reply) => {
    const { store, other } = await open();
    await run(store, 'key', { fingerprint: 'value:2', reply });
    for (const each of [store, other, other]) {
      const found = await each.claim('key', claimOf());
      expect(found.kind === 'finished' && found.finished.fingerprint).toBe('value:2');
      // Not compared as a whole, which takes a second for 6 MB.
      const body = (r: typeof reply) => (r.kind === 'answer' ? r.body : Buffer.alloc(0));
      const given = found.kind === 'finished' ? found.finished.reply : problemReply;
      expect(body(given).equals(body(reply))).toBe(true);
      expect({ ...given, body: 0 }).toEqual({ ...reply, body: 0 });
    }
  });

  test('gives back an answer for 24 hours and not longer', async () => {
    const { store, other, age } = await open();
    await run(store, 'key');
    await age('key', lifeMs - slackMs);
    expect(await other.claim('key', claimOf())).toMatchObject({ kind: 'finished' });
    expect(await store.claim('key', claimOf())).toMatchObject({ kind: 'finished' });
    await age('key', slackMs);
    expect(await other.claim('key', claimOf())).toEqual({ kind: 'claimed' });
  });

  test('counts the 24 hours from the end of the call, not from its beginning', async () => {
    const { store, other, age } = await open();
    const claim = claimOf();
    await store.claim('key', claim);
    await age('key', lifeMs / 2);
    await store.finish('key', claim, finishedOf(), lifeMs);
    await age('key', lifeMs / 2 + slackMs);
    expect(await other.claim('key', claimOf())).toMatchObject({ kind: 'finished' });
  });

  test('lets a key that was freed be claimed anew', async () => {
    const { store, other } = await open();
    const claim = claimOf();
    await store.claim('key', claim);
    await store.free('key', claim);
    const next = claimOf();
    expect(await other.claim('key', next)).toEqual({ kind: 'claimed' });
    expect(await store.claim('key', claimOf())).toEqual(running(next));
  });

  test('frees no key whose call has run', async () => {
    const { store, other } = await open();
    const claim = await run(store, 'key');
    await store.free('key', claim);
    expect(await other.claim('key', claimOf())).toMatchObject({ kind: 'finished' });
  });

  test('of many that take the place of one claim lets exactly one do so', async () => {
    const { store, other } = await open();
    const lost = claimOf({ lastsMs: 0 });
    await store.claim('key', lost);
    const claims = Array.from({ length: 100 }, () => claimOf());
    const found = await Promise.all(claims.map((claim, i) => (i % 2 ? store : other).claim('key', claim, lost)));
    const first = claims.filter((_, i) => found[i]!.kind === 'claimed');
    expect(first).toHaveLength(1);
    expect(await other.claim('key', claimOf())).toEqual(running(first[0]!));
  });

  test('lets nobody take the place of a claim that was settled meanwhile', async () => {
    const { store, other } = await open();
    const claim = await run(store, 'key');
    expect(await other.claim('key', claimOf(), claim)).toMatchObject({ kind: 'finished' });
  });

  test('lets a claim that is to take the place of one that was freed meanwhile stand', async () => {
    const { store, other } = await open();
    const claim = claimOf();
    await store.claim('key', claim);
    await store.free('key', claim);
    expect(await other.claim('key', claimOf(), claim)).toEqual({ kind: 'claimed' });
  });

  test('keeps the record of a successor, whatever the one it replaced still does', async () => {
    const { store, other } = await open();
    const slow = claimOf();
    await store.claim('key', slow);
    const successor = claimOf();
    expect(await other.claim('key', successor, slow)).toEqual({ kind: 'claimed' });
    await store.free('key', slow);
    await store.finish('key', slow, finishedOf(answerReply('late')), lifeMs);
    expect(await other.claim('key', claimOf())).toEqual(running(successor));
    await other.finish('key', successor, finishedOf(answerReply('mine')), lifeMs);
    await store.finish('key', slow, finishedOf(answerReply('late')), lifeMs);
    expect(await other.claim('key', claimOf())).toMatchObject({ finished: finishedOf(answerReply('mine')) });
  });

  test('takes an answer whose claim it never had, but not in place of another’s', async () => {
    const { store, other } = await open();
    await store.finish('key', claimOf(), finishedOf(answerReply('first')), lifeMs);
    await other.finish('key', claimOf(), finishedOf(answerReply('second')), lifeMs);
    expect(await store.claim('key', claimOf())).toMatchObject({ finished: finishedOf(answerReply('first')) });
    const claim = claimOf();
    await store.claim('claimed', claim);
    await other.finish('claimed', claimOf(), finishedOf(), lifeMs);
    expect(await store.claim('claimed', claimOf())).toEqual(running(claim));
  });

  test('does not mix up what is done under many keys at the same time', async () => {
    const { store, other } = await open();
    const keys = Array.from({ length: 200 }, (_, i) => `key-${i}`);
    await Promise.all(keys.map((key) => run(store, key, finishedOf(answerReply(key.repeat(50))))));
    const found = await Promise.all(keys.map((key) => other.claim(key, claimOf())));
    expect(found).toMatchObject(keys.map((key) => ({ finished: finishedOf(answerReply(key.repeat(50))) })));
  });

  test('holds its own copy: a buffer that is used again changes nothing', async () => {
    const { store } = await open();
    const body = Buffer.from('first');
    await run(store, 'key', finishedOf({ ...answerReply(), body }));
    body.write('again');
    expect(await store.claim('key', claimOf())).toMatchObject({ finished: finishedOf(answerReply('first')) });
  });
});

describe('in Redis, a value under a record’s key', () => {
  const damaged = encodeFinished(finishedOf());
  damaged[damaged.length - 1]! ^= 1;
  test.each([
    ['that is damaged', damaged, 'corrupt'],
    ['of another program', Buffer.from('hello'), 'foreign'],
  ])('%s is replaced by exactly one of many claims, and counted', async (_name, value, reason) => {
    const faults: string[] = [];
    const { store, other, remote } = await openRedisRecords((fault) => faults.push(fault));
    await remote.write('key', value, lifeMs);
    const claims = Array.from({ length: 20 }, () => claimOf());
    const found = await Promise.all(claims.map((claim, i) => (i % 2 ? store : other).claim('key', claim)));
    expect(found.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
    expect(found.filter(({ kind }) => kind === 'running')).toHaveLength(19);
    expect(new Set(faults)).toEqual(new Set([reason]));
  });

  test('of another release is counted and left as it is: its call may have run', async () => {
    const faults: string[] = [];
    const { store, remote } = await openRedisRecords((fault) => faults.push(fault));
    const value = encodeFinished(finishedOf());
    value[3] = 2;
    await remote.write('key', value, lifeMs);
    expect(await store.claim('key', claimOf())).toEqual({ kind: 'unreadable' });
    expect(await remote.read('key')).toEqual({ ok: true, value });
    expect(faults).toEqual(['version']);
  });

  test('that is no string at all is as good as none', async () => {
    const faults: string[] = [];
    const { store, remote } = await openRedisRecords((fault) => faults.push(fault));
    await remote.run({ name: 'testList', lua: "return redis.call('RPUSH', KEYS[1], 'x')" }, ['key'], []);
    const claim = claimOf();
    expect(await store.claim('key', claim)).toEqual({ kind: 'claimed' });
    expect(await store.claim('key', claimOf())).toMatchObject({ kind: 'running', claim });
    expect(faults).toHaveLength(0);
  });
});

describe('gateways over one Redis', () => {
  const call = callOf({ event: Buffer.from('{"order":4711}') });

  const gateway = (remote: RedisConnection, onFault: (reason: string) => void = () => undefined) =>
    openOnce({ remote, onFault, canonicalForm: (event) => event.toString(), clock: systemClock, newToken: randomUUID });

  const settle = async (entry: Entry | undefined, reply: StoredReply | undefined) => {
    if (entry?.kind !== 'first') throw new Error(`the call is not the first: ${entry?.kind}`);
    await entry.settle(reply);
  };

  test('of a thousand pairs of calls each runs once, and its repeat after a restart gets the answer to the byte', async () => {
    const keyPrefix = `test:${randomUUID()}:`;
    const gateways = [gateway(await connect(keyPrefix)), gateway(await connect(keyPrefix))];
    const keys = Array.from({ length: 1_000 }, (_, i) => `key-${i}`);
    const first = { ...call, deadlineAtMs: systemClock.nowMs() + 30_000 };
    const pairs = await Promise.all(keys.map((key) => Promise.all(gateways.map((once) => once.enter(first, key)))));
    const replies = pairs.map((pair, i) => {
      expect(pair.map(({ kind }) => kind).toSorted()).toEqual(['first', 'refused']);
      return i % 2 ? problemReply : answerReply(`answer ${i}`);
    });
    await Promise.all(pairs.map((pair) => pair.find(({ kind }) => kind === 'first')).map((entry, i) => settle(entry, replies[i])));

    const restarted = gateway(await connect(keyPrefix));
    const repeats = await Promise.all(keys.map((key) => restarted.enter(first, key)));
    expect(repeats).toEqual(replies.map((reply) => ({ kind: 'replay', reply })));
    const other = await restarted.enter({ ...first, event: Buffer.from('{}') }, 'key-0');
    expect(other).toMatchObject({ kind: 'refused', problem: { code: 'idempotency_mismatch' } });
  });

  test('go on when Redis is killed, each by what it knows itself, and share what they learn when it is back', async () => {
    const server = await startRedis();
    closers.push(() => server.stop());
    const { redis, turned } = await openTestRedis(server.url, 'test:');
    closers.push(() => redis.close());
    const once = gateway(redis);
    const now = { ...call, deadlineAtMs: systemClock.nowMs() + 30_000 };
    const begun = await once.enter(now, 'begun before');

    await server.kill('SIGKILL');
    await turned(false);
    const during = await once.enter(now, 'begun during');
    expect([begun.kind, during.kind]).toEqual(['first', 'first']);
    expect(await once.enter(now, 'begun during')).toMatchObject({ kind: 'refused' });
    await settle(begun, answerReply('before'));
    expect(await once.enter(now, 'begun before')).toEqual({ kind: 'replay', reply: answerReply('before') });

    await server.restart();
    await turned(true);
    await settle(during, answerReply('during'));
    expect(await once.enter(now, 'begun before')).toEqual({ kind: 'replay', reply: answerReply('before') });
    expect(await gateway(redis).enter(now, 'begun during')).toEqual({ kind: 'replay', reply: answerReply('during') });
  });
});
