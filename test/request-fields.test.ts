import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cacheDirectivesOf, cameThroughRunway, idempotencyKeyOf, waitOf } from '../src/request-fields.ts';

test.each<[string | undefined, ReturnType<typeof waitOf>]>([
  [undefined, undefined],
  ['respond-async', undefined],
  ['wait=10', 10_000],
  ['respond-async, WAIT = 5', 5_000],
  ['wait="3"', 3_000],
  ['wait=0', 0],
  ['wait=2; foo="bar"', 2_000],
  ['wait', 'unreadable'],
  ['wait=', 'unreadable'],
  ['wait=-1', 'unreadable'],
  ['wait=1.5', 'unreadable'],
  ['wait=soon', 'unreadable'],
  ['wait=9999999', 'unreadable'],
])('Prefer: %s waits %s ms', (prefer, expected) => expect(waitOf(prefer)).toBe(expected));

test.each<[string | undefined, boolean]>([
  [undefined, false],
  ['1.1 runway', true],
  ['1.0 fred, 1.1 runway', true],
  ['HTTP/1.1 Runway (0.1.0)', true],
  ['1.1 runway, 1.1 p.example.net', true],
  ['1.1 runway.example.net', false],
  ['1.1 not-runway', false],
  ['runway', false],
])('Via: %s came through a Runway: %s', (via, expected) => expect(cameThroughRunway(via)).toBe(expected));

describe('Idempotency-Key', () => {
  const key = (header: string | undefined) => {
    const field = idempotencyKeyOf(header);
    return field.ok ? field.key : 'unreadable';
  };

  test.each([
    [undefined, undefined],
    ['8e03978e-40d5-43e8-bc93-6894a57f9324', '8e03978e-40d5-43e8-bc93-6894a57f9324'],
    ['"8e03978e-40d5-43e8-bc93-6894a57f9324"', '8e03978e-40d5-43e8-bc93-6894a57f9324'],
    [' "order 17, second try" ', 'order 17, second try'],
    ['"a \\"quoted\\" \\\\ key"', 'a "quoted" \\ key'],
    ['x'.repeat(255), 'x'.repeat(255)],
  ])('%j is read', (header, expected) => {
    expect(key(header)).toBe(expected);
  });

  test.each([
    '',
    '""',
    '"',
    'two words',
    'a,b',
    '"a", "b"',
    '"open',
    '"a"b',
    'clé',
    '"tab\t"',
    'x'.repeat(256),
    `"${'x'.repeat(256)}"`,
    '"\\n"',
  ])('%j is no key', (header) => {
    expect(key(header)).toBe('unreadable');
  });

  test('any printable ASCII, quoted, is the key it says', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]{1,255}$/), (text) => {
        expect(key(`"${text.replace(/["\\]/g, '\\$&')}"`)).toBe(text);
      }),
    );
  });
});

describe('Cache-Control of a request', () => {
  const nothing = { noCache: false, noStore: false, onlyIfCached: false, maxAgeMs: undefined };

  test.each([
    [undefined, nothing],
    ['', nothing],
    ['no-cache', { ...nothing, noCache: true }],
    ['No-Store', { ...nothing, noStore: true }],
    ['no-transform', { ...nothing, noStore: true }],
    ['max-age=17', { ...nothing, maxAgeMs: 17_000 }],
    ['max-age="17"', { ...nothing, maxAgeMs: 17_000 }],
    ['max-age=0, only-if-cached', { ...nothing, maxAgeMs: 0, onlyIfCached: true }],
    ['max-age=soon', { ...nothing, maxAgeMs: 0 }],
    ['max-age', { ...nothing, maxAgeMs: 0 }],
    ['max-age=-1', { ...nothing, maxAgeMs: 0 }],
    ['x-no-cache, private="no-store"', nothing],
  ])('%j', (header, expected) => {
    expect(cacheDirectivesOf(header)).toEqual(expected);
  });
});
