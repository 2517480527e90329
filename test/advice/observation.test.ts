import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Observation, windowMs } from '../../src/advice/observation.ts';

const halfMs = windowMs / 2;

/** The value that so large a share of the sorted values does not exceed. */
function exact(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1]!;
}

test('shares are never below the truth, at most 3 % above it, and never above the peak', () => {
  const used = fc.array(fc.double({ min: 8, max: 10_240, noNaN: true }), { minLength: 1, maxLength: 500 });
  fc.assert(
    fc.property(used, fc.nat({ max: windowMs }), (values, spreadMs) => {
      const observation = new Observation(512, 0);
      for (const [at, mb] of values.entries()) observation.add((at / values.length) * spreadMs, mb, 1, false);
      const { usedP50Mb, usedP99Mb, usedPeakMb, executions } = observation.observed(Math.min(spreadMs, windowMs - 1))!;
      expect([executions, usedPeakMb]).toEqual([values.length, Math.max(...values)]);
      for (const [said, share] of [
        [usedP50Mb, 0.5],
        [usedP99Mb, 0.99],
      ] as const) {
        expect(said).toBeGreaterThanOrEqual(exact(values, share));
        expect(said).toBeLessThanOrEqual(Math.min(usedPeakMb, exact(values, share) * 1.0301));
      }
    }),
  );
});

describe('the window', () => {
  test('forgets a half at a time, and nothing younger than half of it', () => {
    const observation = new Observation(512, 0);
    observation.add(0, 400, 1, true);
    observation.add(halfMs, 100, 1, false);
    expect(observation.observed(windowMs - 1)).toMatchObject({ executions: 2, usedPeakMb: 400, outOfMemory: 1, billedMs: 2 });
    expect(observation.observed(windowMs)).toMatchObject({ executions: 1, usedPeakMb: 100, usedP99Mb: 100, outOfMemory: 0, billedMs: 1 });
    expect(observation.observed(windowMs + halfMs)).toBeUndefined();
  });

  test('forgets everything of a function that stood idle', () => {
    const observation = new Observation(512, 0);
    observation.add(0, 400, 1, true);
    observation.add(10 * windowMs, 100, 1, false);
    expect(observation.observed(10 * windowMs)).toMatchObject({ executions: 1, usedPeakMb: 100, outOfMemory: 0 });
  });

  test('says the time that its executions came in: since it began, and later since the older half began', () => {
    const sinceMs = halfMs / 2;
    const observation = new Observation(512, sinceMs);
    for (let nowMs = sinceMs; nowMs < 2 * windowMs; nowMs += halfMs / 4) observation.add(nowMs, 100, 1, false);
    expect(new Observation(512, sinceMs).observed(sinceMs)).toBeUndefined();
    expect(observation.observed(2 * windowMs)!.overMs).toBe(halfMs);
    observation.add(2 * windowMs + halfMs / 2, 100, 1, false);
    expect(observation.observed(2 * windowMs + halfMs / 2)!.overMs).toBe(1.5 * halfMs);
    const young = new Observation(512, sinceMs);
    young.add(halfMs, 100, 1, false);
    expect(young.observed(halfMs)!.overMs).toBe(halfMs - sinceMs);
  });
});

test('an observation that starts anew has nothing of before', () => {
  const observation = new Observation(512, 0);
  observation.add(0, 400, 1, true);
  observation.restart(1024, halfMs);
  expect(observation.observed(halfMs)).toBeUndefined();
  observation.add(halfMs + 1, 50, 2, false);
  expect(observation.observed(halfMs + 10)).toEqual({
    sizeMb: 1024,
    executions: 1,
    outOfMemory: 0,
    usedP50Mb: 50,
    usedP99Mb: 50,
    usedPeakMb: 50,
    billedMs: 2,
    overMs: 10,
  });
});
