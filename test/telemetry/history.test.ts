import { describe, expect, test } from 'vitest';
import { History } from '../../src/telemetry/history.ts';
import { FakeClock } from '../support/clock.ts';
import { CountedCalls } from './numbers-of-calls.ts';

function startHistory() {
  const clock = new FakeClock();
  const calls = new CountedCalls();
  const history = new History({ numbers: calls.numbers, clock });
  return {
    clock,
    calls,
    history,
    /** Samples so often, 2 s apart, each time after `before`. */
    async sampled(times: number, before: () => void = () => undefined) {
      for (let made = 0; made < times; made++) {
        before();
        await clock.advance(2_000);
        history.sample();
      }
    },
  };
}

describe('the window of a function', () => {
  test('is what happened in the last minute, whatever was before', async () => {
    const { calls, history, sampled } = startHistory();
    calls.call('hello', 1_000, 0.5);
    await sampled(1);
    await sampled(30, () => calls.call('hello', 4));
    expect(history.window('hello')).toMatchObject({ seconds: 60, requests: 120, ok: 120, executions: 120, billedMbMs: 120 * 1_024_000 });
    expect(history.window('hello')!.p99).toBeCloseTo(0.005, 3);
  });

  test('is shorter while the gateway is young, so that the pace is true from the first sample', async () => {
    const { calls, history, sampled } = startHistory();
    await sampled(1, () => calls.call('hello', 10));
    expect(history.window('hello')).toMatchObject({ seconds: 2, requests: 10 });
    await sampled(2);
    expect(history.window('hello')).toMatchObject({ seconds: 6, requests: 10 });
  });

  test('goes by the time that passed, not by the time that was meant to pass', async () => {
    const { clock, calls, history } = startHistory();
    calls.call('hello', 10);
    await clock.advance(7_000);
    history.sample();
    expect(history.window('hello')).toMatchObject({ seconds: 7, requests: 10 });
  });

  test('has all outcomes and look-ups apart', async () => {
    const { calls, history, sampled } = startHistory();
    await sampled(1, () => {
      calls.call('hello', 6);
      calls.call('hello', 1, 0.004, 'function_error');
      calls.call('hello', 2, 0.004, 'refused');
      calls.call('hello', 1, 0.004, 'client_closed');
      calls.lookUp('hello', 8, 3);
    });
    expect(history.window('hello')).toMatchObject({
      requests: 10,
      ok: 6,
      function_error: 1,
      refused: 2,
      client_closed: 1,
      lookups: 8,
      kept: 3,
    });
  });

  test('is nothing where nobody has called', async () => {
    const { calls, history, sampled } = startHistory();
    calls.lookUp('silent', 0, 0);
    await sampled(3);
    expect(history.window('silent')).toBeUndefined();
    expect(history.series('silent')).toBeUndefined();
    expect(history.window('nobody')).toBeUndefined();
  });

  test('of all functions is their sum', async () => {
    const { calls, history, sampled } = startHistory();
    await sampled(2, () => {
      calls.call('hello', 3);
      calls.call('primes', 4, 0.05);
    });
    expect(history.totalWindow()).toMatchObject({ seconds: 4, requests: 14, ok: 14 });
  });

  test('of all functions leaves out calls of names that are not configured', async () => {
    const { calls, history, sampled } = startHistory();
    await sampled(1, () => calls.call('_unknown', 50, 0.001, 'refused'));
    expect(history.totalWindow()).toBeUndefined();
    await sampled(2, () => {
      calls.call('hello', 3);
      calls.call('_unknown', 50, 0.001, 'refused');
    });
    expect(history.totalWindow()).toMatchObject({ requests: 6, refused: 0 });
    expect(history.totalSeries()!.refused).toEqual([0, 0, 0]);
  });
});

