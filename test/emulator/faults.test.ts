import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draw, parseFault, strayFaults } from '../../src/emulator/faults.ts';
import { faults } from './local.ts';

/** Draws these numbers in turn. */
const numbers =
  (...values: number[]) =>
  () =>
    values.shift()!;

describe('reading a fault', () => {
  test.each([
    ['429=0.1', { functionName: undefined, effect: { kind: 'refuse', share: 0.1, error: { code: 'FSS.0429' } } }],
    ['503', { effect: { kind: 'refuse', share: 1, error: { code: 'FSS.0503' } } }],
    ['disabled', { effect: { kind: 'refuse', share: 1, error: { code: 'FSS.0429', message: 'Function Disabled' } } }],
    ['hello:500=1', { functionName: 'hello', effect: { kind: 'refuse', share: 1, error: { code: 'FSS.0500' } } }],
    ['reset=.05', { effect: { kind: 'reset', share: 0.05 } }],
    ['reset-after=0', { effect: { kind: 'spoil', spoil: 'reset-after', share: 0 } }],
    ['latency=200ms', { effect: { kind: 'latency', minMs: 200, maxMs: 200 } }],
    ['latency=50ms..2s', { effect: { kind: 'latency', minMs: 50, maxMs: 2000 } }],
    ['cold-start=1.5s', { effect: { kind: 'cold-start', delayMs: 1500 } }],
  ])('%s', (spec, expected) => {
    expect(parseFault(spec)).toMatchObject({ ok: true, fault: { spec, ...expected } });
  });

  test.each([
    ['', 'a fault is [FUNCTION:]KIND[=VALUE]'],
    ['teapot', 'its kind is "teapot", allowed are 401, 429, 500, 503, '],
    ['constructor', 'its kind is "constructor", allowed are'],
    ['429=2', 'the value of 429 is "2", allowed is a share of the calls from 0 to 1'],
    ['429=', 'the value of 429 is "", allowed is a share'],
    ['latency', 'the value of latency is "", allowed is a duration or a range'],
    ['latency=2s..1s', 'the value of latency is "2s..1s"'],
    ['latency=1s..2s..3s', 'the value of latency is'],
    ['cold-start=1s..2s', 'the value of cold-start is "1s..2s", allowed is a duration'],
  ])('%j is refused, saying what is allowed', (spec, detail) => {
    const read = parseFault(spec);
    expect(read.ok ? '' : read.detail).toContain(`the fault "${spec}" cannot be read: `);
    expect(read.ok ? '' : read.detail).toContain(detail);
  });

  test('no text makes it throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((value) => `latency=${value}`),
        ),
        (spec) => void parseFault(spec),
      ),
    );
  });
});

test('a fault of a function that is not there is named, with the functions there are', () => {
  const functions = new Map([
    ['flaky', 1],
    ['hello', 2],
  ]);
  expect(strayFaults(faults('429', 'hello:429', 'nosuch:429=0.1'), functions)).toEqual([
    'the fault "nosuch:429=0.1" cannot be used: its function is "nosuch", allowed are flaky, hello',
  ]);
});

describe('drawing faults', () => {
  test('a fault hits below its share and misses from it on', () => {
    expect(draw(faults('429=0.5'), 'hello', numbers(0.49)).before).toMatchObject({ code: 'FSS.0429' });
    expect(draw(faults('429=0.5'), 'hello', numbers(0.5)).before).toBeUndefined();
  });

  test('a share of 1 always hits and a share of 0 never does', () => {
    const anyDraw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(anyDraw, (drawn) => {
        expect(draw(faults('reset'), 'hello', () => drawn).before).toBe('reset');
        expect(draw(faults('reset=0'), 'hello', () => drawn).before).toBeUndefined();
      }),
    );
  });

  test('a fault of one function leaves the others alone', () => {
    const random = () => {
      throw new Error('drew a number for another function');
    };
    expect(draw(faults('hello:500'), 'other', random).before).toBeUndefined();
    expect(draw(faults('hello:500'), 'hello', () => 0).before).toMatchObject({ code: 'FSS.0500' });
  });

  test('of several that hit the first written counts, and each draws its own number', () => {
    const mishap = draw(faults('429=0.5', '503', 'truncate', 'garbage'), 'hello', numbers(0.9, 0, 0, 0));
    expect(mishap).toMatchObject({ before: { code: 'FSS.0503' }, after: 'truncate' });
  });

  test('latencies add up, ranges by the number drawn', () => {
    expect(draw(faults('latency=100ms', 'latency=1s..3s', 'cold-start=1s'), 'hello', numbers(0.3, 0.5, 0))).toMatchObject({
      delayMs: 2100,
      coldStartMs: 1000,
    });
  });
});
