import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { MemoryStore } from '../../src/cache/memory.ts';
import { RedisStore } from '../../src/cache/redis-store.ts';
import { maxBodyBytes, type ResultStore } from '../../src/cache/store.ts';
import { systemClock } from '../../src/clock.ts';
import { openRedis } from '../../src/redis/connection.ts';
import { resultOf } from '../cache/result.ts';
import { FakeClock } from '../support/clock.ts';
import { single } from '../support/watched-redis.ts';

const clock = new FakeClock();
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const stores: [string, () => Promise<ResultStore>][] = [
  ['memory', async () => new MemoryStore({ maxBytes: 10 * maxBodyBytes, clock })],
  ['redis', openRedisStore],
];

async function openRedisStore(): Promise<ResultStore> {
  const { promise: up, resolve, reject } = Promise.withResolvers<void>();
  const remote = openRedis({
    server: single(inject('redisUrl')),
    keyPrefix: `test:${randomUUID()}:`,
    // What is tested here is what is kept, on a machine that may be busy; the bound itself is tested in redis.test.ts.
    timeoutMs: 5_000,
    onStatus: (isUp, reason) => (isUp ? resolve() : reject(new Error(`Redis is away: ${reason}`))),
    clock: systemClock,
    random: () => 0,
  });
  closers.push(() => remote.close());
  await up;
  return new RedisStore({
    remote,
    clock,
    onFault: (reason) => {
      throw new Error(`Redis has a fault: ${reason}`);
    },
  });
}

describe.each(stores)('a store of results in %s', (_name, open) => {
  test('gives back what was kept, to the byte', async () => {
    const store = await open();
    const body = Buffer.from(Array.from({ length: 512 }, (_, i) => i % 256));
    const headers = { 'content-type': 'image/png', 'content-encoding': 'gzip', 'content-language': 'de' };
    const result = resultOf(body, clock, { status: 206, headers, billedMbMs: undefined });
    expect(await store.set('key', result)).toBe(true);
    expect(await store.get('key')).toEqual(result);
  });

  test('gives back an empty body', async () => {
    const store = await open();
    await store.set('key', resultOf('', clock));
    expect((await store.get('key'))?.body).toEqual(Buffer.alloc(0));
  });

  test('has nothing under a key that was never kept', async () => {
    const store = await open();
    await store.set('key', resultOf('1', clock));
    expect(await store.get('other')).toBeUndefined();
    expect(await store.get('')).toBeUndefined();
  });

  test('keeps the latest of two results under one key', async () => {
    const store = await open();
    await store.set('key', resultOf('1', clock));
    await store.set('key', resultOf('2', clock));
    expect((await store.get('key'))?.body.toString()).toBe('2');
  });

  test('gives back a result until it expires and not after', async () => {
    const store = await open();
    await store.set('key', resultOf('1', clock, { keptUntilMs: clock.epochMs() + 60_000 }));
    await clock.advance(59_999);
    expect(await store.get('key')).toBeDefined();
    await clock.advance(1);
    expect(await store.get('key')).toBeUndefined();
  });

  test('does not keep what has expired already', async () => {
    const store = await open();
    expect(await store.set('key', resultOf('1', clock, { keptUntilMs: clock.epochMs() }))).toBe(false);
    expect(await store.get('key')).toBeUndefined();
  });

  test('keeps a body of 1 MB and none that is larger', async () => {
    const store = await open();
    const fits = resultOf(Buffer.alloc(maxBodyBytes, 'x'), clock);
    expect(await store.set('fits', fits)).toBe(true);
    expect((await store.get('fits'))?.body.equals(fits.body)).toBe(true);
    expect(await store.set('large', resultOf(Buffer.alloc(maxBodyBytes + 1), clock))).toBe(false);
    expect(await store.get('large')).toBeUndefined();
  });

  test('does not mix up what is kept and read at the same time', async () => {
    const store = await open();
    const names = Array.from({ length: 200 }, (_, i) => `key-${i}`);
    await Promise.all(names.map((name) => store.set(name, resultOf(name.repeat(50), clock))));
    const kept = await Promise.all(names.map((name) => store.get(name)));
    expect(kept.map((result) => result?.body.toString())).toEqual(names.map((name) => name.repeat(50)));
  });

  test('holds its own copy: a buffer that is used again changes nothing', async () => {
    const store = await open();
    const body = Buffer.from('first');
    await store.set('key', resultOf('', clock, { body }));
    body.write('again');
    expect((await store.get('key'))?.body.toString()).toBe('first');
  });
});
