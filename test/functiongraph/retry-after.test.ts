import { expect, test } from 'vitest';
import { parseRetryAfter } from '../../src/functiongraph/retry-after.ts';

const nowMs = Date.UTC(2026, 10, 23, 12, 0, 0);

test.each([
  ['0', 0],
  ['3', 3000],
  ['86400', 86_400_000],
  ['Mon, 23 Nov 2026 12:00:07 GMT', 7000],
  ['Monday, 23-Nov-26 12:00:07 GMT', 7000],
  ['Mon, 23 Nov 2026 11:00:00 GMT', 0],
])('%s is a time to wait', (text, waitMs) => expect(parseRetryAfter(text, nowMs)).toBe(waitMs));

test.each(['', '-1', '1.5', '1e3', 'soon', '2026-11-23', 'Mon, 99 Nov 2026 12:00:07 GMT', '99999999999'])('%j is ignored', (text) => {
  expect(parseRetryAfter(text, nowMs)).toBeUndefined();
});

test('an absent header is no time to wait', () => expect(parseRetryAfter(undefined, nowMs)).toBeUndefined());
