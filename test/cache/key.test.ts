import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isResultKey, resultKey } from '../../src/cache/key.ts';
import { cachePolicyOf } from '../support/calls.ts';
import { callOf } from './call.ts';

const runs = { numRuns: 1_000 };
const cache = (policy: { scope?: 'consumer' | 'shared'; vary?: string[] }) => ({
  cache: cachePolicyOf(policy),
});
const key = (...call: Parameters<typeof callOf>) => resultKey(callOf(...call), '');

/** A JSON value whose canonical form is safe. */
const value = fc.jsonValue({ stringUnit: 'binary' }).filter((v) => key(JSON.stringify(v)) !== undefined);

/** The same value written otherwise: members shuffled, spaces, escapes and numbers spelled at random. */
function respelled(value: unknown, pick: (choices: number) => number): string {
  const space = () => ['', ' ', '\n', '\t ', ' \r\n'][pick(5)]!;
  const spaced = (text: string) => space() + text + space();
  if (typeof value === 'string') return spaced(respelledString(value, pick));
  if (typeof value === 'number') return spaced(respelledNumber(value, pick));
  if (Array.isArray(value)) return spaced(`[${value.map((item) => respelled(item, pick)).join(',') || space()}]`);
  if (value === null || typeof value !== 'object') return spaced(JSON.stringify(value));
  const members = Object.entries(value).map(([name, v]) => `${spaced(respelledString(name, pick))}:${respelled(v, pick)}`);
  for (let i = members.length - 1; i > 0; i--) {
    const j = pick(i + 1);
    [members[i], members[j]] = [members[j]!, members[i]!];
  }
  return spaced(`{${members.join(',') || space()}}`);
}

