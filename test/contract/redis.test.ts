import { Redis } from 'ioredis';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { MemoryStore } from '../../src/cache/memory.ts';
import { RedisStore } from '../../src/cache/redis-store.ts';
import { Tiers } from '../../src/cache/tiers.ts';
import { systemClock } from '../../src/clock.ts';
import { type RedisConnection, reconnectDelayMs } from '../../src/redis/connection.ts';
import { resultOf } from '../cache/result.ts';
import { startRedis } from '../support/redis-server.ts';
import { single, watchRedis } from '../support/watched-redis.ts';

const timeoutMs = 50;
const away = { ok: false, reason: 'away' };

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(...args: string[]) {
  const server = await startRedis(args);
  closers.push(() => server.stop());
  return server;
}

function connect(url: string, settings: { timeoutMs?: number } = {}) {
  const watched = watchRedis(single(url), settings);
  closers.push(() => watched.redis.close());
  return watched;
}

/** A plain client, to do what the gateway never does. */
function operator(url: string): Redis {
  const client = new Redis(url);
  closers.push(() => client.disconnect());
  return client;
}

const reads = (redis: RedisConnection, times: number) => Promise.all(Array.from({ length: times }, () => redis.read('key')));

describe('Redis killed', () => {
  test('reads fail at once, it is said once, and the same client comes back with the server', async () => {
    const server = await serve();
    const { redis, said, turned } = connect(server.url);
    await turned(true);
    await redis.write('key', Buffer.from('1'), 60_000);
    expect(await redis.read('key')).toEqual({ ok: true, value: Buffer.from('1') });

    await server.kill('SIGKILL');
    await turned(false);
    expect(await reads(redis, 1_000)).toEqual(Array(1_000).fill(away));
    expect(said).toHaveLength(2);

    await server.restart();
    await turned(true);
    expect(await redis.write('key', Buffer.from('2'), 60_000)).toEqual({ ok: true, value: undefined });
    expect(await redis.read('key')).toEqual({ ok: true, value: Buffer.from('2') });
    expect(said.map(([up]) => up)).toEqual([true, false, true]);
  });

  test('commands under way end as data, and none is sent again later', async () => {
    const server = await serve();
    const { redis, turned } = connect(server.url, { timeoutMs: 5_000 });
    await turned(true);
    await server.kill('SIGSTOP');
    const underWay = reads(redis, 100);
    await server.kill('SIGKILL');
    expect((await underWay).every((reply) => !reply.ok && reply.reason !== 'timeout')).toBe(true);
  });

  test('a thousand look-ups with a kill among them all find what is in memory', async () => {
    const server = await serve();
    const { redis, turned } = connect(server.url);
    await turned(true);
    const memory = new MemoryStore({ maxBytes: 10_000_000, clock: systemClock });
    const tiers = new Tiers(memory, new RedisStore({ remote: redis, clock: systemClock, onFault: () => undefined }));
    const tierOf: (string | undefined)[] = [];
    for (let i = 0; i < 1_000; i++) {
      if (i === 500) await server.kill('SIGKILL');
      expect(await tiers.find(`new-${i}`)).toBeUndefined();
      await tiers.keep(`new-${i}`, resultOf('1', systemClock));
      tierOf.push((await tiers.find(`new-${i}`))?.tier);
    }
    expect(tierOf).toEqual(Array(1_000).fill('memory'));
  });
});

