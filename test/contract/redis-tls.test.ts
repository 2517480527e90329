import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RedisServer as Place } from '../../src/redis/server.ts';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { startSentinel } from '../support/redis-sentinel.ts';
import { startRedis } from '../support/redis-server.ts';
import { cluster, sentinel, single, type WatchedRedis, watchRedis } from '../support/watched-redis.ts';

const done = { ok: true, value: undefined };
/** What Node says of an authority that it does not know, and Redis sends along. */
const untrusted = 'SELF_SIGNED_CERT_IN_CHAIN';

let certificates: Certificates;
beforeAll(() => {
  certificates = makeCertificates();
});
afterAll(() => certificates?.remove());

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function connect(place: Place): WatchedRedis {
  const watched = watchRedis(place);
  closers.push(() => watched.redis.close());
  return watched;
}

async function serve(...args: string[]): Promise<string> {
  const server = await startRedis(args, { tls: certificates });
  closers.push(() => server.stop());
  return server.url;
}

async function works({ redis, said, turned }: WatchedRedis): Promise<void> {
  await turned(true);
  expect(await redis.write('key', Buffer.from('1'), 60_000)).toEqual(done);
  expect(await redis.read('key')).toEqual({ ok: true, value: Buffer.from('1') });
  expect(said).toEqual([[true]]);
}

describe('a Redis with TLS of a private authority', () => {
  test('is used by who trusts the authority, the password going with it', async () => {
    const url = (await serve('--requirepass', 'right')).replace('rediss://', 'rediss://:right@');
    await works(connect(single(url, certificates.ca)));
  });

  test('may be called by its name', async () => {
    const url = await serve();
    await works(connect(single(url.replace('127.0.0.1', 'localhost'), certificates.ca)));
  });

  test('is away for who does not trust it, with the code as the reason; nothing is printed', async () => {
    const printed = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn'), vi.spyOn(console, 'log')];
    const url = (await serve('--requirepass', 'hunter2')).replace('rediss://', 'rediss://:hunter2@');
    const { redis, said, turned } = connect(single(url));
    await turned(false);
    expect(said).toEqual([[false, untrusted]]);
    expect(await redis.read('key')).toEqual({ ok: false, reason: 'away' });
    expect(printed.flatMap((spy) => spy.mock.calls)).toEqual([]);
  });

  test('is away for who trusts another authority', async () => {
    const another = makeCertificates();
    closers.push(() => another.remove());
    const { said, turned } = connect(single(await serve(), another.ca));
    await turned(false);
    expect(said).toEqual([[false, untrusted]]);
  });

  test('is away for who speaks no TLS, and so is one without TLS for who does', async () => {
    const plain = connect(single((await serve()).replace('rediss://', 'redis://')));
    await plain.turned(false);
    expect(plain.said[0]?.[0]).toBe(false);

    const server = await startRedis();
    closers.push(() => server.stop());
    const secure = connect(single(server.url.replace('redis://', 'rediss://'), certificates.ca));
    await secure.turned(false);
    expect(secure.said[0]?.[0]).toBe(false);
  });

  test('may be behind sentinels with TLS of their own', async () => {
    const master = await startRedis([], { tls: certificates });
    closers.push(() => master.stop());
    const watcher = await startSentinel({ masterPort: master.port, tls: certificates });
    closers.push(() => watcher.stop());
    const ca = { reveal: () => certificates.ca };
    await works(connect(sentinel([watcher.url], { tls: true, ca })));
    const untrusting = connect(sentinel([watcher.url], { tls: true }));
    await untrusting.turned(false);
    expect(untrusting.said).toEqual([[false, 'no_sentinel']]);
  });

  test('may be a cluster', async () => {
    const servers = await startRedisCluster({ tls: certificates });
    closers.push(() => servers.stop());
    const trusting = connect(cluster(servers.urls, certificates.ca));
    await works(trusting);
    for (let i = 0; i < 50; i++) expect(await trusting.redis.write(`key-${i}`, Buffer.from('1'), 60_000)).toEqual(done);
    const untrusting = connect(cluster(servers.urls));
    await untrusting.turned(false);
    expect(untrusting.said).toEqual([[false, untrusted]]);
  });
});
