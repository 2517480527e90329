import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.ts';
import type { RedisServer } from '../support/redis-server.ts';
import { cluster, type WatchedRedis, watchRedis } from '../support/watched-redis.ts';

const timeoutMs = 50;
const away = { ok: false, reason: 'away' };
const nothing = { ok: true, value: undefined };

let servers: RedisCluster;
beforeAll(async () => {
  servers = await startRedisCluster();
});
afterAll(() => servers?.stop());

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await servers.whole();
});

async function connect(urls: readonly string[] = servers.urls, settings: { timeoutMs?: number } = {}): Promise<WatchedRedis> {
  const watched = watchRedis(cluster(urls), settings);
  closers.push(() => watched.redis.close());
  await watched.turned(true);
  return watched;
}

function ask(url: string): Redis {
  const client = new Redis(url);
  closers.push(() => client.disconnect());
  return client;
}

/** One key at each node. */
async function keyByNode(): Promise<Map<RedisServer, string>> {
  const keys = new Map<RedisServer, string>();
  for (let i = 0; keys.size < servers.nodes.length; i++) keys.set(await servers.nodeOf(`test:key-${i}`), `key-${i}`);
  return keys;
}

describe('a cluster', () => {
  test('keeps and gives back values of all its nodes, known from one of them', async () => {
    const { redis, said } = await connect([servers.urls[0]!.replace('127.0.0.1', 'localhost')]);
    const keys = Array.from({ length: 300 }, (_, i) => `spread-${i}`);
    const written = await Promise.all(keys.map((key) => redis.write(key, Buffer.from(key), 60_000)));
    expect(written).toEqual(keys.map(() => nothing));
    expect(await Promise.all(keys.map((key) => redis.read(key)))).toEqual(keys.map((key) => ({ ok: true, value: Buffer.from(key) })));
    expect(await Promise.all(keys.map((key) => redis.remove(key)))).toEqual(keys.map(() => ({ ok: true, value: true })));
    expect(said).toEqual([[true]]);
  });

  test('runs a script whose keys share a tag, and refuses one whose keys do not', async () => {
    const { redis } = await connect();
    const move = { name: 'testMove', lua: `redis.call('SET', KEYS[2], ARGV[1]) return redis.call('GET', KEYS[2])` };
    for (const tag of ['a', 'b', 'c', 'd']) {
      expect(await redis.run(move, [`{${tag}}:1`, `{${tag}}:2`], [tag])).toEqual({ ok: true, value: Buffer.from(tag) });
    }
    expect(await redis.run(move, ['1', '2'], ['x'])).toEqual({ ok: false, reason: 'CROSSSLOT' });
    expect(redis.up).toBe(true);
  });

  test('is followed when keys move to another node', async () => {
    const { redis, said } = await connect();
    const [[from, key], [to]] = [...(await keyByNode())] as [[RedisServer, string], [RedisServer, string]];
    const move = async (owner: RedisServer) => {
      const id = await ask(owner.url).cluster('MYID');
      const slot = await ask(owner.url).cluster('KEYSLOT', `test:${key}`);
      for (const node of [to, from, ...servers.nodes]) await ask(node.url).cluster('SETSLOT', slot, 'NODE', id);
    };
    await move(to);
    expect(await redis.write(key, Buffer.from('1'), 60_000)).toEqual(nothing);
    expect(await ask(to.url).exists(`test:${key}`)).toBe(1);
    expect(await redis.remove(key)).toEqual({ ok: true, value: true });
    await move(from);
    expect(await redis.read(key)).toEqual(nothing);
    expect(said).toEqual([[true]]);
  });

  test('that says it is down is away, said once with the reason, until it is not', async () => {
    const { redis, said, turned } = await connect();
    const key = (await keyByNode()).get(servers.nodes[0])!;
    const first = ask(servers.nodes[0].url);
    // It is down as long as nobody has this slot.
    await first.cluster('DELSLOTS', 0);
    await expect.poll(() => redis.read(key)).toEqual({ ok: false, reason: 'CLUSTERDOWN' });
    for (let i = 0; i < 100; i++) expect(await redis.read(key)).toEqual(away);
    await first.cluster('ADDSLOTS', 0);
    await turned(true);
    expect(await redis.read(key)).toEqual(nothing);
    expect(said).toEqual([[true], [false, 'CLUSTERDOWN'], [true]]);
  });
});

describe('a node of a cluster', () => {
  test('that is mute costs one timeout; soon its keys alone have no reply, at once, and it comes back by itself', async () => {
    const { redis, said } = await connect();
    const [[mute, key], [, other]] = [...(await keyByNode())] as [[RedisServer, string], [RedisServer, string]];
    await mute.kill('SIGSTOP');
    closers.push(() => mute.kill('SIGCONT'));

    const mutedAtMs = performance.now();
    expect(await redis.read(key)).toEqual({ ok: false, reason: 'timeout' });
    expect(performance.now() - mutedAtMs).toBeGreaterThan(timeoutMs - 5);
    expect(await redis.read(key)).toEqual(away);
    expect(await redis.read(other)).toEqual(away);

    await expect.poll(() => redis.read(other), { timeout: 5_000 }).toEqual(nothing);
    const goneAtMs = performance.now();
    for (let i = 0; i < 100; i++) expect(await redis.read(key)).toEqual({ ok: false, reason: 'closed' });
    expect(performance.now() - goneAtMs).toBeLessThan(4 * timeoutMs);
    expect(await redis.read(other)).toEqual(nothing);

    await mute.kill('SIGCONT');
    await expect.poll(() => redis.read(key), { timeout: 8_000 }).toEqual(nothing);
    expect(said).toEqual([[true], [false, 'timeout'], [true]]);
  });

  test('that is killed loses its keys alone, at once, and has them again when it is back', async () => {
    const { redis, said } = await connect();
    const [[killed, key], [, other]] = [...(await keyByNode())] as [[RedisServer, string], [RedisServer, string]];
    await killed.kill('SIGKILL');
    await expect.poll(() => redis.read(key)).toEqual({ ok: false, reason: 'closed' });
    expect(await redis.read(other)).toEqual(nothing);
    expect(said).toEqual([[true]]);

    await killed.restart();
    await expect.poll(() => redis.read(key), { timeout: 10_000 }).toEqual(nothing);
    expect(redis.up).toBe(true);
  });
});

describe('a whole cluster', () => {
  test('that is killed is away, said once, and comes back by itself', async () => {
    const { redis, said } = await connect();
    await Promise.all(servers.nodes.map((node) => node.kill('SIGKILL')));
    await expect.poll(() => redis.up).toBe(false);
    for (let i = 0; i < 100; i++) expect(await redis.read(`key-${i}`)).toEqual(away);
    expect(said).toHaveLength(2);

    await Promise.all(servers.nodes.map((node) => node.restart()));
    await servers.whole();
    await expect.poll(() => redis.read('key'), { timeout: 10_000 }).toEqual(nothing);
  });
});