describe('Redis mute', () => {
  test('the first command costs one timeout, the next ones nothing, and it comes back by itself', async () => {
    const server = await serve();
    const { redis, said, turned } = connect(server.url);
    await turned(true);

    await server.kill('SIGSTOP');
    const mutedAtMs = performance.now();
    expect(await redis.read('key')).toEqual({ ok: false, reason: 'timeout' });
    expect(performance.now() - mutedAtMs).toBeGreaterThan(timeoutMs - 5);
    const awayAtMs = performance.now();
    for (let i = 0; i < 100; i++) expect(await redis.read('key')).toEqual(away);
    expect(performance.now() - awayAtMs).toBeLessThan(20 * timeoutMs);
    expect(said).toEqual([[true], [false, 'timeout']]);

    await server.kill('SIGCONT');
    await turned(true);
    expect(await redis.read('key')).toEqual({ ok: true, value: undefined });
  });

  test('no call pays for finding out whether it is back', async () => {
    const server = await serve();
    const { redis, said, turned } = connect(server.url);
    await turned(true);
    await server.kill('SIGSTOP');
    await redis.read('key');
    // Longer than it takes to ask again.
    const untilMs = performance.now() + 1_200;
    while (performance.now() < untilMs) {
      expect(await redis.read('key')).toEqual(away);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(said).toEqual([[true], [false, 'timeout']]);
  });
});

describe('Redis refuses', () => {
  test('a wrong type under our key is a miss, counted by its code, and Redis is not away for it', async () => {
    const server = await serve();
    const { redis, said, turned } = connect(server.url);
    await turned(true);
    await operator(server.url).lpush('test:key', '1');
    const faults: string[] = [];
    const store = new RedisStore({ remote: redis, clock: systemClock, onFault: (reason) => faults.push(reason) });
    expect(await store.get('key')).toBeUndefined();
    expect(faults).toEqual(['WRONGTYPE']);
    expect(said).toEqual([[true]]);
  });

  test('a value of somebody else under our key is a miss, counted, and replaced by the next result', async () => {
    const server = await serve();
    const { redis, turned } = connect(server.url);
    await turned(true);
    await operator(server.url).set('test:key', '{"status":200}');
    const faults: string[] = [];
    const store = new RedisStore({ remote: redis, clock: systemClock, onFault: (reason) => faults.push(reason) });
    expect(await store.get('key')).toBeUndefined();
    expect(faults).toEqual(['foreign']);
    await store.set('key', resultOf('1', systemClock));
    expect((await store.get('key'))?.body.toString()).toBe('1');
  });

  test('full, a replica, a user without the right: each has its code, and reads go on where they may', async () => {
    const server = await serve();
    const { redis, turned } = connect(server.url);
    await turned(true);
    const admin = operator(server.url);
    await redis.write('key', Buffer.from('1'), 60_000);
    const write = () => redis.write('key', Buffer.from('2'), 60_000);

    await admin.config('SET', 'maxmemory', '1');
    expect(await write()).toEqual({ ok: false, reason: 'OOM' });
    await admin.config('SET', 'maxmemory', '0');
    await admin.config('SET', 'min-replicas-to-write', '1');
    expect(await write()).toEqual({ ok: false, reason: 'NOREPLICAS' });
    await admin.config('SET', 'min-replicas-to-write', '0');
    await admin.replicaof('127.0.0.1', 1);
    expect(await write()).toEqual({ ok: false, reason: 'READONLY' });
    await admin.replicaof('NO', 'ONE');
    await admin.acl('SETUSER', 'default', '-set');
    expect(await write()).toEqual({ ok: false, reason: 'NOPERM' });

    expect(redis.up).toBe(true);
    expect(await redis.read('key')).toEqual({ ok: true, value: Buffer.from('1') });
  });
});

describe('the password', () => {
  test.each([
    ['a wrong one', ':hunter2@', 'WRONGPASS'],
    ['a wrong user', 'nobody:hunter2@', 'WRONGPASS'],
    ['none', '', 'NOAUTH'],
  ])('%s: away, said once and without the password', async (_name, credentials, reason) => {
    const printed = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn'), vi.spyOn(console, 'log')];
    const server = await serve('--requirepass', 'right');
    const { redis, said, turned } = connect(server.url.replace('redis://', `redis://${credentials}`));
    await turned(false);
    expect(await redis.read('key')).toEqual(away);
    expect(said).toEqual([[false, reason]]);
    expect(printed.flatMap((spy) => spy.mock.calls)).toEqual([]);
  });

  test('the right one: up', async () => {
    const server = await serve('--requirepass', 'right');
    const { redis, turned } = connect(server.url.replace('redis://', 'redis://:right@'));
    await turned(true);
    expect(await redis.read('key')).toEqual({ ok: true, value: undefined });
  });

  test('a URL that cannot be read is refused without being repeated', () => {
    const open = (url: string) => () => connect(url);
    expect(open('redis://:hunter2@host:port')).toThrow(/^cannot open Redis: its URL cannot be read, allowed is /);
    expect(open('redis://:hunter2@host:port')).not.toThrow(/hunter2/);
  });
});

describe('connecting', () => {
  test('nobody there: away, said once, and it is up as soon as there is somebody', async () => {
    const server = await serve();
    await server.kill('SIGKILL');
    const { redis, said, turned } = connect(server.url);
    expect(redis.up).toBe(false);
    expect(await redis.read('key')).toEqual(away);
    await turned(false);
    await server.restart();
    await turned(true);
    expect(said).toEqual([[false, 'ECONNREFUSED'], [true]]);
  });

  test('at most 20 connects in a minute of outage, and never 5 seconds without one', () => {
    let connects = 1;
    for (let atMs = reconnectDelayMs(1, () => 0); atMs < 60_000; atMs += reconnectDelayMs(connects, () => 0)) connects++;
    expect(connects).toBeLessThanOrEqual(20);
    for (const failed of [1, 2, 3, 4, 5, 100, 100_000]) expect(reconnectDelayMs(failed, () => 1)).toBeLessThan(5_000);
  });
});

describe('values', () => {
  test('live as long as they are told, under the prefix', async () => {
    const server = await serve();
    const { redis, turned } = connect(server.url);
    await turned(true);
    await redis.write('key', Buffer.from('1'), 59_999.5);
    const admin = operator(server.url);
    expect(await admin.keys('*')).toEqual(['test:key']);
    const leftMs = await admin.pttl('test:key');
    expect(leftMs).toBeGreaterThan(50_000);
    expect(leftMs).toBeLessThanOrEqual(60_000);
  });

  test('closing lets writes under way finish, and says nothing', async () => {
    const server = await serve();
    const { redis, said, turned } = connect(server.url);
    await turned(true);
    let written = 0;
    for (let i = 0; i < 100; i++) {
      void redis.write(`key-${i}`, Buffer.from('1'), 60_000).then(({ ok }) => {
        if (ok) written++;
      });
    }
    await redis.close();
    // The replies are in; their promises take a few turns of the microtask queue.
    await new Promise((resolve) => setImmediate(resolve));
    expect(written).toBe(100);
    expect(await operator(server.url).dbsize()).toBe(100);
    expect(await redis.read('key')).toEqual(away);
    expect(said).toEqual([[true]]);
  });
});
