import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Call, ConcurrencyPolicy, Invoke, Outcome } from '../../src/call.ts';
import { systemClock } from '../../src/clock.ts';
import { Concurrency } from '../../src/resilience/concurrency.ts';
import { withDeadline } from '../../src/resilience/deadline.ts';
import type { Caller } from '../../src/resilience/lane.ts';
import { callOf, outcomes, targetOf } from '../support/calls.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const policy: ConcurrencyPolicy = { max: 2, queue: 2, queueTimeoutMs: 1_000, adaptive: false };

const anybody: Caller = { consumer: 'anybody', priority: 'normal' };
const somebody: Caller = { consumer: 'somebody', priority: 'normal' };

/** An upstream whose calls end when they are told to, in the order in which they came. */
function limited({ maxConcurrency = 100, random = (): number => 0.5 } = {}) {
  const concurrency = new Concurrency({
    clock: systemClock,
    random,
    upstreams: [
      { id: 'main', maxConcurrency },
      { id: 'second', maxConcurrency },
    ],
  });
  const flying: { name: string; consumer: string; settle: (outcome: Outcome) => void; fail: (fault: Error) => void }[] = [];
  const send: Invoke = (call) => {
    const startedAtMs = systemClock.nowMs();
    return new Promise<Outcome>((settle, fail) => flying.push({ name: call.target.name, consumer: call.consumer, settle, fail })).finally(
      () => (call.tally.upstreamMs += systemClock.nowMs() - startedAtMs),
    );
  };
  const invoke = concurrency.policy(send);
  const start = (
    over: Partial<ConcurrencyPolicy> = {},
    { name = 'hello', upstream = 'main', signal = new AbortController().signal, by = anybody } = {},
  ) => {
    const call = { ...callTo(name, upstream, { ...policy, ...over }), ...by };
    return { call, done: invoke(call, signal) };
  };
  const end = async (outcome: Outcome = outcomes.ok) => {
    flying.shift()!.settle(outcome);
    await vi.advanceTimersByTimeAsync(0);
  };
  const gauge = (name = 'hello') => [...concurrency.gauges()].find((each) => each.function === name);
  return { concurrency, invoke, start, end, flying, gauge };
}

function callTo(name: string, upstream: string, concurrency: ConcurrencyPolicy): Call {
  return callOf({ target: targetOf({ name, upstream, concurrency }), deadlineAtMs: systemClock.nowMs() + 30_000 });
}

