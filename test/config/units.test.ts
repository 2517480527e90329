import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { valueSeen } from '../../src/config/seen.ts';
import { duration, formatDuration, size } from '../../src/config/units.ts';

const dayMs = 86_400_000;
const anyDuration = duration(Number.MAX_SAFE_INTEGER);

function problemsOf(schema: ReturnType<typeof duration> | ReturnType<typeof size>, input: unknown): string[] {
  return schema.safeParse(input).error?.issues.map((issue) => issue.message) ?? [];
}

describe('a duration', () => {
  test.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['1d', dayMs],
  ])('%s is %i ms', (text, ms) => {
    expect(anyDuration.parse(text)).toBe(ms);
  });

  test.each(['', '0s', '-1s', '1.5s', '1 s', '1S', '10', 's', '01s', '1w', '1s\n', '١s', 10, null, true, {}, []])('is not %j', (input) => {
    expect(problemsOf(anyDuration, input)).toHaveLength(1);
  });

  test.each(['91s', '0s', '1.5s', '1S', 30, undefined])('says of %j what is allowed: both bounds and the units', (input) => {
    expect(problemsOf(duration(90_000), input)).toEqual([
      `is ${valueSeen}, allowed is a whole number above 0 with ms, s, m, h or d in lower case, such as 500ms, at most 90s`,
    ]);
  });

  test('at its bound is taken, one unit above is not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90_000 }), (maxMs) => {
        expect(duration(maxMs).parse(`${maxMs}ms`)).toBe(maxMs);
        expect(problemsOf(duration(maxMs), `${maxMs + 1}ms`)).toHaveLength(1);
      }),
    );
  });

  test('is the count times the unit, exactly', () => {
    const unit = fc.constantFrom(['ms', 1], ['s', 1000], ['m', 60_000], ['h', 3_600_000], ['d', dayMs]);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 99_999_999 }),
        unit,
        (count, [name, ms]) => anyDuration.parse(`${count}${name}`) === count * Number(ms),
      ),
    );
  });

  test('is the same after being written and read again', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 99_999_999_999 }), (ms) => anyDuration.parse(formatDuration(ms)) === ms));
  });
});

describe('a size', () => {
  test.each([
    ['1kb', 1024],
    ['64kb', 65_536],
    ['6mb', 6_291_456],
  ])('%s is %i bytes', (text, bytes) => {
    expect(size().parse(text)).toBe(bytes);
  });

  test.each(['', '0kb', '64', '64KB', '1gb', '1.5mb', '-1mb', '64 kb', 64, null])('is not %j', (input) => {
    expect(problemsOf(size(), input)).toEqual([
      `is ${valueSeen}, allowed is a whole number above 0 with kb or mb in lower case, such as 64mb`,
    ]);
  });

  test('is the count times the unit, exactly', () => {
    const unit = fc.constantFrom(['kb', 1024], ['mb', 2 ** 20]);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 999_999_999 }),
        unit,
        (count, [name, bytes]) => size().parse(`${count}${name}`) === count * Number(bytes),
      ),
    );
  });
});
