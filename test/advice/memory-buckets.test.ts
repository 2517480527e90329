import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketCount, bucketGrowth, bucketOf, edgeOf, firstEdgeMb } from '../../src/advice/memory-buckets.ts';

const usedMb = fc.double({ min: 0, max: 10_240, noNaN: true });

test('the edge of its bucket is never below what was used, and at most 3 % above it', () => {
  fc.assert(
    fc.property(usedMb, (mb) => {
      const edge = edgeOf(bucketOf(mb));
      expect(edge).toBeGreaterThanOrEqual(mb);
      // Two roundings are between them.
      expect(edge).toBeLessThanOrEqual(Math.max(firstEdgeMb, mb * bucketGrowth * (1 + 1e-12)));
    }),
    { numRuns: 1_000 },
  );
});

test('each edge is in its own bucket, and what is a hair above it in the next', () => {
  for (let bucket = 0; bucket < bucketCount - 1; bucket++) {
    expect(bucketOf(edgeOf(bucket))).toBe(bucket);
    expect(bucketOf(edgeOf(bucket) * (1 + 1e-9))).toBe(bucket + 1);
  }
});

test('more memory is never in a lower bucket', () => {
  fc.assert(
    fc.property(usedMb, usedMb, (a, b) => {
      expect(bucketOf(Math.max(a, b))).toBeGreaterThanOrEqual(bucketOf(Math.min(a, b)));
    }),
  );
});

test('what no function can have is in the last bucket', () => {
  expect([1e5, 1e9].map(bucketOf)).toEqual([bucketCount - 1, bucketCount - 1]);
  expect(edgeOf(bucketCount - 1)).toBe(Number.POSITIVE_INFINITY);
});
