import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeLogTail } from '../src/log-tail.ts';

/** Everything but half a surrogate pair: what has a form in UTF-8. The spaces around a log do not matter. */
const texts = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed());
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

describe("the tail of a function's log", () => {
  test('that is whole is read as it was written', () => {
    fc.assert(fc.property(texts, (text) => decodeLogTail(base64(Buffer.from(text))) === text));
  });

  test('that was cut at any byte is an end of what was written, with no broken character', () => {
    fc.assert(
      fc.property(texts, fc.nat(), (text, at) => {
        const bytes = Buffer.from(text);
        const kept = bytes.subarray(at % (bytes.length + 1));
        const tail = decodeLogTail(base64(kept));
        expect(text.endsWith(tail)).toBe(true);
        expect(kept.length - Buffer.byteLength(tail)).toBeLessThan(4);
      }),
    );
  });

  test('whose Base64 was cut at its end, with or without padding, is a beginning of what was written', () => {
    fc.assert(
      fc.property(texts, fc.nat(), (text, at) => {
        const whole = base64(Buffer.from(text)).replace(/=+$/, '');
        const head = decodeLogTail(whole.slice(0, at % (whole.length + 1)));
        expect(text.startsWith(head)).toBe(true);
      }),
    );
  });

  test('whose Base64 was cut at its start is an end of what was written', () => {
    const text = '2026-10-30T08:00:00Z Start: grüße 你好 👋\nfinished in 12 ms\n';
    const whole = base64(Buffer.from(text));
    for (let at = 0; at < whole.length / 2; at++) {
      const tail = decodeLogTail(whole.slice(at));
      expect(text.endsWith(tail), `cut at ${at}: ${tail}`).toBe(true);
      expect(tail.length).toBeGreaterThan(20);
    }
  });

  test('in the alphabet for URLs is read as well', () => {
    expect(decodeLogTail(Buffer.from('a?>ÿÿ~~').toString('base64url'))).toBe('a?>ÿÿ~~');
  });

  test('of any length and content is some text, and never a fault', () => {
    fc.assert(fc.property(fc.string(), (header) => typeof decodeLogTail(header) === 'string'));
    fc.assert(fc.property(fc.uint8Array(), (bytes) => typeof decodeLogTail(base64(bytes)) === 'string'));
    expect(decodeLogTail('')).toBe('');
    expect(decodeLogTail(base64(Buffer.from('é'.repeat(100_000)))).length).toBe(100_000);
  });

  test.each(['{"level":"info"}', 'started, finished', '=', 'a=b', 'done', 'finished', 'é'])(
    'that is no Base64 is given as it is: %s',
    (log) => {
      expect(decodeLogTail(log)).toBe(log);
    },
  );

  test('with a few bytes that are no UTF-8 shows where they were', () => {
    const bytes = Buffer.concat([Buffer.from('a log of some length '), Buffer.from([0xff]), Buffer.from(' goes on')]);
    expect(decodeLogTail(base64(bytes))).toBe('a log of some length \uFFFD goes on');
  });
});
