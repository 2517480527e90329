import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOutsideStrings } from '../../src/admin/outside-strings.ts';

test('what stands outside the strings of a JSON text is counted, quotes too, and nothing within them', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const outside = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""').length;
      expect(bytesOutsideStrings(Buffer.from(text), Number.POSITIVE_INFINITY)).toBe(outside);
    }),
  );
});

test.each(['"', '"\\', '"a\\"', '\\"'])('the text %j, which is no JSON, is counted to its end', (text) => {
  expect(bytesOutsideStrings(Buffer.from(text), Number.POSITIVE_INFINITY)).toBeLessThanOrEqual(text.length);
});

test('no more is counted than is asked for', () => {
  expect(bytesOutsideStrings(Buffer.from('[0,0,0,0]'), 3)).toBe(4);
});
