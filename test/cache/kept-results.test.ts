import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeptResults, wholeSeconds } from '../../src/cache/kept-results.ts';
import { MemoryStore } from '../../src/cache/memory.ts';
import { maxBodyBytes } from '../../src/cache/store.ts';
import { Tiers } from '../../src/cache/tiers.ts';
import type { Answer } from '../../src/call.ts';
import { cachePolicyOf } from '../support/calls.ts';
import { FakeClock } from '../support/clock.ts';

const policy = cachePolicyOf();

function answerOf(changes: Partial<Answer> = {}): Answer {
  return { status: 200, headers: {}, body: Buffer.from('{}'), summary: undefined, ...changes };
}

function setUp(random: () => number = () => 0) {
  const clock = new FakeClock();
  const store = new MemoryStore({ maxBytes: 10 * maxBodyBytes, clock });
  return { clock, kept: new KeptResults({ tiers: new Tiers(store), clock, random }) };
}

test('a kept answer is recalled with its age and the time it has left', async () => {
  const { clock, kept } = setUp();
  expect(await kept.recall('key')).toBeUndefined();
  const headers = { 'content-type': 'text/plain', 'content-encoding': 'gzip', 'content-language': 'de' };
  expect(await kept.keep('key', policy, answerOf({ status: 201, headers, body: Buffer.from([0, 255]) }))).toBe(true);
  await clock.advance(17_900);
  const recalled = await kept.recall('key');
  expect(recalled).toMatchObject({ tier: 'memory', ageMs: 17_900, ttlMs: 42_100 });
  expect(recalled?.result).toMatchObject({ status: 201, headers, body: Buffer.from([0, 255]) });
});

test('an answer is not recalled once its time is over', async () => {
  const { clock, kept } = setUp();
  await kept.keep('key', policy, answerOf());
  await clock.advance(59_999);
  expect(await kept.recall('key')).toBeDefined();
  await clock.advance(1);
  expect(await kept.recall('key')).toBeUndefined();
});

test('headers that belong to the one call that was made are not kept', async () => {
  const { kept } = setUp();
  const headers = {
    'content-type': 'application/json',
    'set-cookie': 'session=1',
    'x-cff-request-id': '1',
    'x-cff-invoke-summary': '{}',
    'x-cff-function-log': 'bG9n',
    date: 'now',
  };
  await kept.keep('key', policy, answerOf({ headers }));
  expect((await kept.recall('key'))?.result.headers).toEqual({ 'content-type': 'application/json' });
});

test('jitter shortens a life by at most a tenth and never lengthens it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.integer({ min: 1, max: 86_400_000 }),
      async (random, ttlMs) => {
        const { kept } = setUp(() => random);
        await kept.keep('key', { ...policy, ttlMs }, answerOf());
        const recalled = await kept.recall('key');
        expect(recalled?.ttlMs).toBeLessThanOrEqual(ttlMs);
        expect(recalled?.ttlMs).toBeGreaterThanOrEqual(ttlMs * 0.9);
      },
    ),
  );
});

test('an answer over 1 MB is not kept, and that is said', async () => {
  const { kept } = setUp();
  expect(await kept.keep('fits', policy, answerOf({ body: Buffer.alloc(maxBodyBytes) }))).toBe(true);
  expect(await kept.keep('large', policy, answerOf({ body: Buffer.alloc(maxBodyBytes + 1) }))).toBe(false);
  expect(await kept.recall('large')).toBeUndefined();
});

test('what a hit saves is known in whole MB·ms, if the call had a summary', async () => {
  const { kept } = setUp();
  const summary = { durationMs: 1.913, billedMs: 100, memorySizeMb: 128, memoryUsedMb: 41.5 };
  await kept.keep('billed', policy, answerOf({ summary }));
  await kept.keep('unknown', policy, answerOf());
  expect((await kept.recall('billed'))?.result.billedMbMs).toBe(12_800);
  expect((await kept.recall('unknown'))?.result.billedMbMs).toBeUndefined();
});

test('Age and ttl are whole seconds, rounded down', () => {
  expect([0, 999, 1_000, 42_100].map(wholeSeconds)).toEqual([0, 0, 1, 42]);
});
