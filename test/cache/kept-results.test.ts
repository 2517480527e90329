import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BoundedMap } from '../../src/bounded-map.ts';
import { Generations } from '../../src/cache/generations.ts';
import { KeptResults } from '../../src/cache/kept-results.ts';
import { MemoryStore } from '../../src/cache/memory.ts';
import { openKeptResults } from '../../src/cache/open.ts';
import { maxBodyBytes } from '../../src/cache/store.ts';
import { Tiers } from '../../src/cache/tiers.ts';
import type { Answer } from '../../src/call.ts';
import { answerOf, cachePolicyOf } from '../support/calls.ts';
import { FakeClock } from '../support/clock.ts';
import { callOf } from './call.ts';
import { resultOf } from './result.ts';

const policy = cachePolicyOf();
const call = callOf('{}');

function setUp(random: () => number = () => 0) {
  const clock = new FakeClock();
  const onFault = (reason: string) => {
    throw new Error(reason);
  };
  const kept = openKeptResults({ memoryBytes: 10 * maxBodyBytes, remote: undefined, onFault, clock, random });
  const keep = (answer: Partial<Answer> = {}, { key = 'key', of = call } = {}) =>
    kept.keep(key, of, { answer: answerOf(200, answer), startedAtMs: clock.nowMs() + 1, tookMs: 5.4, again: false });
  return { clock, kept, keep };
}

test('a kept answer is recalled with its age and the time it has left', async () => {
  const { clock, kept, keep } = setUp();
  expect(await kept.recall('key', policy)).toBeUndefined();
  const headers = { 'content-type': 'text/plain', 'content-encoding': 'gzip', 'content-language': 'de' };
  expect(await keep({ status: 201, headers, body: Buffer.from([0, 255]) })).toBe(true);
  await clock.advance(17_900);
  const recalled = await kept.recall('key', policy);
  expect(recalled).toMatchObject({ tier: 'memory', freshness: { state: 'fresh', ageMs: 17_900, leftMs: 42_100 } });
  expect(recalled?.result).toMatchObject({ status: 201, headers, body: Buffer.from([0, 255]), tookMs: 5 });
});

test('an answer is kept until the last of its windows is over', async () => {
  const { clock, kept, keep } = setUp();
  const stale = cachePolicyOf({ staleWhileRevalidateMs: 1_000, staleIfErrorMs: 5_000 });
  await keep({}, { of: callOf('{}', { target: { cache: stale } }) });
  await keep({}, { key: 'without' });
  await clock.advance(60_000);
  expect(await kept.recall('without', policy)).toBeUndefined();
  expect((await kept.recall('key', stale))?.freshness.state).toBe('revalidate');
  await clock.advance(1_000);
  expect((await kept.recall('key', stale))?.freshness.state).toBe('on_error');
  await clock.advance(4_000);
  expect(await kept.recall('key', stale)).toBeUndefined();
});

test('headers that belong to the one call that was made are not kept, cookies least of all', async () => {
  const { kept, keep } = setUp();
  const headers = {
    'content-type': 'application/json',
    'set-cookie': 'session=1',
    'x-cff-request-id': '1',
    'x-cff-invoke-summary': '{}',
    'x-cff-function-log': 'bG9n',
    date: 'now',
  };
  await keep({ headers });
  expect((await kept.recall('key', policy))?.result.headers).toEqual({ 'content-type': 'application/json' });
});

test('jitter shortens a life by at most a tenth and never lengthens it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.integer({ min: 1, max: 86_400_000 }),
      async (random, ttlMs) => {
        const { kept, keep } = setUp(() => random);
        const own = cachePolicyOf({ ttlMs });
        await keep({}, { of: callOf('{}', { target: { cache: own } }) });
        const leftMs = (await kept.recall('key', own))?.freshness.leftMs;
        expect(leftMs).toBeLessThanOrEqual(ttlMs);
        expect(leftMs).toBeGreaterThanOrEqual(ttlMs * 0.9);
      },
    ),
  );
});

test('an answer over 1 MB is not kept, and that is said', async () => {
  const { kept, keep } = setUp();
  expect(await keep({ body: Buffer.alloc(maxBodyBytes) }, { key: 'fits' })).toBe(true);
  expect(await keep({ body: Buffer.alloc(maxBodyBytes + 1) }, { key: 'large' })).toBe(false);
  expect(await kept.recall('large', policy)).toBeUndefined();
});

test('what a hit saves is known in whole MB·ms, if the call had a summary', async () => {
  const { kept, keep } = setUp();
  const summary = { durationMs: 1.913, billedMs: 100, memorySizeMb: 128, memoryUsedMb: 41.5 };
  await keep({ summary }, { key: 'billed' });
  await keep({}, { key: 'unknown' });
  expect((await kept.recall('billed', policy))?.result.billedMbMs).toBe(12_800);
  expect((await kept.recall('unknown', policy))?.result.billedMbMs).toBeUndefined();
});

test('who only looks sees the newest result there is, and brings none nearer', async () => {
  const clock = new FakeClock();
  const near = new MemoryStore({ maxBytes: 1_000_000, clock });
  const far = Object.assign(new MemoryStore({ maxBytes: 1_000_000, clock }), { purge: async () => false });
  const tiers = new Tiers(near, far);
  const unused = { purge: () => expect.unreachable(), counted: () => expect.unreachable(), follow: () => expect.unreachable() };
  const kept = new KeptResults({
    tiers,
    generations: new Generations(),
    purges: unused,
    purgedAtMs: new BoundedMap({ maxBytes: 1_000, clock }),
    turns: undefined,
    read: () => expect.unreachable(),
    clock,
    random: () => 0,
  });
  const look = cachePolicyOf({ staleIfErrorMs: 3_600_000 });
  expect(await kept.peek('key', look)).toBeUndefined();
  await far.set('key', resultOf('far', clock));
  expect((await kept.peek('key', look))?.tier).toBe('redis');
  expect(await near.get('key')).toBeUndefined();
  await near.set('key', resultOf('near', clock));
  expect((await kept.peek('key', look))?.tier).toBe('memory');
});
