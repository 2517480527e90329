import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apiKeyPattern, consumerIdPattern } from '../../src/consumer.ts';
import { bytesOfKey, hashOf, isApiKey, makeApiKey } from '../../src/consumers/api-key.ts';

const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/).filter((text) => consumerIdPattern.test(text));
const random = fc.uint8Array({ minLength: bytesOfKey, maxLength: bytesOfKey });
const key = fc.tuple(id, random).map(([consumer, bytes]) => makeApiKey(consumer, bytes));

describe('an API key', () => {
  test('is always a key, found by scanners, and fit for a header', () => {
    fc.assert(
      fc.property(id, random, (consumer, bytes) => {
        const made = makeApiKey(consumer, bytes);
        expect(isApiKey(made)).toBe(true);
        expect(made.startsWith(`rw_${consumer}_`)).toBe(true);
        expect(`{"key":"${made}"}`.match(apiKeyPattern)).toEqual([made]);
        expect(made).toMatch(/^[A-Za-z0-9._~+/-]+$/);
        expect(made.length).toBe(consumer.length + 37);
      }),
    );
  });

  test('holds all of its random bits', () => {
    fc.assert(
      fc.property(random, random, (a, b) => {
        fc.pre(Buffer.compare(a, b) !== 0);
        expect(makeApiKey('c', a)).not.toBe(makeApiKey('c', b));
      }),
    );
    const highest = makeApiKey('c', new Uint8Array(bytesOfKey).fill(255));
    expect([isApiKey(highest), isApiKey(makeApiKey('c', new Uint8Array(bytesOfKey)))]).toEqual([true, true]);
    expect(highest).not.toContain('undefined');
  });

  test('with one character mistyped, two swapped or one missing is none', () => {
    fc.assert(
      fc.property(key, fc.nat(), fc.constantFrom(...'0aZ_.-x'), (made, at, other) => {
        const index = at % made.length;
        const mistyped = made.slice(0, index) + other + made.slice(index + 1);
        if (mistyped !== made) expect(isApiKey(mistyped)).toBe(false);
        const swapped = made.slice(0, index) + (made[index + 1] ?? '') + made[index] + made.slice(index + 2);
        if (swapped !== made) expect(isApiKey(swapped)).toBe(false);
        expect(isApiKey(made.slice(0, index) + made.slice(index + 1))).toBe(false);
      }),
    );
  });

  test('is nothing that anybody sends', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => !isApiKey(text)));
    for (const text of ['', 'rw_', 'rw_c_', `rw_c_${'0'.repeat(33)}`, `x${makeApiKey('c', new Uint8Array(bytesOfKey))}`]) {
      expect(isApiKey(text), text).toBe(false);
    }
    expect(isApiKey(`${makeApiKey('c', new Uint8Array(bytesOfKey))}\n`)).toBe(false);
  });

  test('is known by the SHA-256 of the whole of it', () => {
    fc.assert(fc.property(key, (made) => hashOf(made) === createHash('sha256').update(made).digest('hex')));
  });

  test('is made for an id alone, of 160 bits alone', () => {
    expect(() => makeApiKey('_unknown', new Uint8Array(bytesOfKey))).toThrow(/no consumer's id/);
    expect(() => makeApiKey('c', new Uint8Array(16))).toThrow(/20 random bytes, not of 16/);
  });

  test('cannot itself be the id of a consumer', () => {
    fc.assert(fc.property(random, (bytes) => !consumerIdPattern.test(makeApiKey('c', bytes))));
  });
});
