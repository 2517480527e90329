import { expect, test } from 'vitest';
import {
  amountText,
  bytesText,
  durationText,
  moneyText,
  msText,
  rateText,
  shareText,
  untilText,
} from '../../../src/admin/console/figures.ts';
import { pointsOf } from '../../../src/admin/console/points.ts';
import { trendOf } from '../../../src/admin/console/trend.ts';
import type { Series } from '../../../src/telemetry/history.ts';

/** Units are on the same line as their number: what stands between them is no plain space. */
const plain = (texts: readonly string[]) => texts.map((text) => text.replaceAll('\u00a0', ' '));

test('rates have three digits that matter, and what is little is not nothing', () => {
  expect([undefined, 0, 0.004, 0.05, 0.5, 12.34, 99.9, 1_234.5].map(rateText)).toEqual([
    '–',
    '0',
    '<0.01',
    '0.05',
    '0.5',
    '12.3',
    '99.9',
    '1,235',
  ]);
});

test('shares say when they are small, and when there is nothing to share', () => {
  expect(plain([undefined, 0, 0.0004, 0.012, 0.5, 1].map(shareText))).toEqual(['–', '0 %', '<0.1 %', '1.2 %', '50 %', '100 %']);
});

test('times come in the unit that one would say', () => {
  expect(plain([0.412, 8.4, 42.25, 480, 1_240, 75_000, 300_000].map(msText))).toEqual([
    '412 µs',
    '8.4 ms',
    '42.3 ms',
    '480 ms',
    '1.24 s',
    '75 s',
    '5 min',
  ]);
});

test('settings come as they were written', () => {
  const written = [0, 50, 500, 1_000, 90_000, 300_000, 3_600_000, 86_400_000, 1_500];
  expect(plain(written.map(durationText))).toEqual(['0 s', '50 ms', '500 ms', '1 s', '90 s', '5 min', '1 h', '1 d', '1.5 s']);
});

test('what is left of a window has two units at most', () => {
  const left = [0, 900, 61_000, 3_600_000, 25_000_000, 6.3 * 86_400_000];
  expect(plain(left.map(untilText))).toEqual(['0 s', '1 s', '1 min', '1 h', '6 h 56 min', '6 d 7 h']);
});

test('money, amounts and sizes are none of them zero when they are not', () => {
  expect([0, 0.00001, 0.0042, 0.15, 1_234.5].map((amount) => moneyText(amount, 'USD'))).toEqual([
    '$0.00',
    '<$0.0001',
    '$0.0042',
    '$0.15',
    '$1,234.50',
  ]);
  expect([0, 0.00001, 0.00005, 0.0000001, 0.15].map((amount) => moneyText(amount, 'USD', 6))).toEqual([
    '$0.00',
    '$0.00001',
    '$0.00005',
    '<$0.000001',
    '$0.15',
  ]);
  expect([0, 0.0001, 0.1234, 49.87, 1_234.5].map(amountText)).toEqual(['0', '<0.001', '0.123', '49.9', '1,235']);
  expect(plain([38, 2_048, 67_108_864].map(bytesText))).toEqual(['38 bytes', '2 KB', '64 MB']);
});

const nothing = [null, null];
const series: Series = {
  at: [10, 12],
  ok: [8, 0],
  function_error: [1, 0],
  upstream_error: [0, 0],
  refused: [0, 0],
  gateway_error: [1, 0],
  client_closed: [5, 0],
  lookups: [4, 0],
  kept: [1, 0],
  p50: [0.004, null],
  p99: nothing,
};

test('charts have shares where there is something to share, and nothing where nothing is known', () => {
  expect(pointsOf(series)).toMatchObject({
    error_share: [0.2, null],
    kept_share: [0.25, null],
    p50: [4, null],
    p99: nothing,
    refused: [1, 0],
  });
});

test('a trend ends at the right, is highest where there was most, and is nothing for a single sample', () => {
  expect(trendOf(series)).toBe('94.4,1.0 96.0,23.0');
  expect([trendOf(undefined), trendOf({ ...series, at: [10] })]).toEqual(['', '']);
});
