import { expect, test } from 'vitest';
import { BoundedMap } from '../src/bounded-map.ts';
import { FakeClock } from './support/clock.ts';

const clock = new FakeClock();
const mapOf = (maxBytes: number) => new BoundedMap<string>({ maxBytes, clock });

test('takes no more bytes than it may, and the least recently used go first', () => {
  const map = mapOf(30);
  for (const key of ['a', 'b', 'c']) map.set(key, key, 10, 1_000);
  map.get('a');
  map.set('d', 'd', 10, 1_000);
  expect(['a', 'b', 'c', 'd'].map((key) => map.get(key))).toEqual(['a', undefined, 'c', 'd']);
  expect(map.bytes).toBe(30);
});

test('a value that is only peeked at goes as early as before', async () => {
  const map = mapOf(20);
  for (const key of ['a', 'b']) map.set(key, key, 10, 1_000);
  expect(map.peek('a')).toBe('a');
  map.set('c', 'c', 10, 1_000);
  expect([map.peek('a'), map.peek('b')]).toEqual([undefined, 'b']);
  await clock.advance(1_000);
  expect(map.peek('b')).toBeUndefined();
});

test('forgets a value when its life is over', async () => {
  const map = mapOf(30);
  map.set('a', 'a', 10, 1_000);
  await clock.advance(999);
  expect(map.get('a')).toBe('a');
  await clock.advance(1);
  expect(map.get('a')).toBeUndefined();
  expect(map.bytes).toBe(0);
});

test('a value that does not fit, or has no life, is not set, and what it would have replaced is gone', () => {
  const map = mapOf(30);
  map.set('a', 'old', 10, 1_000);
  expect(map.set('a', 'large', 31, 1_000)).toBe(false);
  expect(map.get('a')).toBeUndefined();
  expect(map.set('b', 'b', 10, 0)).toBe(false);
  expect(map.get('b')).toBeUndefined();
});

test('says whether there was something to delete', () => {
  const map = mapOf(30);
  map.set('a', 'a', 10, 1_000);
  expect([map.delete('a'), map.delete('a'), map.get('a')]).toEqual([true, false, undefined]);
});
