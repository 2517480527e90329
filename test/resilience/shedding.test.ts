import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Priority } from '../../src/consumer.ts';
import { type Load, processLoad } from '../../src/resilience/process-load.ts';
import { openShedding, Shedding, sheddingThresholds } from '../../src/resilience/shedding.ts';

const calm: Load = { loopDelayMs: 20, entryDelayMs: 0, heapUsedRatio: 0.5 };

const priorities: readonly Priority[] = ['low', 'normal', 'high'];

/** Random, and the same each time: a linear congruence, as in "Numerical Recipes". */
function drawn(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function refusedOf(shedding: Shedding, priority: Priority, calls: number): number {
  return Array.from({ length: calls }, () => shedding.overloaded(priority)).filter(Boolean).length;
}

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
    expect(sheddingUnder({ loopDelayMs: 5_000 }).shedding.overloaded('normal')).toBeUndefined();
  });

  test.each<[Partial<Load>, number]>([
    [{}, 0],
    [{ loopDelayMs: 200 }, 0],
    [{ loopDelayMs: 600 }, 0.5],
    [{ loopDelayMs: 1_000 }, 1],
    [{ loopDelayMs: 60_000 }, 1],
    [{ entryDelayMs: 1_000 }, 0],
    [{ entryDelayMs: 3_000 }, 0.5],
    [{ entryDelayMs: 5_000 }, 1],
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
      const problem = shedding.overloaded('normal');
      if (problem) asked -= 1; // The refusal asks once more, for `Retry-After`.
      return problem;
    }).filter(Boolean);
    expect(refused).toHaveLength(500);
  });

  describe.each<[string, Record<Priority, number>]>([
    ['by all alike', { high: 100, normal: 100, low: 100 }],
    ['mostly by low priority', { high: 10, normal: 30, low: 260 }],
    ['mostly by high priority', { high: 260, normal: 30, low: 10 }],
    ['by nobody of low priority', { high: 100, normal: 200, low: 0 }],
    ['by one priority alone', { high: 0, normal: 300, low: 0 }],
  ])('called %s', (_, calls) => {
    test.each([
      [300, 0.125],
      [400, 0.25],
      [600, 0.5],
      [800, 0.75],
      [1_000, 1],
    ])('at a loop delay of %d ms refuses the share %d of all, and the lowest priority first', (loopDelayMs, share) => {
      const { shedding, look } = sheddingUnder({ loopDelayMs }, drawn());
      const refused = { high: 0, normal: 0, low: 0 };
      for (let round = 0; round < 12; round++) {
        for (const priority of priorities) refused[priority] = refusedOf(shedding, priority, calls[priority]);
        look(1);
      }
      expect(Math.abs(refused.high + refused.normal + refused.low - share * 300)).toBeLessThanOrEqual(25);
      // Where some are refused, all of the priorities below are.
      if (refused.normal > 0) expect(refused.low).toBe(calls.low);
      if (refused.high > 0) expect(refused.normal).toBe(calls.normal);
    });
  });

  test.each<[number, Record<Priority, number>]>([
    [0.25, { low: 0.75, normal: 0, high: 0 }],
    [0.5, { low: 1, normal: 0.5, high: 0 }],
    [0.75, { low: 1, normal: 1, high: 0.25 }],
    [1, { low: 1, normal: 1, high: 1 }],
  ])('of the share %d goes by priority alone as long as nobody has called', (share, refused) => {
    const { shedding, look } = sheddingUnder({ loopDelayMs: 200 + 800 * share }, drawn());
    look(10);
    for (const priority of priorities) expect(refusedOf(shedding, priority, 1_000) / 1_000).toBeCloseTo(refused[priority], 1);
  });

  test('refuses with a problem that says when to come back', () => {
    const { shedding, look } = sheddingUnder({ loopDelayMs: 5_000 });
    look(4);
    expect(shedding.overloaded('normal')).toEqual({
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