function respelledString(text: string, pick: (choices: number) => number): string {
  const units = text.split('').map((unit) => {
    const hex = unit.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${pick(2) ? hex : hex.toUpperCase()}`;
  });
  // A surrogate pair is escaped whole or not at all.
  return pick(2) ? `"${units.join('')}"` : JSON.stringify(text).replaceAll('/', pick(2) ? '/' : '\\/');
}

function respelledNumber(number: number, pick: (choices: number) => number): string {
  const plain = JSON.stringify(number);
  const spellings = [plain, number.toExponential(), number.toExponential().toUpperCase(), plain.includes('e') ? plain : `${plain}e0`];
  return spellings[pick(spellings.length)]!;
}

describe('events', () => {
  test('equal values share a key, however they are written', () => {
    fc.assert(
      fc.property(value, fc.infiniteStream(fc.nat()), (v, choices) => {
        const pick = (n: number) => choices.next().value! % n;
        expect(key(respelled(v, pick))).toBe(key(JSON.stringify(v)));
      }),
      runs,
    );
  });

  test('different values never share a key', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        fc.pre(!Object.is(a, b) && JSON.stringify(sorted(a)) !== JSON.stringify(sorted(b)));
        expect(key(JSON.stringify(a))).not.toBe(key(JSON.stringify(b)));
      }),
      runs,
    );
  });

  test('a value that differs in one place has another key', () => {
    fc.assert(
      fc.property(value, fc.string({ minLength: 1 }), (v, text) => {
        const events = [v, [v], [v, text], [text, v], { [text]: v }, [[v], text], `${text}${JSON.stringify(v)}`].map((e) =>
          JSON.stringify(e),
        );
        const keys = events.map((event) => key(event)).filter((k) => k !== undefined);
        expect(new Set(keys).size).toBe(keys.length);
      }),
      runs,
    );
  });

  test('numbers that a double does not tell apart have no key', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 53n, max: 2n ** 70n }), fc.constantFrom('', '-'), (n, sign) => {
        expect(key(`{"n":${sign}${n}}`)).toBeUndefined();
      }),
      runs,
    );
  });

  test('an event without a safe canonical form has no key', () => {
    expect(key('{"a":1,"a":2}')).toBeUndefined();
    expect(key(Buffer.alloc(65_537, ' '))).toBeUndefined();
  });
});

describe('isolation', () => {
  const id = fc.string({ minLength: 1, maxLength: 20 });

  test('two consumers never share a key', () => {
    fc.assert(
      fc.property(id, id, value, value, (one, other, a, b) => {
        fc.pre(one !== other);
        expect(key(JSON.stringify(a), { consumer: one })).not.toBe(key(JSON.stringify(b), { consumer: other }));
      }),
      runs,
    );
  });

  test('all consumers share a key where the file says so', () => {
    const target = cache({ scope: 'shared' });
    expect(key('{}', { target, consumer: 'billing' })).toBe(key('{}', { target, consumer: 'shop' }));
    expect(key('{}', { target, consumer: 'billing' })).not.toBe(key('{}', { consumer: 'billing' }));
  });

  test('no part runs over into the next', () => {
    const cut = fc.nat({ max: 8 });
    fc.assert(
      fc.property(fc.string({ minLength: 8, maxLength: 8 }), cut, cut, (text, one, other) => {
        fc.pre(one !== other);
        const cutAt = (at: number) => key('{}', { target: cache({ vary: [text.slice(0, at)] }), varied: [text.slice(at)] });
        expect(cutAt(one)).not.toBe(cutAt(other));
      }),
      runs,
    );
  });

  test('another version of the function has another key', () => {
    const urn = 'urn:fss:cn-north-1:7aad83af3e8d42e99ac194e8419e2c9b:function:default:hello:v2';
    expect(key('{}', { target: { urn } })).not.toBe(key('{}'));
  });
});

describe('headers', () => {
  const target = cache({ vary: ['accept-language', 'x-region'] });

  test('a header that the results vary on changes the key', () => {
    expect(key('{}', { target, varied: ['de', 'eu'] })).toBe(key('{}', { target, varied: ['de', 'eu'] }));
    expect(key('{}', { target, varied: ['de', 'eu'] })).not.toBe(key('{}', { target, varied: ['fr', 'eu'] }));
  });

  test('the same value in another header changes the key', () => {
    expect(key('{}', { target, varied: ['de', ''] })).not.toBe(key('{}', { target, varied: ['', 'de'] }));
    expect(key('{}', { target: cache({ vary: ['a'] }), varied: ['x'] })).not.toBe(
      key('{}', { target: cache({ vary: ['b'] }), varied: ['x'] }),
    );
  });

  test('nothing else of a call changes the key', () => {
    const other = {
      requestId: 'request-2',
      acceptedAtMs: 5,
      deadlineAtMs: 7,
      tally: { attempts: 3, mayHaveRun: true, receivingMs: 1, upstreamMs: 9, queuedMs: 2, pausedMs: 1 },
    };
    expect(key('{}', other)).toBe(key('{}'));
    expect(key('{}', { target: { description: 'x', timeoutMs: 1, cache: cachePolicyOf({ ttlMs: 1, staleIfErrorMs: 1 }) } })).toBe(
      key('{}'),
    );
  });
});

describe('no key is given to', () => {
  test.each([
    ['a function without cache', { target: { cache: undefined } }],
    ['a function that is not idempotent', { target: { idempotent: false } }],
    ['a caller who asks for the log', { wantsLog: true }],
  ])('%s', (_name, call) => {
    expect(key('{}', call)).toBeUndefined();
  });
});

test('a key says its format and its function, and holds nothing of the event', () => {
  const made = key('{"secret":"hunter2"}')!;
  expect(made).toMatch(/^result:2:hello:\{[\w-]{43}\}$/);
  expect(isResultKey(made)).toBe(true);
  expect(['', 'result:2:hello:{x}', `${made} `, `x${made}`, made.replace('2', '1'), 'once:1:x'].filter(isResultKey)).toEqual([]);
});

/** Members in one order, at every level, and no negative zero: what is left different is different. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return Object.is(value, -0) ? 0 : value;
  return Object.entries(value)
    .map(([name, v]): [string, unknown] => [name, sorted(v)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
