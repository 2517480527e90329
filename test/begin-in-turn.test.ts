import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { beginInTurn, longestWaitMs } from '../src/begin-in-turn.ts';

test('calls begin at once until a turn has begun enough, and then in order, as many in each of the next turns', async () => {
  await nextTurn();
  const begun: number[] = [];
  const waits: number[] = [];
  for (let call = 0; call < 200; call++) {
    beginInTurn((waitedMs) => {
      begun.push(call);
      waits.push(waitedMs);
    });
  }
  const counts = [begun.length];
  while (begun.length < 200) {
    await nextTurn();
    counts.push(begun.length);
  }
  expect(counts).toEqual([64, 128, 192, 200]);
  expect(begun).toEqual(Array.from({ length: 200 }, (_, call) => call));
  expect(waits.slice(0, 64).every((waitedMs) => waitedMs === 0)).toBe(true);
  expect(waits.slice(64).every((waitedMs) => waitedMs > 0)).toBe(true);
});

test('who comes while others wait is not before them', async () => {
  await nextTurn();
  const begun: string[] = [];
  for (let call = 0; call < 65; call++) beginInTurn(() => begun.push('early'));
  await nextTurn();
  beginInTurn(() => begun.push('late'));
  await nextTurn();
  expect(begun.slice(63)).toEqual(['early', 'early', 'late']);
});

test('the longest wait is told once, and one that goes on is seen', async () => {
  await nextTurn();
  longestWaitMs();
  expect(longestWaitMs()).toBe(0);
  for (let call = 0; call < 65; call++) beginInTurn(() => {});
  expect(longestWaitMs()).toBeGreaterThan(0);
  await nextTurn();
  expect(longestWaitMs()).toBeGreaterThan(0);
  expect(longestWaitMs()).toBe(0);
});