describe('the concurrency limit', () => {
  test('hands every outcome on unchanged, and gives the place back', async () => {
    const { start, end, gauge } = limited();
    for (const outcome of Object.values(outcomes)) {
      const { done } = start();
      await end(outcome);
      expect(await done).toBe(outcome);
    }
    expect(gauge()).toEqual({ function: 'hello', inFlight: 0, queued: 0, limit: 2 });
  });

  test('gives the place back when what is below has a fault', async () => {
    const { start, flying, gauge } = limited();
    const { done } = start();
    const fault = new Error('fault');
    flying[0]!.fail(fault);
    await expect(done).rejects.toBe(fault);
    expect(gauge()?.inFlight).toBe(0);
  });

  test('says how its places stand, before the first call too, and makes no series for the asking', async () => {
    const { concurrency, start, gauge } = limited({ maxConcurrency: 5 });
    const standing = () => concurrency.standing(callTo('hello', 'main', policy).target);
    expect(standing()).toEqual({ inFlight: 0, queued: 0, limit: 2, account: { inFlight: 0, max: 5 } });
    expect(gauge()).toBeUndefined();
    start();
    start();
    start();
    start({}, { name: 'other' });
    expect(standing()).toEqual({ inFlight: 2, queued: 1, limit: 2, account: { inFlight: 3, max: 5 } });
  });

  test('lets as many through as the function may have, and the next when one has ended', async () => {
    const { start, end, flying, gauge } = limited();
    const calls = [start(), start(), start()];
    expect(flying).toHaveLength(2);
    expect(gauge()).toEqual({ function: 'hello', inFlight: 2, queued: 1, limit: 2 });
    await vi.advanceTimersByTimeAsync(300);
    await end();
    expect(gauge()).toEqual({ function: 'hello', inFlight: 2, queued: 0, limit: 2 });
    expect(calls.map(({ call }) => call.tally.queuedMs)).toEqual([0, 0, 300]);
  });

  test('refuses at once, with a time to come back, when the queue is full', async () => {
    const { start } = limited();
    for (let i = 0; i < 4; i++) start();
    expect(await start().done).toEqual({
      kind: 'refused',
      problem: {
        code: 'overloaded',
        detail:
          'function "hello" has no place free and none to wait in: 2 of 2 calls are in flight, 2 of 100 over all functions of its upstream, and 2 of 2 wait',
        retryAfterMs: 2_000,
      },
    });
  });

  test('refuses who has waited for the whole queue timeout', async () => {
    const { start, flying } = limited();
    start();
    start();
    const { call, done } = start();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await done).toMatchObject({ kind: 'refused', problem: { code: 'overloaded', retryAfterMs: 2_000 } });
    expect(call.tally.queuedMs).toBe(1_000);
    expect(flying).toHaveLength(2);
  });

  test('spreads those it sends away over one to three seconds', async () => {
    const retryAfterMs = async (random: number) => {
      const { start } = limited({ random: () => random });
      start({ max: 1, queue: 0 });
      return (await start({ max: 1, queue: 0 }).done) as Extract<Outcome, { kind: 'refused' }>;
    };
    const seen = await Promise.all([0, 0.5, 0.999].map(retryAfterMs));
    expect(seen.map(({ problem }) => problem.retryAfterMs)).toEqual([1_000, 2_000, 3_000]);
  });

  test('lets a caller who leaves go at once, and starts nothing for them', async () => {
    const { start, end, flying, gauge } = limited();
    const caller = new AbortController();
    start();
    start();
    const { done } = start({}, { signal: caller.signal });
    caller.abort('caller_left');
    expect(await done).toEqual({ kind: 'abandoned' });
    expect(gauge()?.queued).toBe(0);
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
    await end();
    expect(flying).toHaveLength(1);
  });

  test('counts a deadline that passes in the queue as its own refusal: the upstream was not asked', async () => {
    const { invoke, start, flying } = limited();
    start();
    start();
    const call = { ...callTo('hello', 'main', policy), deadlineAtMs: systemClock.nowMs() + 200 };
    const done = withDeadline(systemClock)(invoke)(call, new AbortController().signal);
    await vi.advanceTimersByTimeAsync(201);
    expect(await done).toMatchObject({ kind: 'refused', problem: { code: 'deadline_exceeded' } });
    expect(flying).toHaveLength(2);
  });

  test('starts nothing after the deadline, even when a place comes free before the timer is heard', async () => {
    const { invoke, start, end, flying, gauge } = limited();
    start();
    start();
    const call = { ...callTo('hello', 'main', policy), deadlineAtMs: systemClock.nowMs() + 200 };
    const done = invoke(call, new AbortController().signal);
    await vi.advanceTimersByTimeAsync(200);
    await end();
    expect(await done).toMatchObject({ kind: 'refused', problem: { code: 'deadline_exceeded' } });
    expect(flying).toHaveLength(1);
    expect(gauge()?.inFlight).toBe(1);
  });

  test('tells shutting down from leaving', async () => {
    const { start } = limited();
    const ending = new AbortController();
    start();
    start();
    const { done } = start({}, { signal: ending.signal });
    ending.abort('shutting_down');
    expect(await done).toMatchObject({ kind: 'refused', problem: { code: 'shutting_down' } });
  });

  test('of one function leaves the others of its upstream alone while the account has room', () => {
    const { start, flying } = limited();
    for (let i = 0; i < 4; i++) start();
    start({}, { name: 'other' });
    expect(flying.map(({ name }) => name)).toEqual(['hello', 'hello', 'other']);
  });

  test('of an account holds over all its functions, and not over those of another', () => {
    const { start, flying, gauge } = limited({ maxConcurrency: 2 });
    start();
    start({}, { name: 'other' });
    start();
    start({}, { name: 'elsewhere', upstream: 'second' });
    expect(flying.map(({ name }) => name)).toEqual(['hello', 'other', 'elsewhere']);
    expect(gauge()).toEqual({ function: 'hello', inFlight: 1, queued: 1, limit: 2 });
  });

  test('lets a quiet consumer through next, and refuses a call of the flood for it where the queue is full', async () => {
    const { start, end, flying } = limited();
    const flood = Array.from({ length: 4 }, () => start());
    start({}, { by: somebody });
    await vi.advanceTimersByTimeAsync(0);
    expect(await flood[3]!.done).toEqual({
      kind: 'refused',
      problem: {
        code: 'overloaded',
        detail:
          'function "hello" has no place free, and the one to wait in went to a consumer that uses less of its share: 2 of 2 calls are in flight, 2 of 100 over all functions of its upstream, and 2 of 2 wait',
        retryAfterMs: 2_000,
      },
    });
    await end();
    await end();
    expect(flying.map(({ consumer }) => consumer)).toEqual(['anybody', 'somebody']);
  });

  test('gives a consumer of slow functions as many places of the account as one of quick ones, not as many calls', async () => {
    const { start, flying } = limited({ maxConcurrency: 1 });
    const slow = { name: 'slow', by: anybody };
    const quick = { name: 'quick', by: somebody };
    const long = { queue: 100, queueTimeoutMs: 60_000 };
    const seen: string[] = [];
    const takes = async () => {
      const { name, settle } = flying.shift()!;
      seen.push(name);
      await vi.advanceTimersByTimeAsync(name === 'slow' ? 1_000 : 100);
      settle(outcomes.ok);
      await vi.advanceTimersByTimeAsync(0);
    };
    for (const which of [slow, quick]) {
      start(long, which);
      await takes();
    }
    for (let i = 0; i < 30; i++) for (const which of [slow, quick]) start(long, which);
    for (let i = 0; i < 23; i++) await takes();
    expect(seen.filter((name) => name === 'slow').length).toBeLessThanOrEqual(4);
  });

  test('knows nothing of functions that have not been called', () => {
    expect([...limited().concurrency.gauges()]).toEqual([]);
  });
});

