import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalForm } from '../../src/cache/canonical.ts';
import { fingerprintOf } from '../../src/idempotency/fingerprint.ts';

const of = (event: string) => fingerprintOf(Buffer.from(event), canonicalForm);
const bytewise = (event: string) => fingerprintOf(Buffer.from(event), () => undefined);

describe('the fingerprint of an event', () => {
  test('is the same however the value is written', () => {
    expect(of('{"b":1.0,"a":"\\u0041"}')).toBe(of(' { "a": "A", "b": 1 } '));
  });

  test('differs for different values', () => {
    const value = fc.jsonValue();
    fc.assert(
      fc.property(value, value, (a, b) => {
        fc.pre(canonicalForm(Buffer.from(JSON.stringify(a))) !== canonicalForm(Buffer.from(JSON.stringify(b))));
        expect(of(JSON.stringify(a))).not.toBe(of(JSON.stringify(b)));
      }),
    );
  });

  test('of what has no canonical form is that of its bytes', () => {
    expect(of('{"a":1,"a":2}')).toBe(bytewise('{"a":1,"a":2}'));
    expect(of('{"a":1,"a":2}')).not.toBe(of('{"a":1, "a":2}'));
    expect(of('[9007199254740993]')).not.toBe(of('[9007199254740992]'));
  });

  test('of bytes never meets that of a value, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const event = JSON.stringify(value);
        expect(bytewise(canonicalForm(Buffer.from(event)) ?? event)).not.toBe(
          fingerprintOf(Buffer.from(event), (bytes) => bytes.toString()),
        );
      }),
    );
  });

  test('is as short for an event of 6 MB, and holds nothing of it', () => {
    const event = JSON.stringify({ secret: 'hunter2'.repeat(900_000) });
    expect(of(event)).toMatch(/^bytes:[\w-]{43}$/);
    expect(of('{"secret":"hunter2"}')).toMatch(/^value:[\w-]{43}$/);
  });
});
