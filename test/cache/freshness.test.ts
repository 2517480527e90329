import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cacheStatus, wholeSeconds } from '../../src/cache/cache-status.ts';
import { type Freshness, freshnessOf, isDueEarly, isWorseThanStale, mayAnswer, mayStandIn } from '../../src/cache/freshness.ts';
import { keepableOf } from '../../src/cache/keepable.ts';
import { maxBodyBytes } from '../../src/cache/store.ts';
import type { CacheDirectives, Outcome } from '../../src/call.ts';
import { answerOf, cachePolicyOf, outcomes } from '../support/calls.ts';
import { FakeClock } from '../support/clock.ts';
import { resultOf } from './result.ts';

const clock = new FakeClock();
const nowMs = clock.epochMs();
const policy = cachePolicyOf({ ttlMs: 60_000, staleWhileRevalidateMs: 10_000, staleIfErrorMs: 30_000 });
const result = resultOf('1', clock);
const aged = (ms: number, own = policy) => freshnessOf(result, own, nowMs + ms);

describe('a result', () => {
  test.each([
    [0, 'fresh', 60_000],
    [59_999, 'fresh', 1],
    [60_000, 'revalidate', 0],
    [69_999, 'revalidate', -9_999],
    [70_000, 'on_error', -10_000],
    [89_999, 'on_error', -29_999],
    [90_000, 'over', -30_000],
  ])('after %i ms is %s', (ms, state, leftMs) => {
    expect(aged(ms)).toEqual({ state, ageMs: ms, leftMs });
  });

  test('of a file that keeps it for less time than when it was kept is stale by the new time', () => {
    expect(aged(5_000, cachePolicyOf({ ttlMs: 5_000 })).state).toBe('over');
    expect(aged(4_999, cachePolicyOf({ ttlMs: 5_000 }))).toEqual({ state: 'fresh', ageMs: 4_999, leftMs: 1 });
  });

  test('of a gateway whose clock is ahead is no younger than new and lives no longer than its ttl', () => {
    expect(freshnessOf(result, policy, nowMs - 120_000)).toEqual({ state: 'fresh', ageMs: 0, leftMs: 60_000 });
  });
});

const directives = (over: Partial<CacheDirectives> = {}): CacheDirectives => ({
  noCache: false,
  noStore: false,
  onlyIfCached: false,
  maxAgeMs: undefined,
  ...over,
});

describe('a caller', () => {
  test.each<[string, Partial<CacheDirectives>, boolean, boolean, boolean]>([
    // directives, fresh of 20 s, to be revalidated, stands in for an error
    ['who asks for nothing', {}, true, true, true],
    ['with no-cache', { noCache: true }, false, false, false],
    ['with no-store', { noStore: true }, false, false, false],
    ['with max-age=20', { maxAgeMs: 20_000 }, true, false, false],
    ['with max-age=19', { maxAgeMs: 19_000 }, false, false, false],
    ['with only-if-cached', { onlyIfCached: true }, true, true, true],
  ])('%s may have: fresh %s, stale %s, in place of an error %s', (_who, over, fresh, stale, error) => {
    expect(mayAnswer(aged(20_000), directives(over))).toBe(fresh);
    expect(mayAnswer(aged(65_000), directives(over))).toBe(stale);
    expect(mayAnswer(aged(75_000), directives(over))).toBe(false);
    expect(mayStandIn(aged(75_000), policy, directives(over))).toBe(error);
    expect(mayStandIn(aged(90_000), policy, directives(over))).toBe(false);
  });
});

describe('a stale result is better than', () => {
  const clientError: Outcome = { kind: 'function_error', answer: answerOf(400) };
  test.each<[string, Outcome, boolean]>([
    ['ok', outcomes.ok, false],
    ['a failure of the function', outcomes.functionError, true],
    ['its refusal of the event', clientError, false],
    ['throttling', outcomes.throttled, true],
    ['a function that is switched off', outcomes.disabled, false],
    ['an error of the service', outcomes.serviceError, true],
    ['a function that is not there', outcomes.noSuchFunction, false],
    ['credentials that were refused', outcomes.rejected, true],
    ['garbage', outcomes.garbage, true],
    ['no connection', outcomes.notSent, true],
    ['a timeout', outcomes.timeout, true],
    ['an open circuit', outcomes.refused, true],
    ['a caller who left', outcomes.abandoned, false],
  ])('%s: %s', (_what, outcome, better) => {
    expect(isWorseThanStale(outcome)).toBe(better);
  });
});

describe('computing a result anew before it ends', () => {
  const lefts = (leftMs: number): Freshness => ({ state: 'fresh', ageMs: 0, leftMs });

  test('is the likelier the sooner it ends and the longer it takes', () => {
    const share = (leftMs: number, tookMs: number) => {
      const draws = Array.from({ length: 1_000 }, (_, i) => i / 1_000);
      return draws.filter((draw) => isDueEarly(lefts(leftMs), { ...result, tookMs }, () => draw)).length / 1_000;
    };
    // 1 - e^(-left ÷ took) of the draws are not due.
    expect(share(1_000, 1_000)).toBeCloseTo(Math.exp(-1), 2);
    expect(share(3_000, 1_000)).toBeCloseTo(Math.exp(-3), 2);
    expect(share(3_000, 3_000)).toBeCloseTo(Math.exp(-1), 2);
  });

  test('never comes to a result of a moment, nor far before its end', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999_999, noNaN: true }), (draw) => {
        expect(isDueEarly(lefts(1), { ...result, tookMs: 0 }, () => draw)).toBe(false);
        expect(isDueEarly(lefts(15_000), { ...result, tookMs: 1_000 }, () => draw)).toBe(false);
      }),
    );
  });
});

describe('what may be kept', () => {
  test.each([
    [undefined, 'yes'],
    ['max-age=60', 'yes'],
    ['x-private', 'yes'],
    ['no-store', 'personal'],
    ['private', 'personal'],
    ['Private, max-age=60', 'personal'],
    ['max-age=0,no-cache', 'personal'],
    ['private="set-cookie"', 'personal'],
  ])('Cache-Control %j of the function: %s', (cacheControl, keepable) => {
    const answer = answerOf(200, cacheControl === undefined ? {} : { cacheControl });
    expect(keepableOf({ kind: 'ok', answer })).toBe(keepable);
  });

  test('a large answer is not kept, and is nobody’s secret', () => {
    expect(keepableOf({ kind: 'ok', answer: answerOf(200, { body: Buffer.alloc(maxBodyBytes + 1) }) })).toBe('no');
  });

  test.each(Object.entries(outcomes).filter(([name]) => name !== 'ok'))('%s is not kept', (_name, outcome) => {
    expect(keepableOf(outcome)).toBe('no');
  });
});

test('Cache-Status says where an answer came from', () => {
  expect(cacheStatus.hit(42_999)).toBe('runway; hit; ttl=42');
  expect(cacheStatus.hit(-3_000)).toBe('runway; hit; ttl=-3; detail=stale-while-revalidate');
  expect(cacheStatus.staleIfError(-70_000)).toBe('runway; fwd=stale; detail=stale-if-error; ttl=-70');
  expect(cacheStatus.forward('uri-miss', { stored: true, shared: true })).toBe('runway; fwd=uri-miss; stored; collapsed');
  expect(cacheStatus.forward('request', { stored: false, shared: false })).toBe('runway; fwd=request');
});

test('Age and ttl are whole seconds, rounded down', () => {
  expect([0, 999, 1_000, 42_100].map(wholeSeconds)).toEqual([0, 0, 1, 42]);
});
