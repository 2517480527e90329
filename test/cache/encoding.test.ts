import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeResult, encodeResult } from '../../src/cache/encoding.ts';
import { keptHeaders } from '../../src/cache/store.ts';
import { FakeClock } from '../support/clock.ts';
import { resultOf } from './result.ts';

const clock = new FakeClock();
const encoded = encodeResult(resultOf('{"a":1}', clock));

/** The bytes with a right checksum, as another program with access to the same Redis may write them. */
function forged(head: unknown, body = ''): Buffer {
  return encodeResult({ ...(head as object), body: Buffer.from(body) } as Parameters<typeof encodeResult>[0]);
}

test('a result comes back as it was, to the byte', () => {
  const nat = fc.nat();
  const result = fc.record({
    status: fc.integer({ min: 200, max: 599 }),
    headers: fc.dictionary(fc.constantFrom(...keptHeaders), fc.stringMatching(/^[ -~\u0080-\u00ff]*$/)).map((headers) => ({ ...headers })),
    body: fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
    storedAtMs: nat,
    freshUntilMs: nat,
    keptUntilMs: nat,
    mayBeStale: fc.boolean(),
    tookMs: nat,
    billedMbMs: fc.option(nat, { nil: undefined }),
  });
  fc.assert(
    fc.property(result, (r) => {
      expect(decodeResult(encodeResult(r))).toEqual({ ok: true, result: r });
    }),
  );
});

describe('is told apart from a result', () => {
  test.each([
    ['nothing', Buffer.alloc(0)],
    ['text of another program', Buffer.from('{"status":200,"body":"aGVsbG8="}')],
    ['text shorter than our mark', Buffer.from('RW')],
  ])('%s: foreign', (_name, value) => {
    expect(decodeResult(value)).toEqual({ ok: false, reason: 'foreign' });
  });

  test('a value of another release: version', () => {
    const other = Buffer.from(encoded);
    other.writeUInt8(1, 3);
    expect(decodeResult(other)).toEqual({ ok: false, reason: 'version' });
  });

  test('a value cut short anywhere behind its version: corrupt', () => {
    for (let length = 27; length < encoded.length; length++) {
      expect(decodeResult(encoded.subarray(0, length))).toEqual({ ok: false, reason: 'corrupt' });
    }
  });

  test('a value with one bit turned, wherever it is', () => {
    for (let bit = 0; bit < encoded.length * 8; bit++) {
      const turned = Buffer.from(encoded);
      turned[bit >> 3]! ^= 1 << (bit & 7);
      expect(decodeResult(turned).ok).toBe(false);
    }
  });

  const head = { status: 200, headers: {}, storedAtMs: 1, freshUntilMs: 2, keptUntilMs: 3, mayBeStale: true, tookMs: 4 };
  test.each([
    ['a status that is none', { ...head, status: 1_000 }],
    ['a status that is text', { ...head, status: '200' }],
    ['a header that is not kept', { ...head, headers: { 'set-cookie': 'a=b' } }],
    ['a header that splits the answer', { ...head, headers: { 'content-type': 'a\r\nset-cookie: b' } }],
    ['a header that is no text', { ...head, headers: { 'content-type': 1 } }],
    ['no headers', { ...head, headers: null }],
    ['a time that is missing', { ...head, keptUntilMs: undefined }],
    ['a cost that is none', { ...head, billedMbMs: null }],
  ])('%s, with a right checksum: foreign', (_name, forgedHead) => {
    expect(decodeResult(forged(head)).ok).toBe(true);
    expect(decodeResult(forged(forgedHead))).toEqual({ ok: false, reason: 'foreign' });
  });

  test('any bytes behind a right mark and checksum: no result, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 19, maxLength: 200 }), (bytes) => {
        const value = Buffer.concat([encoded.subarray(0, 8), bytes]);
        value.writeUInt32BE(crc32(bytes), 4);
        expect(decodeResult(value)).toEqual({ ok: false, reason: 'foreign' });
      }),
    );
  });
});
