import { Redis } from 'ioredis';
import { afterEach, describe, expect, test } from 'vitest';
import type { RedisServer as Place } from '../../src/redis/server.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { startSentinel } from '../support/redis-sentinel.ts';
import { startRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { cluster, sentinel, type WatchedRedis, watchRedis } from '../support/watched-redis.ts';

const away = { ok: false, reason: 'away' };
const done = { ok: true, value: undefined };

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function connect(place: Place): Promise<WatchedRedis> {
  const watched = watchRedis(place);
  closers.push(() => watched.redis.close());
  await watched.turned(true);
  return watched;
}

async function serve(...args: string[]) {
  const server = await startRedis(args);
  closers.push(() => server.stop());
  return server;
}

function ask(url: string): Redis {
  const client = new Redis(url);
  closers.push(() => client.disconnect());
  return client;
}

/** A master with a replica that would take its place, and their sentinel. */
async function startTrio() {
  const master = await serve('--repl-diskless-sync-delay', '0');
  const replica = await serve('--replicaof', '127.0.0.1', String(master.port));
  const ofReplica = ask(replica.url);
  await until('the replica is up to date', async () => (await ofReplica.info('replication')).includes('master_link_status:up'));
  const watcher = await startSentinel({ masterPort: master.port });
  closers.push(() => watcher.stop());
  const ofWatcher = ask(watcher.url);
  await until('the sentinel knows the replica', async () => {
    const replicas = (await ofWatcher.call('SENTINEL', 'REPLICAS', 'mymaster')) as string[][];
    return replicas.length === 1 && replicas[0]!.includes('ok');
  });
  return { master, watcher, ofReplica };
}

describe('a master that is killed', () => {
  test('with a sentinel is replaced, and the same client goes on with the new one by itself', async () => {
    const { master, watcher, ofReplica } = await startTrio();
    const { redis, said, turned } = await connect(sentinel([watcher.url]));
    await redis.write('before', Buffer.from('1'), 60_000);
    await until('the replica has it too', async () => (await ofReplica.exists('test:before')) === 1);

    await master.kill('SIGKILL');
    await turned(false);
    const awayAtMs = performance.now();
    for (let i = 0; i < 100; i++) expect(await redis.read('before')).toEqual(away);
    expect(performance.now() - awayAtMs).toBeLessThan(200);

    await expect.poll(() => redis.write('after', Buffer.from('2'), 60_000), { timeout: 15_000 }).toEqual(done);
    expect(await redis.read('before')).toEqual({ ok: true, value: Buffer.from('1') });
    expect(await ofReplica.exists('test:after')).toBe(1);
    expect(said.map(([up]) => up)).toEqual([true, false, true]);
  });

  test('in a cluster is replaced by its replica, and the same client goes on with it by itself', async () => {
    const servers = await startRedisCluster({ nodeTimeoutMs: 1_000, replica: true });
    closers.push(() => servers.stop());
    const { redis } = await connect(cluster(servers.urls));
    const keys = Array.from({ length: 30 }, (_, i) => `key-${i}`);
    const write = () => Promise.all(keys.map((key) => redis.write(key, Buffer.from('1'), 60_000)));
    expect(await write()).toEqual(keys.map(() => done));
    await servers.nodes[0].kill('SIGKILL');
    await expect.poll(write, { timeout: 15_000 }).toEqual(keys.map(() => done));
  });
});
