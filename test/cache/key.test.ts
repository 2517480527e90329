import { describe, expect, test } from 'vitest';
import { isResultKey } from '../../src/cache/key.ts';
import { cachePolicyOf } from '../support/calls.ts';
import {
  aValueThatDiffersInOnePlaceHasAnotherKey,
  differentValuesNeverShareAKey,
  equalValuesShareAKey,
  keyOf as key,
  noPartRunsOverIntoTheNext,
  numbersThatADoubleDoesNotTellApartHaveNoKey,
  onlyEqualInputsShareAKey,
  onlyHeadersThatAreVariedOnChangeAKey,
  twoConsumersNeverShareAKey,
} from './key-properties.ts';

const runs = 1_000;
const cache = (policy: { scope?: 'consumer' | 'shared'; vary?: string[] }) => ({
  cache: cachePolicyOf(policy),
});

describe('events', () => {
  test('equal values share a key, however they are written', () => equalValuesShareAKey(runs));

  test('different values never share a key', () => differentValuesNeverShareAKey(runs));

  test('a value that differs in one place has another key', () => aValueThatDiffersInOnePlaceHasAnotherKey(runs));

  test('numbers that a double does not tell apart have no key', () => numbersThatADoubleDoesNotTellApartHaveNoKey(runs));

  test('an event without a safe canonical form has no key', () => {
    expect(key('{"a":1,"a":2}')).toBeUndefined();
    expect(key(Buffer.alloc(65_537, ' '))).toBeUndefined();
  });
});

describe('isolation', () => {
  test('two consumers never share a key', () => twoConsumersNeverShareAKey(runs));

  test('all consumers share a key where the file says so', () => {
    const target = cache({ scope: 'shared' });
    expect(key('{}', { target, consumer: 'billing' })).toBe(key('{}', { target, consumer: 'shop' }));
    expect(key('{}', { target, consumer: 'billing' })).not.toBe(key('{}', { consumer: 'billing' }));
  });

  test('calls share a key if and only if they differ in nothing that it is made of', () => onlyEqualInputsShareAKey(runs));

  test('no part runs over into the next', () => noPartRunsOverIntoTheNext(runs));

  test('another version of the function has another key', () => {
    const urn = 'urn:fss:cn-north-1:7aad83af3e8d42e99ac194e8419e2c9b:function:default:hello:v2';
    expect(key('{}', { target: { urn } })).not.toBe(key('{}'));
  });
});

describe('headers', () => {
  test('change the key if and only if the results vary on them', () => onlyHeadersThatAreVariedOnChangeAKey(runs));

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
      tally: {
        attempts: 3,
        mayHaveRun: true,
        receivingMs: 1,
        upstreamMs: 9,
        queuedMs: 2,
        pausedMs: 1,
        executions: 1,
        billedMbMs: 7,
      },
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
