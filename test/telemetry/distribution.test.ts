import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Distribution, quantileOf } from '../../src/telemetry/distribution.ts';

const bounds = [1, 2, 5, 10];
const values = fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 1, maxLength: 200 });

function observed(all: readonly number[]): Distribution {
  const distribution = new Distribution(bounds);
  for (const value of all) distribution.observe(value);
  return distribution;
}

describe('a quantile', () => {
  test('is nothing of nothing', () => {
    expect(quantileOf(bounds, new Distribution(bounds).counts, 0.5)).toBeUndefined();
  });

  test('lies in the bucket in which the observation of that rank lies', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, q) => {
        const exact = [...all].sort((a, b) => a - b)[Math.ceil(q * all.length - 1e-9) - 1]!;
        const bucket = bounds.findIndex((bound) => exact <= bound);
        const told = quantileOf(bounds, observed(all).counts, q)!;
        expect(told).toBeGreaterThanOrEqual(bucket === 0 ? 0 : bounds[bucket - 1]!);
        expect(told).toBeLessThanOrEqual(bounds[bucket]!);
      }),
    );
  });

  test('never falls as the share grows', () => {
    fc.assert(
      fc.property(values, (all) => {
        const { counts } = observed(all);
        const told = [0.1, 0.5, 0.9, 0.99, 1].map((q) => quantileOf(bounds, counts, q)!);
        expect(told).toEqual([...told].sort((a, b) => a - b));
      }),
    );
  });

  test('is the last bound where it lies beyond all of them', () => {
    expect(quantileOf(bounds, observed([100, 100]).counts, 0.5)).toBe(10);
  });
});

test('two distributions together are that of all observations', () => {
  fc.assert(
    fc.property(values, values, (some, others) => {
      const together = observed(some);
      together.add(observed(others));
      const all = observed([...some, ...others]);
      expect([...together.counts]).toEqual([...all.counts]);
      expect(together.count).toBe(all.count);
      expect(together.sum).toBeCloseTo(all.sum, 6);
    }),
  );
});
