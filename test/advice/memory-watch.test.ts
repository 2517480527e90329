import { describe, expect, test } from 'vitest';
import type { Advice } from '../../src/advice/advice.ts';
import { MemoryWatch } from '../../src/advice/memory-watch.ts';
import { windowMs } from '../../src/advice/observation.ts';
import { FakeClock } from '../support/clock.ts';

const dayMs = windowMs / 7;
const target = (name: string, urn = `urn:${name}`) => ({ name, urn });

/** A gateway's watch, from 1 January 2026 on, and what is left out of a summary. */
function watching(...names: string[]) {
  const clock = new FakeClock();
  const watch = new MemoryWatch({ targets: names.map((name) => target(name)), pricing: undefined, clock });
  const ran = (name: string, times: number, usedMb: number, sizeMb = 512, billedMs = 100) => {
    for (let i = 0; i < times; i++) {
      watch.attempted(target(name), { durationMs: billedMs, billedMs, memorySizeMb: sizeMb, memoryUsedMb: usedMb }, false);
    }
  };
  const adviceOf = async (name: string) => (await watch.adviceFor()).functions.find((each) => each.function === name);
  return { clock, watch, ran, adviceOf };
}

test('a report says since when the gateway watches, over how many executions, and every function of the file', async () => {
  const { clock, watch, ran } = watching('hello', 'idle');
  ran('hello', 400, 50);
  await clock.advance(dayMs);
  const { since, executions, functions } = await watch.adviceFor();
  expect([since, executions]).toEqual(['2026-01-01T00:00:00.000Z', 400]);
  expect(functions).toEqual([
    expect.objectContaining({ function: 'hello', advice: 'shrink', recommendedMb: 128, overSeconds: 86_400 }),
    {
      function: 'idle',
      advice: 'wait',
      executions: 0,
      missingExecutions: 300,
      says: 'Wait: no execution was seen, and it takes 300 to say what fits.',
    },
  ]);
});

test('what fails comes first, then what may soon, then what saves most, then the rest', async () => {
  const { clock, watch, ran } = watching('z-idle', 'a-idle', 'young', 'fits', 'saves-little', 'saves-most', 'tight', 'tighter', 'starved');
  ran('starved', 1_000, 100, 128);
  watch.attempted(target('starved'), { durationMs: 1, billedMs: 1, memorySizeMb: 128, memoryUsedMb: 100 }, true);
  ran('tighter', 1_000, 127, 128);
  ran('tight', 1_000, 110, 128);
  ran('saves-most', 1_000, 50, 512, 200);
  ran('saves-little', 1_000, 50, 512, 100);
  ran('fits', 1_000, 300);
  ran('young', 10, 300);
  await clock.advance(dayMs);
  const { functions } = await watch.adviceFor();
  expect(functions.map((advice) => `${advice.function}: ${advice.advice}`)).toEqual([
    'starved: grow',
    'tighter: grow',
    'tight: grow',
    'saves-most: shrink',
    'saves-little: shrink',
    'fits: keep',
    'young: wait',
    'a-idle: wait',
    'z-idle: wait',
  ]);
});

test('what a deployment has changed counts no more after a week', async () => {
  const { clock, ran, adviceOf } = watching('hello');
  ran('hello', 1_000, 500);
  expect(await adviceOf('hello')).toMatchObject({ advice: 'grow' });
  await clock.advance(windowMs / 2);
  ran('hello', 1_000, 50);
  expect(await adviceOf('hello')).toMatchObject({ advice: 'grow', executions: 2_000 });
  await clock.advance(windowMs / 2);
  expect(await adviceOf('hello')).toMatchObject({ advice: 'shrink', executions: 1_000, usedPeakMb: 50 });
});

