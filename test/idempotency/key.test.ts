import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recordKey } from '../../src/idempotency/key.ts';
import { targetOf } from '../support/calls.ts';

const runs = { numRuns: 1_000 };
const keyOf = (consumer: string, name: string, key: string) => recordKey({ consumer, target: targetOf({ name }) }, key);

describe('the key of a record', () => {
  test('is never shared by two different triples of consumer, function and key', () => {
    // Few letters, so that triples differ in little.
    const part = fc.oneof(fc.string({ unit: fc.constantFrom('a', '1', ':'), maxLength: 4 }), fc.string());
    const triple = fc.tuple(part, part, part);
    fc.assert(
      fc.property(triple, triple, (one, other) => {
        expect(keyOf(...one) === keyOf(...other)).toBe(one.every((text, index) => text === other[index]));
      }),
      runs,
    );
  });

  test('lets no part run over into the next', () => {
    const text = fc.string({ minLength: 9, maxLength: 9 });
    const cut = fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 9 })).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    fc.assert(
      fc.property(text, cut, cut, (whole, one, other) => {
        fc.pre(one[0] !== other[0] || one[1] !== other[1]);
        const cutAt = ([a, b]: readonly [number, number]) => keyOf(whole.slice(0, a), whole.slice(a, b), whole.slice(b));
        expect(cutAt(one)).not.toBe(cutAt(other));
      }),
      runs,
    );
  });

  test('tells apart what UTF-8 does not: one lone surrogate from another', () => {
    expect(keyOf('\ud800', 'hello', 'k')).not.toBe(keyOf('\ud801', 'hello', 'k'));
  });

  test('says its format and holds nothing of the key it was made of', () => {
    expect(keyOf('billing', 'hello', 'order-4711')).toMatch(/^once:1:[\w-]{43}$/);
  });

  test('is the same for every version that the name may resolve to', () => {
    const at = (version: string) => recordKey({ consumer: 'billing', target: targetOf({ version }) }, 'k');
    expect(at('v1')).toBe(at('v2'));
  });
});
