import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calendar } from '../../src/quota/calendar.ts';

const hourMs = 3_600_000;
const at = (iso: string) => Date.parse(iso);
const iso = ({ startMs, endMs }: { startMs: number; endMs: number }) =>
  [startMs, endMs].map((ms) => new Date(ms).toISOString().replace(':00.000Z', 'Z'));

test('limits of one zone share a calendar, however many there are', () => {
  expect(calendar('day', 'Europe/Berlin')).toBe(calendar('day', 'Europe/Berlin'));
  expect(calendar('day', 'Europe/Berlin')).not.toBe(calendar('month', 'Europe/Berlin'));
});

describe('a day of a calendar', () => {
  test.each([
    ['in a zone without changes', 'Asia/Shanghai', '2026-11-24T15:59Z', '2026-11-23T16:00Z', '2026-11-24T16:00Z'],
    ['begins with its first millisecond', 'Asia/Shanghai', '2026-11-24T16:00Z', '2026-11-24T16:00Z', '2026-11-25T16:00Z'],
    ['has 23 hours when clocks go forward', 'Europe/Berlin', '2026-03-29T10:00Z', '2026-03-28T23:00Z', '2026-03-29T22:00Z'],
    ['has 25 hours when clocks go back', 'Europe/Berlin', '2026-10-25T22:59Z', '2026-10-24T22:00Z', '2026-10-25T23:00Z'],
    ['has 23 hours there too', 'America/New_York', '2026-03-08T12:00Z', '2026-03-08T05:00Z', '2026-03-09T04:00Z'],
    ['begins at one where there is no midnight', 'Africa/Cairo', '2026-04-24T12:00Z', '2026-04-23T22:00Z', '2026-04-24T21:00Z'],
    ['begins at the first of two midnights', 'America/Havana', '2026-11-01T12:00Z', '2026-11-01T04:00Z', '2026-11-02T05:00Z'],
    ['of an odd offset', 'Asia/Kathmandu', '2026-02-28T18:15Z', '2026-02-28T18:15Z', '2026-03-01T18:15Z'],
    ['of a leap year', 'UTC', '2028-02-29T00:00Z', '2028-02-29T00:00Z', '2028-03-01T00:00Z'],
  ])('%s: %s', (_what, zone, now, start, end) => {
    expect(iso(calendar('day', zone)(at(now)))).toEqual([start, end]);
  });

  test('follows the one before it without a gap, holds the moment it was asked for, and has 23 to 25 hours', () => {
    const zones = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Cairo', 'America/Havana', 'UTC');
    const moment = fc.integer({ min: at('2015-01-01T00:00Z'), max: at('2040-01-01T00:00Z') });
    fc.assert(
      fc.property(zones, moment, (zone, now) => {
        const day = calendar('day', zone)(now);
        expect(day.startMs <= now && now < day.endMs).toBe(true);
        expect(calendar('day', zone)(day.startMs)).toEqual(day);
        expect(calendar('day', zone)(day.endMs - 1)).toEqual(day);
        expect(calendar('day', zone)(day.endMs).startMs).toBe(day.endMs);
        expect([23, 23.5, 24, 24.5, 25]).toContain((day.endMs - day.startMs) / hourMs);
      }),
      { numRuns: 300 },
    );
  });
});

test.each([
  ['January', 'Europe/Berlin', '2026-01-31T22:59Z', '2025-12-31T23:00Z', '2026-01-31T23:00Z'],
  ['February', 'Europe/Berlin', '2026-01-31T23:00Z', '2026-01-31T23:00Z', '2026-02-28T23:00Z'],
  ['a February of a leap year', 'UTC', '2028-02-10T00:00Z', '2028-02-01T00:00Z', '2028-03-01T00:00Z'],
  ['March, when clocks go forward', 'Europe/Berlin', '2026-03-15T00:00Z', '2026-02-28T23:00Z', '2026-03-31T22:00Z'],
  ['December', 'Asia/Shanghai', '2026-12-31T15:59Z', '2026-11-30T16:00Z', '2026-12-31T16:00Z'],
])('a month of a calendar goes from the first to the first of the next: %s', (_what, zone, now, start, end) => {
  expect(iso(calendar('month', zone)(at(now)))).toEqual([start, end]);
});

test('a zone that is none is an error', () => {
  expect(() => calendar('day', 'Europe/Nowhere')).toThrow(RangeError);
});
