import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pooledRandomBytes } from '../../src/telemetry/random-bytes.ts';
import { continueTrace } from '../../src/telemetry/trace-context.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const parent = `00-${traceId}-b7ad6b7169203331-01`;
const ones = (count: number) => Buffer.alloc(count, 0x11);
const newId = '1111111111111111';
const newTrace = { traceparent: `00-${newId}${newId}-${newId}-00`, tracestate: undefined };

const tracestateOf = (tracestate: string) => continueTrace(parent, tracestate, ones).tracestate;

describe('traceparent', () => {
  test('a well-formed one keeps its trace id and gets the gateway as its parent', () => {
    expect(continueTrace(parent, 'congo=t61rcWkgMzE', ones)).toEqual({
      traceparent: `00-${traceId}-${newId}-01`,
      tracestate: 'congo=t61rcWkgMzE',
    });
  });

  test.each([
    ['absent', undefined],
    ['empty', ''],
    ['sent twice', `${parent}, ${parent}`],
    ['of version ff', `ff${parent.slice(2)}`],
    ['of version 00 and longer', `${parent}-00`],
    ['cut short', parent.slice(0, -1)],
    ['in capitals', parent.toUpperCase()],
    ['with a trace id of zeroes', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
    ['with a parent id of zeroes', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['with a version that is not hex', `0x${parent.slice(2)}`],
    ['with flags that are not hex', `${parent.slice(0, -2)}0g`],
    ['with a line break behind it', `${parent}\n`],
    ['of a later version with flags of three digits', `01${parent.slice(2)}0`],
  ])('one that is %s begins a new trace, and the tracestate goes', (_, header) => {
    expect(continueTrace(header, 'congo=t61rcWkgMzE', ones)).toEqual(newTrace);
  });

  test.each([`cc${parent.slice(2)}`, `cc${parent.slice(2)}-`, `cc${parent.slice(2)}-what-the-future-will-be-like`])(
    'a later version goes on by its first fields, as version 00: %s',
    (header) => {
      expect(continueTrace(header, undefined, ones).traceparent).toBe(`00-${traceId}-${newId}-01`);
    },
  );

  test.each([
    ['00', '00'],
    ['01', '01'],
    ['02', '00'],
    ['ff', '01'],
  ])('of the flags %s only "sampled" goes on: %s', (flags, kept) => {
    expect(continueTrace(`${parent.slice(0, -2)}${flags}`, undefined, ones).traceparent.slice(-2)).toBe(kept);
  });

  test('what goes on is valid for any input and any randomness, zeroes too', () => {
    const bytes = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constant(parent)), fc.string(), bytes, (traceparent, tracestate, byte) => {
        const continued = continueTrace(traceparent, tracestate, (count) => Buffer.alloc(count, byte));
        expect(continued.traceparent).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]$/);
        expect(continued.tracestate ?? 'a=b').toMatch(/^[\x20-\x7e]{3,512}$/);
      }),
    );
  });
});

describe('tracestate', () => {
  test.each([
    ['one member', 'foo=1', 'foo=1'],
    ['several, in their order', 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE', 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'],
    ['a tenant', '0tenant@vendor=x', '0tenant@vendor=x'],
    ['white space and empty members between them', 'foo=1 \t,\t, bar=2,', 'foo=1,bar=2'],
    ['spaces inside a value', 'foo=a b', 'foo=a b'],
    ['a value of 256 characters', `foo=${'v'.repeat(256)}`, `foo=${'v'.repeat(256)}`],
    ['a key of 256 characters', `${'k'.repeat(256)}=1`, `${'k'.repeat(256)}=1`],
  ])('%s goes on', (_, tracestate, kept) => {
    expect(tracestateOf(tracestate)).toBe(kept);
  });

  test.each([
    ['nothing', ''],
    ['only separators', ' , ,'],
    ['a member without "="', 'foo'],
    ['a member without a value', 'foo='],
    ['a member with two "="', 'foo=1=2'],
    ['a key in capitals', 'Foo=1'],
    ['a key with a space', 'foo =1'],
    ['a tenant without a vendor', 'foo@=1'],
    ['two vendors', 'foo@bar@baz=1'],
    ['a key too long', `${'k'.repeat(257)}=1`],
    ['a value too long', `foo=${'v'.repeat(257)}`],
    ['a value that is not ASCII', 'foo=é'],
    ['a key twice', 'foo=1,bar=2,foo=3'],
    ['one bad member among good ones', 'foo=1,b@d!=2'],
    ['33 members', Array.from({ length: 33 }, (_, index) => `k${index}=1`).join(',')],
  ])('with %s it goes, and the trace goes on', (_, tracestate) => {
    const continued = continueTrace(parent, tracestate, ones);
    expect(continued).toEqual({ traceparent: `00-${traceId}-${newId}-01`, tracestate: undefined });
  });

  test('32 members go on', () => {
    const tracestate = Array.from({ length: 32 }, (_, index) => `k${index}=1`).join(',');
    expect(tracestateOf(tracestate)).toBe(tracestate);
  });

  test('over 512 characters long members are left out first, then the last ones', () => {
    const short = (key: string) => `${key}=${'s'.repeat(98)}`;
    expect(tracestateOf([short('a'), `long=${'l'.repeat(200)}`, short('b'), short('c'), short('d')].join(','))).toBe(
      [short('a'), short('b'), short('c'), short('d')].join(','),
    );
    expect(tracestateOf(['a', 'b', 'c', 'd', 'e', 'f'].map(short).join(','))).toBe(['a', 'b', 'c', 'd', 'e'].map(short).join(','));
  });
});

test('pooled random bytes are as many as asked for, and a thousand ids are all different', () => {
  const randomBytes = pooledRandomBytes();
  const ids = Array.from({ length: 2000 }, () => randomBytes(16).toString('hex'));
  expect(ids.every((id) => id.length === 32)).toBe(true);
  expect(new Set(ids).size).toBe(2000);
});
