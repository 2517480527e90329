import { expect, test } from 'vitest';
import { MemoryStore } from '../../src/cache/memory.ts';
import { FakeClock } from '../support/clock.ts';
import { resultOf } from './result.ts';

test('the bytes kept stay within the bound, and the least recently used go first', async () => {
  const clock = new FakeClock();
  const store = new MemoryStore({ maxBytes: 20_000, clock });
  for (let i = 0; i < 10; i++) await store.set(`key-${i}`, resultOf(Buffer.alloc(1_000), clock));
  await store.get('key-0');
  for (let i = 10; i < 18; i++) await store.set(`key-${i}`, resultOf(Buffer.alloc(1_000), clock));
  const kept = await Promise.all(Array.from({ length: 18 }, (_, i) => store.get(`key-${i}`)));
  expect(kept.filter((result) => result !== undefined).length).toBe(12);
  expect(kept[0]).toBeDefined();
  expect(kept[1]).toBeUndefined();
  expect(kept[17]).toBeDefined();
});

test('many tiny results are bounded too: an entry counts for more than its body', async () => {
  const clock = new FakeClock();
  const store = new MemoryStore({ maxBytes: 10_000, clock });
  for (let i = 0; i < 1_000; i++) await store.set(`key-${i}`, resultOf('', clock));
  const kept = await Promise.all(Array.from({ length: 1_000 }, (_, i) => store.get(`key-${i}`)));
  expect(kept.filter((result) => result !== undefined).length).toBeLessThan(20);
});

test('a result larger than all of the memory pushes nothing out', async () => {
  const clock = new FakeClock();
  const store = new MemoryStore({ maxBytes: 5_000, clock });
  await store.set('small', resultOf('1', clock));
  expect(await store.set('large', resultOf(Buffer.alloc(6_000), clock))).toBe(false);
  expect(await store.get('large')).toBeUndefined();
  expect(await store.get('small')).toBeDefined();
});

test('a kept body holds on to no larger buffer that it was a slice of', async () => {
  const clock = new FakeClock();
  const store = new MemoryStore({ maxBytes: 1_000_000, clock });
  const network = Buffer.alloc(65_536, 'x');
  await store.set('key', resultOf('', clock, { body: network.subarray(0, 10) }));
  network.fill('y');
  const kept = await store.get('key');
  expect(kept?.body.toString()).toBe('xxxxxxxxxx');
  expect(kept?.body.buffer.byteLength).toBe(10);
});

test('a jump of the wall clock neither ends nor lengthens a life', async () => {
  const clock = new FakeClock();
  let jumpMs = 0;
  const store = new MemoryStore({ maxBytes: 1_000_000, clock: { ...clock, nowMs: clock.nowMs, epochMs: () => clock.epochMs() + jumpMs } });
  await store.set('key', resultOf('1', clock));
  jumpMs = 86_400_000;
  expect(await store.get('key')).toBeDefined();
  jumpMs = -86_400_000;
  await clock.advance(60_000);
  expect(await store.get('key')).toBeUndefined();
});
