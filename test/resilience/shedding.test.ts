import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Load, processLoad } from '../../src/resilience/process-load.ts';
import { openShedding, Shedding, sheddingThresholds } from '../../src/resilience/shedding.ts';

const calm: Load = { loopDelayMs: 20, heapUsedRatio: 0.5 };

function sheddingUnder(first: Partial<Load>, random: () => number = () => 0.5) {
  let load: Load = { ...calm, ...first };
  const shedding = new Shedding({ sample: () => load, thresholds: sheddingThresholds, random });
  return {
    shedding,
    look(times: number, over: Partial<Load> = load) {
      load = { ...calm, ...over };
      for (let i = 0; i < times; i++) shedding.look();
      return shedding.share;
    },
  };
}

describe('shedding', () => {
  test('refuses nothing before the first look', () => {
    expect(sheddingUnder({ loopDelayMs: 5_000 }).shedding.overloaded()).toBeUndefined();
  });

  test.each<[Partial<Load>, number]>([
    [{}, 0],
    [{ loopDelayMs: 200 }, 0],
    [{ loopDelayMs: 600 }, 0.5],
    [{ loopDelayMs: 1_000 }, 1],
    [{ loopDelayMs: 60_000 }, 1],
    [{ heapUsedRatio: 0.92 }, 0],
    [{ heapUsedRatio: 0.935 }, 0.5],
    [{ heapUsedRatio: 0.95 }, 1],
    [{ heapUsedRatio: 1, loopDelayMs: 300 }, 1],
  ])('under %o comes to a share of %d', (load, share) => {
    expect(sheddingUnder(load).look(10)).toBeCloseTo(share);
  });

  test('goes up and down by a quarter at each look: one pause is not an overload, and calls do not come back all at once', () => {
    const { look } = sheddingUnder({ loopDelayMs: 5_000 });
    expect([look(1), look(1), look(1), look(1), look(1)]).toEqual([0.25, 0.5, 0.75, 1, 1]);
    expect([look(1, calm), look(1), look(1), look(1), look(1)]).toEqual([0.75, 0.5, 0.25, 0, 0]);
  });

  test('refuses its share of the calls, evenly', () => {
    let asked = 0;
    const { shedding, look } = sheddingUnder({ loopDelayMs: 600 }, () => (asked++ % 100) / 100);
    look(10);
    const refused = Array.from({ length: 1_000 }, () => {
      const problem = shedding.overloaded();
      if (problem) asked -= 1; // The refusal asks once more, for `Retry-After`.
      return problem;
    }).filter(Boolean);
    expect(refused).toHaveLength(500);
  });

  test('refuses with a problem that says when to come back', () => {
    const { shedding, look } = sheddingUnder({ loopDelayMs: 5_000 });
    look(4);
    expect(shedding.overloaded()).toEqual({
      code: 'overloaded',
      detail: 'the gateway cannot keep up and refuses 100 % of the calls',
      retryAfterMs: 2_000,
    });
  });
});

describe('the watch on this process', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('has one timer, which its closing stops', () => {
    const shedding = openShedding(() => 0);
    expect(vi.getTimerCount()).toBe(1);
    shedding.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('the load of this process can be told, more than once', () => {
  const load = processLoad();
  for (let i = 0; i < 2; i++) {
    const { loopDelayMs, heapUsedRatio } = load();
    expect(loopDelayMs).toBeGreaterThanOrEqual(0);
    expect(heapUsedRatio).toBeGreaterThan(0);
    expect(heapUsedRatio).toBeLessThan(1);
  }
});
