import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { RedisServer as Place } from '../../src/redis/server.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { startSentinel } from '../support/redis-sentinel.ts';
import { startRedis } from '../support/redis-server.ts';
import { cluster, sentinel, single, type WatchedRedis, watchRedis } from '../support/watched-redis.ts';

const done = { ok: true, value: undefined };
const page = readFileSync(join(import.meta.dirname, '../../docs/operating.md'), 'utf8');
/** What the page says of a user: `on >PASSWORD …`. */
const documented = /^ACL SETUSER runway (.*)$/m.exec(page)?.[1] ?? '';
const rules = documented.replace('>PASSWORD', '>secret').split(' ');

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function connect(place: Place, keyPrefix = 'runway:'): WatchedRedis {
  const watched = watchRedis(place, { keyPrefix });
  closers.push(() => watched.redis.close());
  return watched;
}

async function serve() {
  const server = await startRedis();
  closers.push(() => server.stop());
  return server;
}

/** Makes the user that the page describes, with `more` rights. */
async function allow(url: string, ...more: string[]): Promise<Redis> {
  const admin = new Redis(url);
  closers.push(() => admin.disconnect());
  await admin.acl('SETUSER', 'runway', ...rules, ...more);
  return admin;
}

const asUser = (url: string) => url.replace('redis://', 'redis://runway:secret@');
const echo = { name: 'testEcho', lua: `redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])` };

/** All that the gateway asks of Redis. */
async function works({ redis, said, turned }: WatchedRedis): Promise<void> {
  await turned(true);
  for (let i = 0; i < 20; i++) {
    expect(await redis.write(`key-${i}`, Buffer.from('1'), 60_000)).toEqual(done);
    expect(await redis.read(`key-${i}`)).toEqual({ ok: true, value: Buffer.from('1') });
    expect(await redis.remove(`key-${i}`)).toEqual({ ok: true, value: true });
    expect(await redis.run(echo, [`key-${i}`], ['2'])).toEqual({ ok: true, value: Buffer.from('2') });
  }
  expect(said).toEqual([[true]]);
}

describe('the rights that the documentation names', () => {
  test('are enough for one server, and nothing is printed', async () => {
    const printed = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn'), vi.spyOn(console, 'log')];
    const { url } = await serve();
    await allow(url);
    await works(connect(single(asUser(url))));
    expect(printed.flatMap((spy) => spy.mock.calls)).toEqual([]);
  });

  test('are enough for a script that Redis has forgotten', async () => {
    const { url } = await serve();
    const admin = await allow(url);
    const watched = connect(single(asUser(url)));
    await works(watched);
    await admin.script('FLUSH');
    expect(await watched.redis.run(echo, ['key'], ['3'])).toEqual({ ok: true, value: Buffer.from('3') });
  });

  test('are enough behind a sentinel, with +info', async () => {
    const { url, port } = await serve();
    await allow(url, '+info');
    const watcher = await startSentinel({ masterPort: port });
    closers.push(() => watcher.stop());
    await works(connect(sentinel([watcher.url], { user: 'runway', password: { reveal: () => 'secret' } })));
  });

  test('are enough in a cluster, with +info and what says who has which keys', async () => {
    const servers = await startRedisCluster();
    closers.push(() => servers.stop());
    for (const url of servers.urls) await allow(url, '+info', '+cluster|info', '+cluster|slots');
    await works(connect(cluster(servers.urls.map(asUser))));
  });

  test('reach no key but those with the prefix', async () => {
    const { url } = await serve();
    await allow(url);
    const { redis, turned } = connect(single(asUser(url)), 'other:');
    await turned(true);
    const refused = { ok: false, reason: 'NOPERM' };
    expect(await redis.read('key')).toEqual(refused);
    expect(await redis.write('key', Buffer.from('1'), 60_000)).toEqual(refused);
    expect(await redis.run(echo, ['key'], ['1'])).toEqual(refused);
  });

  test('are those of every command that a script of the gateway calls, and of no other', () => {
    const source = join(import.meta.dirname, '../../src');
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const scripts = files.map((file) => readFileSync(join(source, file), 'utf8')).join('\n');
    const called = [...scripts.matchAll(/redis\.p?call\('([A-Z]+)'/g)].map(([, command]) => `+${command!.toLowerCase()}`);
    const own = ['+get', '+set', '+unlink', '+eval', '+evalsha'];
    expect(new Set(rules.filter((rule) => rule.startsWith('+')))).toEqual(new Set([...own, ...called]));
  });
});

describe('a database', () => {
  test('that may not be selected makes Redis away: nothing goes to another one', async () => {
    const { url } = await serve();
    const admin = await allow(url);
    const { redis, said, turned } = connect(single(`${asUser(url)}/2`));
    await turned(false);
    expect(await redis.write('key', Buffer.from('1'), 60_000)).toEqual({ ok: false, reason: 'away' });
    await admin.acl('SETUSER', 'runway', '+select');
    await turned(true);
    expect(await redis.write('key', Buffer.from('1'), 60_000)).toEqual(done);
    expect(await admin.dbsize()).toBe(0);
    expect(said).toEqual([[false, 'NOPERM'], [true]]);
  });

  test('that is not there makes Redis away', async () => {
    const { said, turned } = connect(single(`${(await serve()).url}/16`));
    await turned(false);
    expect(said).toEqual([[false, 'ERR']]);
  });
});
