import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memorySizesMb } from '../../src/advice/memory-sizes.ts';
import type { Observed } from '../../src/advice/observation.ts';
import { enoughExecutions, margin, rightSize } from '../../src/advice/right-size.ts';
import { observedOf } from './observed.ts';

const largestMb = memorySizesMb.at(-1)!;

/** Any size and any use, with a peak that is not below the p99. */
const anyObserved = fc
  .record({
    sizeMb: fc.constantFrom(...memorySizesMb),
    usedP99Mb: fc.double({ min: 1, max: largestMb, noNaN: true }),
    above: fc.double({ min: 1, max: 3, noNaN: true }),
    executions: fc.integer({ min: 1, max: 100_000 }),
    outOfMemory: fc.constantFrom(0, 0, 0, 1, 10),
  })
  .map(({ usedP99Mb, above, ...rest }) => observedOf({ ...rest, usedP99Mb, usedPeakMb: Math.min(largestMb, usedP99Mb * above) }));

const sizeAfter = (observed: Observed): number => {
  const verdict = rightSize(observed, undefined);
  return 'recommendedMb' in verdict ? verdict.recommendedMb : observed.sizeMb;
};

describe('whatever was seen', () => {
  test('what is recommended is a size of FunctionGraph, other than the one there is, in the direction that is said', () => {
    fc.assert(
      fc.property(anyObserved, (observed) => {
        const verdict = rightSize(observed, undefined);
        if (!('recommendedMb' in verdict)) return;
        expect(memorySizesMb).toContain(verdict.recommendedMb);
        expect(Math.sign(verdict.recommendedMb - observed.sizeMb)).toBe(verdict.advice === 'grow' ? 1 : -1);
      }),
    );
  });

  test('what is recommended holds the p99 and its margin, unless nothing does', () => {
    fc.assert(
      fc.property(anyObserved, (observed) => {
        const verdict = rightSize(observed, undefined);
        if (!('recommendedMb' in verdict)) return;
        expect(verdict.recommendedMb).toBeGreaterThanOrEqual(Math.min(largestMb, observed.usedP99Mb * margin));
      }),
    );
  });

  test('nothing is shrunk below its peak, on few executions, or where memory ran out', () => {
    fc.assert(
      fc.property(anyObserved, (observed) => {
        const verdict = rightSize(observed, undefined);
        if (verdict.advice !== 'shrink') return;
        expect(verdict.recommendedMb).toBeGreaterThanOrEqual(observed.usedPeakMb);
        expect(observed.executions).toBeGreaterThanOrEqual(enoughExecutions);
        expect(observed.outOfMemory).toBe(0);
      }),
    );
  });

  test('more use never gets a smaller size', () => {
    fc.assert(
      fc.property(anyObserved, fc.double({ min: 1, max: 4, noNaN: true }), (observed, times) => {
        const more = { ...observed, usedP99Mb: observed.usedP99Mb * times, usedPeakMb: observed.usedPeakMb * times };
        expect(sizeAfter(more)).toBeGreaterThanOrEqual(sizeAfter(observed));
      }),
    );
  });

  test('who does what is advised and uses as much is left alone', () => {
    fc.assert(
      fc.property(anyObserved, (observed) => {
        const sizeMb = sizeAfter({ ...observed, outOfMemory: 0 });
        const again = rightSize({ ...observed, sizeMb, outOfMemory: 0 }, undefined);
        expect(['keep', 'wait']).toContain(again.advice);
      }),
    );
  });
});

test.each<[string, Partial<Observed>, object]>([
  ['a quarter of 512 MB used', {}, { advice: 'shrink', recommendedMb: 128 }],
  ['a peak that no smaller size holds', { usedPeakMb: 300 }, { advice: 'keep', because: 'fits' }],
  ['a p99 that fits with its margin to the last MB', { sizeMb: 256, usedP99Mb: 128 / margin, usedPeakMb: 120 }, { recommendedMb: 128 }],
  ['a p99 that fits without its margin only', { sizeMb: 256, usedP99Mb: 120, usedPeakMb: 125 }, { advice: 'keep', because: 'fits' }],
  ['a p99 near the size', { usedP99Mb: 450, usedPeakMb: 460 }, { advice: 'grow', recommendedMb: 768 }],
  ['30 executions near the size', { usedP99Mb: 450, usedPeakMb: 460, executions: 30 }, { advice: 'grow' }],
  ['29 executions near the size', { usedP99Mb: 450, usedPeakMb: 460, executions: 29 }, { advice: 'wait', missingExecutions: 271 }],
  ['299 executions', { executions: 299 }, { advice: 'wait', missingExecutions: 1 }],
  ['one execution without memory, however little the others use', { outOfMemory: 1 }, { advice: 'grow', recommendedMb: 768 }],
  ['the only execution without memory', { outOfMemory: 1, executions: 1 }, { advice: 'grow' }],
  ['the largest size, and memory runs out', { sizeMb: 10_240, outOfMemory: 1 }, { advice: 'keep', because: 'largest' }],
  ['a p99 beyond what the largest size holds with its margin', { sizeMb: 8192, usedP99Mb: 9_000 }, { recommendedMb: 10_240 }],
  ['a size that is not on the list', { sizeMb: 300, usedP99Mb: 280, usedPeakMb: 290 }, { advice: 'grow', recommendedMb: 512 }],
])('%s', (_what, over, verdict) => expect(rightSize(observedOf(over), undefined)).toMatchObject(verdict));

describe('where memory ran out at another size', () => {
  const outAt = (sizeMb: number) => ({ sizeMb, executions: 5, outOfMemory: 1 });
  test.each([
    ['256 MB', outAt(256), { advice: 'keep', because: 'ran_out_below' }],
    ['128 MB', outAt(128), { advice: 'shrink', recommendedMb: 256 }],
    ['1024 MB, larger than it is now', outAt(1024), { advice: 'keep', because: 'ran_out_below' }],
    ['128 MB, but none ran out', { ...outAt(128), outOfMemory: 0 }, { advice: 'shrink', recommendedMb: 128 }],
  ])('%s, it is not sent back there', (_what, other, verdict) => expect(rightSize(observedOf(), other)).toEqual(verdict));
});
