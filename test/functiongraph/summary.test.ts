import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSummary } from '../../src/functiongraph/summary.ts';

const good = { duration: 1.913, billingDuration: 100, memorySize: 128, memoryUsed: 41.51171875 };

test('the documented summary is read with its units', () => {
  expect(parseSummary(JSON.stringify(good))).toEqual({
    kind: 'read',
    summary: { durationMs: 1.913, billedMs: 100, memorySizeMb: 128, memoryUsedMb: 41.51171875 },
  });
});

test('fields nobody knows yet do not matter', () => {
  expect(parseSummary(JSON.stringify({ ...good, cpuUsed: 0.3, memorySize: 256 }))).toMatchObject({ summary: { memorySizeMb: 256 } });
});

test('no header is no summary, not a broken one', () => expect(parseSummary(undefined)).toEqual({ kind: 'absent' }));

test.each([
  ['', 'nothing'],
  ['null', 'null'],
  ['[]', 'an array'],
  ['{}', 'no fields'],
  ['{"duration":1', 'half of it'],
  [JSON.stringify({ ...good, billingDuration: undefined }), 'a field missing'],
  [JSON.stringify({ ...good, billingDuration: '100' }), 'a number as text'],
  [JSON.stringify({ ...good, billingDuration: -1 }), 'a negative number'],
  [JSON.stringify({ ...good, billingDuration: 1e10 }), 'a number that nothing measured'],
  ['{"duration":1,"billingDuration":1e999,"memorySize":128,"memoryUsed":1}', 'an infinite number'],
])('%j is unreadable: %s', (text) => expect(parseSummary(text)).toEqual({ kind: 'unreadable' }));

test('any text is read or unreadable, and never an error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(['read', 'unreadable']).toContain(parseSummary(text).kind);
    }),
  );
});
