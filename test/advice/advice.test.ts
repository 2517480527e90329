import { describe, expect, test } from 'vitest';
import { adviceOn, type SeenAdvice } from '../../src/advice/advice.ts';
import type { Observed } from '../../src/advice/observation.ts';
import type { OtherSize } from '../../src/advice/right-size.ts';
import { dayMs, observedOf } from './observed.ts';

const pricing = { currency: 'USD', perMillionRequests: 0.2, perGbSecond: 0.5 };

function advise(over: Partial<Observed> = {}, other?: OtherSize): SeenAdvice {
  return adviceOn('hello', observedOf(over), other, pricing);
}

describe('what is saved', () => {
  test('is the difference of the sizes times what was billed, at the pace seen kept up for 30 days, by the prices', () => {
    // 1,024 s billed in 5 days, each with 384 MB less: 384 GB-seconds, six times in 30 days.
    expect(advise()).toMatchObject({
      advice: 'shrink',
      sizeMb: 512,
      recommendedMb: 128,
      overSeconds: 5 * 24 * 3_600,
      savesGbSecondsPerMonth: 2_304,
      savesCostPerMonth: 1_152,
      currency: 'USD',
      says: 'Shrink from 512 to 128 MB: 99 % of the executions use up to 100 MB, none more than 110 MB, which saves 2,304 GB-seconds (1,152.00 USD) a month at the pace of the last 5 days.',
    });
  });

  test('is below 0 for what should grow', () => {
    const grow = advise({ sizeMb: 128, usedP99Mb: 120, usedPeakMb: 128, outOfMemory: 3 });
    expect(grow).toMatchObject({ advice: 'grow', recommendedMb: 256, savesGbSecondsPerMonth: -768, savesCostPerMonth: -384 });
    expect(grow.says).toBe(
      'Grow from 128 to 256 MB: 3 of 10,000 executions ran out of memory; that costs 768 GB-seconds (384.00 USD) more a month at the pace of the last 5 days.',
    );
  });

  test('is nothing for what stays', () => {
    expect(advise({ usedPeakMb: 300 })).toMatchObject({
      advice: 'keep',
      recommendedMb: 512,
      savesGbSecondsPerMonth: 0,
      savesCostPerMonth: 0,
    });
  });

  test('has no money where there are no prices', () => {
    const { says, ...advice } = adviceOn('hello', observedOf(), undefined, undefined);
    expect(Object.keys(advice)).not.toContain('savesCostPerMonth');
    expect(Object.keys(advice)).not.toContain('currency');
    expect(says).toContain('which saves 2,304 GB-seconds a month at');
  });

  test('takes no pace from less than a minute', () => {
    expect(advise({ overMs: 0 }).savesGbSecondsPerMonth).toBe(advise({ overMs: 60_000 }).savesGbSecondsPerMonth);
  });
});

describe('the sentence', () => {
  test.each<[Partial<Observed>, OtherSize | undefined, string]>([
    [
      { usedPeakMb: 300 },
      undefined,
      'Keep 512 MB: 99 % of the executions use up to 100 MB, none more than 300 MB, and no smaller size holds that and a margin of 20 %.',
    ],
    [
      { usedP99Mb: 109.2 },
      { sizeMb: 256, executions: 5, outOfMemory: 1 },
      'Keep 512 MB: the executions use up to 110 MB, and memory ran out at a smaller size.',
    ],
    [
      { sizeMb: 10_240, outOfMemory: 1, executions: 1 },
      undefined,
      'Keep 10240 MB, the largest size there is, although 1 of 1 execution ran out of memory.',
    ],
    [{ executions: 1 }, undefined, 'Wait: it ran 1 time with 512 MB, and 299 more are needed to say what fits.'],
    [
      { usedP99Mb: 450, usedPeakMb: 460, overMs: 90 * 60_000, billedMs: 1 },
      undefined,
      'Grow from 512 to 768 MB: 99 % of the executions use up to 450 MB, more than a margin of 20 % allows; that costs 0.12 GB-seconds (0.06 USD) more a month at the pace of the last 90 minutes.',
    ],
  ])('of %j says what and why', (over, other, says) => expect(advise(over, other).says).toBe(says));
});

describe('the risk of shrinking', () => {
  const risk = (over: Partial<Observed>, other?: OtherSize) => advise(over, other).risk;

  test('always names CPU, and from when on nothing is saved', () => {
    const reason = (times: string) =>
      `CPU comes with memory: executions may take longer, and when they take ${times} as long nothing is saved`;
    expect(risk({ sizeMb: 256 })).toEqual({ level: 'low', reasons: [reason('twice')] });
    expect(risk({ sizeMb: 768 })).toEqual({ level: 'medium', reasons: [reason('6 times')] });
  });

  test.each<[string, Partial<Observed>, string, string]>([
    ['less than a day', { overMs: dayMs - 1 }, 'high', 'watched for 23 hours only: other hours and days may be different'],
    ['less than three days', { overMs: 3 * dayMs - 1 }, 'medium', 'watched for 2 days only: other hours and days may be different'],
    ['few executions', { executions: 999 }, 'medium', 'only 999 executions seen: what is rare may be missing'],
    ['a peak near the new size', { usedPeakMb: 116 }, 'medium', 'the peak of 116 MB comes close to 128 MB'],
  ])('rises with %s', (_what, over, level, reason) => {
    const { level: seen, reasons } = risk({ sizeMb: 256, ...over });
    expect([seen, reasons[0]]).toEqual([level, reason]);
  });

  test('rises where the function runs with another size as well', () => {
    const { level, reasons } = risk({ sizeMb: 256 }, { sizeMb: 1024, executions: 1, outOfMemory: 0 });
    expect([level, reasons[0]]).toEqual(['medium', '1 execution came with 1024 MB as well, and is not part of what is said of 256 MB']);
  });
});

test('that memory ran out is sure after one execution; that it is scarce is not, and growing for nothing costs no more than money', () => {
  const few = { sizeMb: 128, usedP99Mb: 120, usedPeakMb: 125, executions: 30, overMs: 60_000 };
  expect(advise({ ...few, outOfMemory: 1 }).risk.level).toBe('low');
  expect(advise(few).risk.level).toBe('medium');
});

test('there is no risk in leaving things as they are', () => {
  expect(advise({ usedPeakMb: 300, overMs: 1 }).risk).toEqual({ level: 'low', reasons: [] });
  expect(advise({ executions: 1 }).risk).toEqual({ level: 'low', reasons: [] });
});
