import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Invoke, Outcome } from '../../src/call.ts';
import { systemClock } from '../../src/clock.ts';
import { Breakers, countsAsFailure } from '../../src/resilience/breaker.ts';
import { callOf, outcomes, targetOf } from '../support/calls.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function circuit({ minimumRequests = 4, failureRatio = 0.5 } = {}) {
  const states: string[] = [];
  const breakers = new Breakers(systemClock, (target, state) => states.push(`${target.name} ${state}`));
  const target = targetOf({ breaker: { failureRatio, minimumRequests, windowMs: 10_000, openForMs: 5_000 } });
  let calls = 0;
  const run = (outcome: Outcome | Promise<Outcome>, of = target) => {
    const send: Invoke = async () => {
      calls++;
      return outcome;
    };
    return breakers.policy(send)(callOf({ target: of }), new AbortController().signal);
  };
  const repeat = async (times: number, outcome: Outcome) => {
    for (let i = 0; i < times; i++) await run(outcome);
  };
  return { run, repeat, states, breakers, calls: () => calls };
}

test.each<[keyof typeof outcomes, boolean]>([
  ['ok', false],
  ['functionError', false],
  ['throttled', false],
  ['disabled', false],
  ['serviceError', true],
  ['badGateway', true],
  ['unavailable', true],
  ['noSuchFunction', false],
  ['rejected', false],
  ['garbage', true],
  ['notSent', true],
  ['reset', true],
  ['timeout', true],
  ['abandoned', false],
  ['refused', false],
])('%s speaks against the upstream: %s', (name, counts) => {
  expect(countsAsFailure(outcomes[name])).toBe(counts);
});

describe('a closed circuit', () => {
  test('lets every outcome through unchanged', async () => {
    const { run } = circuit({ minimumRequests: 100 });
    for (const outcome of Object.values(outcomes)) expect(await run(outcome)).toBe(outcome);
  });

  test('gives no verdict below the minimum of requests', async () => {
    const { run, repeat } = circuit({ minimumRequests: 4 });
    await repeat(3, outcomes.serviceError);
    expect(await run(outcomes.ok)).toBe(outcomes.ok);
  });

  test('opens when failures ÷ requests reaches the ratio, not only above it', async () => {
    const { run, repeat, states } = circuit({ minimumRequests: 4, failureRatio: 0.5 });
    await repeat(2, outcomes.ok);
    await repeat(2, outcomes.reset);
    expect(await run(outcomes.ok)).toMatchObject({ kind: 'refused', problem: { code: 'circuit_open' } });
    expect(states).toEqual(['hello closed', 'hello open']);
  });

  test('opens at a ratio of 1 when everything fails', async () => {
    const { run, repeat } = circuit({ failureRatio: 1 });
    await repeat(4, outcomes.reset);
    expect(await run(outcomes.ok)).toMatchObject({ kind: 'refused' });
  });

  test('does not open for throttling, for errors of the function, or for callers who leave', async () => {
    const { run, repeat } = circuit();
    await repeat(20, outcomes.throttled);
    await repeat(20, outcomes.functionError);
    await repeat(20, outcomes.abandoned);
    expect(await run(outcomes.ok)).toBe(outcomes.ok);
  });

  test('forgets failures when they leave the window', async () => {
    const { run, repeat } = circuit();
    await repeat(3, outcomes.reset);
    await vi.advanceTimersByTimeAsync(11_000);
    await repeat(3, outcomes.reset);
    expect(await run(outcomes.ok)).toBe(outcomes.ok);
  });
});

describe('an open circuit', () => {
  test('refuses without a call upstream and says when the next one is let through', async () => {
    const { run, repeat, calls } = circuit();
    await repeat(4, outcomes.reset);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await run(outcomes.ok)).toMatchObject({ problem: { code: 'circuit_open', retryAfterMs: 3_000 } });
    expect(calls()).toBe(4);
  });

  test('lets exactly one probe through after its time, and closes when that succeeds', async () => {
    const { run, repeat, calls, states } = circuit();
    await repeat(4, outcomes.reset);
    await vi.advanceTimersByTimeAsync(5_000);
    const probe = Promise.withResolvers<Outcome>();
    const probing = run(probe.promise);
    expect(await run(outcomes.ok)).toMatchObject({ kind: 'refused' });
    expect(calls()).toBe(5);
    probe.resolve(outcomes.ok);
    expect(await probing).toBe(outcomes.ok);
    expect(await run(outcomes.ok)).toBe(outcomes.ok);
    expect(states).toEqual(['hello closed', 'hello open', 'hello half-open', 'hello closed']);
  });

  test.each(['reset', 'abandoned'] as const)('stays open for its whole time again when the probe ends as %s', async (end) => {
    const { run, repeat } = circuit();
    await repeat(4, outcomes.reset);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await run(outcomes[end])).toBe(outcomes[end]);
    expect(await run(outcomes.ok)).toMatchObject({ problem: { code: 'circuit_open', retryAfterMs: 5_000 } });
  });

  test('of one function leaves the others alone', async () => {
    const { run, repeat } = circuit();
    await repeat(4, outcomes.reset);
    expect(await run(outcomes.ok, targetOf({ name: 'other' }))).toBe(outcomes.ok);
  });
});

test('a fault of our own crosses the circuit as it is', async () => {
  const { run } = circuit();
  const fault = new Error('fault');
  await expect(run(Promise.reject(fault))).rejects.toBe(fault);
});

test('thousands of functions share the timers of their window, and closing stops them', async () => {
  const { run, breakers } = circuit();
  for (let i = 0; i < 1_000; i++) await run(outcomes.ok, targetOf({ name: `function-${i}` }));
  expect(vi.getTimerCount()).toBe(1);
  breakers.close();
  expect(vi.getTimerCount()).toBe(0);
});