describe('the points of charts', () => {
  test('speak of the ten seconds before each', async () => {
    const { calls, history, sampled } = startHistory();
    await sampled(10, () => calls.call('hello', 4));
    await sampled(5);
    const { ok, p50, at } = history.series('hello')!;
    expect(ok.slice(0, 10)).toEqual(Array(10).fill(2));
    expect(ok.slice(10)).toEqual([1.6, 1.2, 0.8, 0.4, 0].map((rate) => expect.closeTo(rate, 5)));
    expect(p50.at(-1)).toBeNull();
    expect(at.at(-1)! - at.at(-2)!).toBe(2);
  });

  test('are those of ten minutes and no more, and the last ones where fewer are asked for', async () => {
    const { calls, history, sampled } = startHistory();
    let made = 0;
    await sampled(700, () => calls.call('hello', made++ < 350 ? 2 : 4));
    const { ok, at } = history.series('hello')!;
    expect([ok.length, at.length]).toEqual([300, 300]);
    expect(new Set(ok)).toEqual(new Set([2]));
    expect(history.series('hello', 1)!.ok).toEqual([2]);
  });

  test('say that nothing happened before the first call', async () => {
    const { calls, history, sampled } = startHistory();
    await sampled(3, () => calls.call('hello'));
    await sampled(1, () => calls.call('late', 10));
    expect(history.series('late')).toMatchObject({ ok: [0, 0, 0, 1.25], p99: [null, null, null, expect.any(Number)] });
  });
});

describe('a function that leaves the configuration', () => {
  test.each([
    ['less', 2],
    ['more', 200],
  ])('is forgotten, and what the sum says is true where the others have %s traffic', async (_what, others) => {
    const { calls, history, sampled } = startHistory();
    await sampled(5, () => {
      calls.call('hello', others);
      calls.call('old', 8);
      calls.call('old', 2, 0.05, 'function_error');
    });
    calls.remove('old');
    await sampled(1, () => calls.call('hello', others));
    expect(history.window('old')).toBeUndefined();
    expect(history.totalWindow()).toMatchObject({ requests: 6 * others + 50, ok: 6 * others + 40, function_error: 10 });
    expect(history.totalSeries()!.ok.at(-1)).toBeCloseTo((5 * others + 32) / 10, 4);
    await sampled(30);
    expect(history.totalWindow()).toMatchObject({ requests: 0, ok: 0, function_error: 0, billedMbMs: 0, p99: undefined });
  });

  test('and is the only one leaves a sum that comes to nothing', async () => {
    const { calls, history, sampled } = startHistory();
    await sampled(3, () => calls.call('old', 5));
    calls.remove('old');
    await sampled(40);
    expect(history.totalWindow()).toMatchObject({ requests: 0, ok: 0 });
  });

  test('and comes back between two samples counts from nothing', async () => {
    const { calls, history, sampled } = startHistory();
    await sampled(5, () => calls.call('hello', 100));
    calls.remove('hello');
    await sampled(1, () => calls.call('hello', 6));
    expect(history.window('hello')).toMatchObject({ requests: 6 });
    expect(history.totalWindow()).toMatchObject({ requests: 506 });
  });
});

describe('more functions than are followed', () => {
  test('leave those that are called as they are, and those go that were called longest ago', async () => {
    const { calls, history, sampled } = startHistory();
    const names = Array.from({ length: 500 }, (_, at) => `fn-${at}`);
    await sampled(1, () => names.forEach((name) => void calls.call(name)));
    await sampled(1, () => calls.call('one-more'));
    expect(history.window('one-more')).toBeUndefined();
    await sampled(40, () => names.slice(1).forEach((name) => void calls.call(name)));
    await sampled(1, () => calls.call('one-more', 3));
    expect(history.window('fn-0')).toBeUndefined();
    expect(history.window('fn-1')).toBeDefined();
    // What it did before it was followed is not taken for what it does now.
    expect(history.window('one-more')).toMatchObject({ requests: 0 });
    await sampled(1, () => calls.call('one-more', 3));
    expect(history.window('one-more')).toMatchObject({ requests: 3 });
  });
});

describe('the timer', () => {
  test('samples every 2 s until it is ended, and tells who listens', async () => {
    const { clock, calls, history } = startHistory();
    const ending = new AbortController();
    const running = history.run(ending.signal);
    const told: number[] = [];
    const end = history.onSample(() => told.push(history.atMs));
    calls.call('hello', 4);
    await clock.advance(2_000);
    await clock.advance(2_000);
    end();
    await clock.advance(2_000);
    ending.abort();
    await running;
    await clock.advance(10_000);
    expect(told).toEqual([2_000, 4_000].map((ms) => Date.UTC(2026, 0, 1) + ms));
    expect(history.window('hello')).toMatchObject({ seconds: 6, requests: 4 });
  });
});