describe('a change of the memory size', () => {
  test('starts the observation anew, over the time since then', async () => {
    const { clock, ran, adviceOf } = watching('hello');
    ran('hello', 1_000, 50, 512);
    await clock.advance(dayMs);
    ran('hello', 1, 50, 256);
    await clock.advance(dayMs / 2);
    ran('hello', 9, 50, 256);
    expect(await adviceOf('hello')).toMatchObject({
      advice: 'wait',
      sizeMb: 256,
      executions: 10,
      missingExecutions: 290,
      overSeconds: 43_200,
    });
  });

  test('keeps versions of different size apart that take turns', async () => {
    const { clock, ran, adviceOf } = watching('hello');
    for (let i = 0; i < 300; i++) {
      ran('hello', 9, 60, 512);
      ran('hello', 1, 200, 1024);
    }
    await clock.advance(3 * dayMs);
    const young = (await adviceOf('hello')) as Advice;
    expect(young).toMatchObject({ advice: 'shrink', sizeMb: 1024, executions: 300, usedPeakMb: 200, recommendedMb: 256 });
    ran('hello', 1, 60, 512);
    expect(await adviceOf('hello')).toMatchObject({ advice: 'shrink', sizeMb: 512, executions: 2_701, usedPeakMb: 60, recommendedMb: 128 });
  });

  test('does not lead back to where memory ran out', async () => {
    const { clock, watch, ran, adviceOf } = watching('hello');
    watch.attempted(target('hello'), { durationMs: 1, billedMs: 1, memorySizeMb: 128, memoryUsedMb: 20 }, true);
    ran('hello', 1_000, 20, 512);
    await clock.advance(dayMs);
    expect(await adviceOf('hello')).toMatchObject({ advice: 'shrink', recommendedMb: 256 });
  });

  test('a third size takes the place of the one before the last', async () => {
    const { ran, adviceOf } = watching('hello');
    for (const sizeMb of [128, 256, 512, 128]) ran('hello', 5, 60, sizeMb);
    expect(await adviceOf('hello')).toMatchObject({ sizeMb: 128, executions: 5 });
  });
});

describe('executions without memory', () => {
  test('used all there is, whatever was measured last', async () => {
    const { watch, adviceOf } = watching('hello');
    watch.attempted(target('hello'), { durationMs: 1, billedMs: 1, memorySizeMb: 128, memoryUsedMb: 20 }, true);
    expect(await adviceOf('hello')).toMatchObject({ advice: 'grow', outOfMemory: 1, usedPeakMb: 128, recommendedMb: 256 });
  });

  test('count without a summary too, once the size is known', async () => {
    const { watch, ran, adviceOf } = watching('hello');
    watch.attempted(target('hello'), undefined, true);
    expect(await adviceOf('hello')).toMatchObject({ advice: 'wait', executions: 0 });
    ran('hello', 1, 20, 128);
    watch.attempted(target('hello'), undefined, true);
    expect(await adviceOf('hello')).toMatchObject({ advice: 'grow', outOfMemory: 1, executions: 2 });
  });
});

test.each([
  ['no memory used', { memoryUsedMb: 0, memorySizeMb: 128 }],
  ['no memory size', { memoryUsedMb: 20, memorySizeMb: 0 }],
])('a summary with %s says nothing', async (_what, memory) => {
  const { watch, adviceOf } = watching('hello');
  watch.attempted(target('hello'), { durationMs: 1, billedMs: 1, ...memory }, false);
  watch.attempted(target('hello'), undefined, false);
  expect(await adviceOf('hello')).toMatchObject({ advice: 'wait', executions: 0 });
});

describe('a reload', () => {
  test('keeps what was seen of functions that stay, and forgets those that go', async () => {
    const { clock, watch, ran } = watching('stays', 'goes');
    ran('stays', 10, 50);
    ran('goes', 10, 50);
    watch.swapped([target('stays'), target('comes')]);
    // A call that began before.
    ran('goes', 1, 50);
    await clock.advance(dayMs);
    expect((await watch.adviceFor()).functions).toMatchObject([
      { function: 'stays', executions: 10 },
      { function: 'comes', executions: 0 },
    ]);
    watch.swapped([target('goes')]);
    expect((await watch.adviceFor()).functions).toMatchObject([{ function: 'goes', executions: 0 }]);
  });

  test('starts anew where a name stands for another function, over the time since then', async () => {
    const { clock, watch, ran, adviceOf } = watching('hello');
    ran('hello', 10, 50);
    await clock.advance(dayMs);
    watch.swapped([target('hello', 'urn:other')]);
    expect(await adviceOf('hello')).toMatchObject({ executions: 0 });
    await clock.advance(dayMs);
    ran('hello', 1, 50);
    expect(await adviceOf('hello')).toMatchObject({ executions: 1, overSeconds: 86_400 });
  });
});

test('10,000 functions have a report, and others have their turn while it is made', async () => {
  const names = Array.from({ length: 10_000 }, (_, at) => `fn-${at}`);
  const { watch, ran } = watching(...names);
  for (const name of names) ran(name, 1, 50);
  let turns = 0;
  let ticking: NodeJS.Immediate;
  const tick = () => {
    turns++;
    ticking = setImmediate(tick);
  };
  tick();
  const { executions, functions } = await watch.adviceFor();
  clearImmediate(ticking!);
  expect([executions, functions.length]).toEqual([10_000, 10_000]);
  expect(turns).toBeGreaterThan(40);
});
