import { Redis } from 'ioredis';
import { afterEach, describe, expect, test } from 'vitest';
import type { RedisServer as Place } from '../../src/redis/server.ts';
import { startSentinel } from '../support/redis-sentinel.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { sentinel, single, type WatchedRedis, watchRedis } from '../support/watched-redis.ts';

const away = { ok: false, reason: 'away' };
const value = { ok: true, value: Buffer.from('x'.repeat(2_048)) };

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** It answers slowly while it loads. */
function connect(place: Place): WatchedRedis {
  const watched = watchRedis(place, { timeoutMs: 1_000 });
  closers.push(() => watched.redis.close());
  return watched;
}

/** A server with `keys` values, which takes 20 ms to load each of them, and answers between any two. */
async function serve(keys: number): Promise<{ server: RedisServer; admin: Redis }> {
  const slow = ['--key-load-delay', '20000', '--loading-process-events-interval-bytes', '1024', '--rdbcompression', 'no'];
  const server = await startRedis([...slow, '--enable-debug-command', 'local'], { ready: 'Server initialized' });
  closers.push(() => server.stop());
  const admin = new Redis(server.url);
  closers.push(() => admin.disconnect());
  await Promise.all(Array.from({ length: keys }, (_, i) => admin.set(`test:key-${i}`, 'x'.repeat(2_048))));
  await admin.save();
  return { server, admin };
}

describe('Redis that is loading its data', () => {
  test('at the start is away, said once with the reason, and up once all is there', async () => {
    const { server } = await serve(60);
    await server.restart();
    const { redis, said, turned } = connect(single(server.url));
    await turned(false);
    expect(await redis.read('key-59')).toEqual(away);
    await turned(true);
    expect(await redis.read('key-59')).toEqual(value);
    expect(said).toEqual([[false, 'LOADING'], [true]]);
  });

  test('in the middle of things tells one read so; the next ones fail at once, and it comes back by itself', async () => {
    const { server, admin } = await serve(60);
    const { redis, said, turned } = connect(single(server.url));
    await turned(true);
    const reloaded = admin.debug('RELOAD');
    await expect.poll(() => redis.read('key-59')).toEqual({ ok: false, reason: 'LOADING' });
    for (let i = 0; i < 100; i++) expect(await redis.read('key-59')).toEqual(away);
    await reloaded;
    await turned(true);
    expect(await redis.read('key-59')).toEqual(value);
    expect(said).toEqual([[true], [false, 'LOADING'], [true]]);
  });

  test('behind a sentinel is away as well: that nothing can be said yet is said', async () => {
    const { server } = await serve(250);
    await server.restart();
    const watcher = await startSentinel({ masterPort: server.port });
    closers.push(() => watcher.stop());
    const { redis, said, turned } = connect(sentinel([watcher.url]));
    await turned(false);
    await turned(true);
    expect(await redis.read('key-249')).toEqual(value);
    expect(said).toEqual([[false, 'timeout'], [true]]);
  });
});