describe('a limit that adapts', () => {
  const adaptive = { max: 10, queue: 10, adaptive: true };

  test('is cut when FunctionGraph throttles, once for a burst', async () => {
    const { start, end, gauge } = limited();
    for (let i = 0; i < 10; i++) start(adaptive);
    for (let i = 0; i < 10; i++) await end(outcomes.throttled);
    expect(gauge()).toMatchObject({ inFlight: 0, limit: 8 });
  });

  test('grows again with the successes of calls that use it, and lets those who wait start', async () => {
    const { start, end, flying, gauge } = limited();
    start(adaptive);
    await end(outcomes.throttled);
    for (let i = 0; i < 18; i++) start(adaptive);
    for (let i = 0; i < 9; i++) {
      await vi.advanceTimersByTimeAsync(50);
      await end();
    }
    expect(gauge()?.limit).toBe(9);
    expect(flying).toHaveLength(9);
  });

  test.each(['disabled', 'serviceError', 'reset', 'timeout', 'abandoned'] as const)('is not moved by %s', async (name) => {
    const { start, end, gauge } = limited();
    start(adaptive);
    await end(outcomes[name]);
    expect(gauge()?.limit).toBe(10);
  });

  test('stays where it is when the file says so', async () => {
    const { start, end, gauge } = limited();
    start({ max: 10 });
    await end(outcomes.throttled);
    expect(gauge()?.limit).toBe(10);
  });
});
