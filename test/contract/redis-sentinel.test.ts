import { Redis } from 'ioredis';
import { afterEach, describe, expect, test } from 'vitest';
import type { SentinelServer } from '../../src/redis/server.ts';
import { type RedisSentinel, startSentinel } from '../support/redis-sentinel.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { sentinel, type WatchedRedis, watchRedis } from '../support/watched-redis.ts';

const away = { ok: false, reason: 'away' };
const done = { ok: true, value: undefined };
/** Nobody listens here. */
const nobody = 'redis://127.0.0.1:1';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function connect(urls: readonly string[], own?: Partial<SentinelServer>): WatchedRedis {
  const watched = watchRedis(sentinel(urls, own));
  closers.push(() => watched.redis.close());
  return watched;
}

async function startMaster(...args: string[]): Promise<RedisServer> {
  const master = await startRedis(args);
  closers.push(() => master.stop());
  return master;
}

async function watchedBy(master: RedisServer, password?: string): Promise<RedisSentinel> {
  const watcher = await startSentinel({ masterPort: master.port, ...(password !== undefined && { password }) });
  closers.push(() => watcher.stop());
  return watcher;
}

function ask(url: string): Redis {
  const client = new Redis(url);
  closers.push(() => client.disconnect());
  return client;
}

describe('a master with sentinels', () => {
  test('is the one that they name, the first of them being dead', async () => {
    const master = await startMaster();
    const { redis, said, turned } = connect([nobody, (await watchedBy(master)).url], { database: 3 });
    await turned(true);
    expect(await redis.write('key', Buffer.from('1'), 60_000)).toEqual(done);
    expect(await redis.read('key')).toEqual({ ok: true, value: Buffer.from('1') });
    const admin = ask(`${master.url}/3`);
    expect(await admin.keys('*')).toEqual(['test:key']);
    expect(said).toEqual([[true]]);
  });

  test('that starts again is found at the first attempt, though the list of sentinels was at its end', async () => {
    const master = await startMaster();
    const { redis, turned } = connect([nobody, (await watchedBy(master)).url]);
    await turned(true);
    await master.kill('SIGKILL');
    await turned(false);
    const lostAtMs = performance.now();
    await master.restart();
    await turned(true);
    // The first one is after half a second, the second one a whole second later.
    expect(performance.now() - lostAtMs).toBeLessThan(1_400);
    expect(await redis.read('key')).toEqual(done);
  });

  test('that is demoted without a word is left at the first write it refuses, and not used before it is one again', async () => {
    const master = await startMaster();
    const { redis, said, turned } = connect([(await watchedBy(master)).url]);
    await turned(true);
    const admin = ask(master.url);
    await admin.replicaof('127.0.0.1', 1);
    expect(await redis.write('key', Buffer.from('1'), 60_000)).toEqual({ ok: false, reason: 'READONLY' });
    await turned(false);
    expect(await redis.read('key')).toEqual(away);

    await admin.replicaof('NO', 'ONE');
    await turned(true);
    expect(await redis.write('key', Buffer.from('1'), 60_000)).toEqual(done);
    expect(said).toEqual([[true], [false, 'READONLY'], [true]]);
  });
});

describe('sentinels', () => {
  test('that are all dead: away, said once, and it is up as soon as one is there', async () => {
    const master = await startMaster();
    const watcher = await watchedBy(master);
    await watcher.kill('SIGKILL');
    const { redis, said, turned } = connect([nobody, watcher.url]);
    await turned(false);
    expect(await redis.read('key')).toEqual(away);
    await watcher.restart();
    await turned(true);
    expect(await redis.read('key')).toEqual(done);
    expect(said).toEqual([[false, 'no_sentinel'], [true]]);
  });

  test('that know no master of this name: away', async () => {
    const { said, turned } = connect([(await watchedBy(await startMaster())).url], { name: 'another' });
    await turned(false);
    expect(said).toEqual([[false, 'no_sentinel']]);
  });

  test('with a password of their own, and the master with another', async () => {
    const master = await startMaster('--requirepass', 'of-the-master');
    const watcher = await watchedBy(master, 'of-the-sentinel');
    const withPassword = watcher.url.replace('redis://', 'redis://:of-the-sentinel@');
    const { redis, turned } = connect([withPassword], { password: { reveal: () => 'of-the-master' } });
    await turned(true);
    expect(await redis.read('key')).toEqual(done);

    const wrong = connect([watcher.url], { password: { reveal: () => 'of-the-master' } });
    await wrong.turned(false);
    expect(wrong.said).toEqual([[false, 'NOAUTH']]);
    const wrongToo = connect([withPassword.replace('of-the-sentinel', 'hunter2')]);
    await wrongToo.turned(false);
    expect(wrongToo.said).toEqual([[false, 'WRONGPASS']]);
    const wrongMaster = connect([withPassword], { password: { reveal: () => 'hunter2' } });
    await wrongMaster.turned(false);
    expect(wrongMaster.said).toEqual([[false, 'WRONGPASS']]);
  });

  test('that are mute: away, and a call waits for none of them', async () => {
    const master = await startMaster();
    const watcher = await watchedBy(master);
    await watcher.kill('SIGSTOP');
    const { redis, said, turned } = connect([watcher.url]);
    expect(await redis.read('key')).toEqual(away);
    await turned(false);
    await watcher.kill('SIGCONT');
    await turned(true);
    expect(said).toEqual([[false, 'no_sentinel'], [true]]);
  });
});
