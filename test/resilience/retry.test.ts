import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Call, Invoke, Outcome, RetryPolicy, Target } from '../../src/call.ts';
import { RetryBudgets } from '../../src/resilience/budget.ts';
import { backoffMs, reasonToRepeat, withRetry } from '../../src/resilience/retry.ts';
import { callOf, outcomes, targetOf } from '../support/calls.ts';
import { FakeClock } from '../support/clock.ts';

/** An upstream that gives these outcomes in turn, and the retry policy around it. */
function scripted(
  script: readonly Outcome[],
  { random = (): number => 1, clock = new FakeClock(), budgets = new RetryBudgets(clock) } = {},
) {
  let next = 0;
  const reasons: string[] = [];
  const withheld: string[] = [];
  const send: Invoke = async () => script[next++]!;
  const invoke = withRetry({
    clock,
    random,
    budgets,
    onRetry: (_call, reason) => reasons.push(reason),
    onWithheld: (_call, reason) => withheld.push(reason),
  })(send);
  const run = async (target: Target = targetOf(), signal = new AbortController().signal, over: Partial<Call> = {}) => {
    const work = invoke(callOf({ target, ...over }), signal);
    await clock.drain(work);
    return work;
  };
  return { run, clock, reasons, withheld, attempts: () => next };
}

describe('what may be repeated', () => {
  test.each<[keyof typeof outcomes, string | undefined, string | undefined]>([
    // outcome, reason when not idempotent, reason when idempotent
    ['ok', undefined, undefined],
    ['functionError', undefined, 'function_error'],
    ['throttled', 'throttled', 'throttled'],
    ['disabled', undefined, undefined],
    ['serviceError', 'service_error', 'service_error'],
    ['badGateway', 'service_error', 'service_error'],
    ['unavailable', undefined, 'service_error'],
    ['noSuchFunction', undefined, undefined],
    ['rejected', undefined, undefined],
    ['garbage', undefined, 'invalid_answer'],
    ['notSent', 'unreachable', 'unreachable'],
    ['reset', undefined, 'unreachable'],
    ['timeout', undefined, undefined],
    ['abandoned', undefined, undefined],
    ['refused', undefined, undefined],
  ])('%s: not idempotent %s, idempotent %s', (name, once, idempotent) => {
    expect(reasonToRepeat(callOf(), outcomes[name])).toBe(once);
    expect(reasonToRepeat(callOf({ target: targetOf({ idempotent: true }) }), outcomes[name])).toBe(idempotent);
  });

  test('what carries marks of an execution is repeated only when the function is idempotent', () => {
    for (const outcome of [
      { ...outcomes.serviceError, ran: true },
      { ...outcomes.throttled, ran: true },
    ]) {
      expect(reasonToRepeat(callOf(), outcome)).toBeUndefined();
      expect(reasonToRepeat(callOf({ target: targetOf({ idempotent: true }) }), outcome)).toBeDefined();
    }
  });

  test('a status that `retry.on` leaves out is not repeated', () => {
    const only = (status: 429 | 500) => targetOf({ idempotent: true, retry: { ...targetOf().retry, on: [status] } });
    expect(reasonToRepeat(callOf({ target: only(500) }), outcomes.throttled)).toBeUndefined();
    expect(reasonToRepeat(callOf({ target: only(429) }), outcomes.serviceError)).toBeUndefined();
    expect(reasonToRepeat(callOf({ target: only(429) }), outcomes.functionError)).toBeUndefined();
    expect(reasonToRepeat(callOf({ target: only(429) }), outcomes.garbage)).toBeUndefined();
    expect(reasonToRepeat(callOf({ target: only(429) }), outcomes.notSent)).toBe('unreachable');
  });
});

describe('a call', () => {
  test('that succeeds is made once', async () => {
    const upstream = scripted([outcomes.ok]);
    expect(await upstream.run()).toBe(outcomes.ok);
    expect(upstream.attempts()).toBe(1);
  });

  test('is repeated until it succeeds, and each repeat is reported with its reason', async () => {
    const upstream = scripted([outcomes.throttled, outcomes.serviceError, outcomes.ok]);
    expect(await upstream.run()).toBe(outcomes.ok);
    expect(upstream.reasons).toEqual(['throttled', 'service_error']);
  });

  test('is tried no more often than `attempts` says, and ends with the last outcome', async () => {
    const upstream = scripted([outcomes.serviceError, outcomes.throttled, outcomes.badGateway, outcomes.ok]);
    expect(await upstream.run()).toBe(outcomes.badGateway);
    expect(upstream.attempts()).toBe(3);
  });

  test('waits exponentially longer, up to the maximum', async () => {
    const target = targetOf({ retry: { ...targetOf().retry, attempts: 5, backoff: { baseMs: 100, maxMs: 500 } } });
    const upstream = scripted(Array(5).fill(outcomes.throttled));
    await upstream.run(target);
    expect(upstream.clock.sleptMs).toEqual([100, 200, 400, 500]);
  });

  test('never waits shorter than `Retry-After`', async () => {
    const upstream = scripted([{ ...outcomes.throttled, retryAfterMs: 1_500 }, outcomes.ok], { random: () => 0 });
    await upstream.run();
    expect(upstream.clock.sleptMs).toEqual([1_500]);
  });

  test('that would wait beyond its deadline is answered at once', async () => {
    const throttled = { ...outcomes.throttled, retryAfterMs: 30_000 };
    const upstream = scripted([throttled, outcomes.ok]);
    expect(await upstream.run()).toBe(throttled);
    expect(upstream.clock.sleptMs).toEqual([]);
    expect(upstream.withheld).toEqual(['deadline']);
  });

  test('is not repeated when the budget is spent', async () => {
    const budget = { ratio: 0, minPerSecond: 0 };
    const upstream = scripted([outcomes.throttled, outcomes.ok]);
    expect(await upstream.run(targetOf({ retry: { ...targetOf().retry, budget } }))).toBe(outcomes.throttled);
    expect(upstream.withheld).toEqual(['budget']);
  });

  test('that another Runway sent is not repeated: that one does', async () => {
    const upstream = scripted([outcomes.throttled, outcomes.ok]);
    expect(await upstream.run(targetOf(), undefined, { relayed: true })).toBe(outcomes.throttled);
    expect(upstream.withheld).toEqual(['relayed']);
  });

  test('whose circuit opens while it is repeated ends with the last real outcome', async () => {
    const upstream = scripted([outcomes.serviceError, outcomes.refused]);
    expect(await upstream.run()).toBe(outcomes.serviceError);
    expect(upstream.reasons).toEqual([]);
  });

  test('whose caller leaves while it waits is not repeated', async () => {
    const clock = new FakeClock();
    const upstream = scripted([outcomes.throttled, outcomes.ok], { clock });
    const caller = new AbortController();
    const work = upstream.run(targetOf(), caller.signal);
    caller.abort('caller_left');
    expect(await work).toEqual({ kind: 'abandoned' });
    expect(upstream.attempts()).toBe(1);
  });
});

test('backoff lies between `Retry-After` and the exponential ceiling, for any policy and any chance', () => {
  const policy = fc.record({
    attempts: fc.integer({ min: 1, max: 10 }),
    on: fc.constant<RetryPolicy['on']>([429]),
    budget: fc.constant({ ratio: 0.1, minPerSecond: 3 }),
    backoff: fc.record({ baseMs: fc.integer({ min: 1, max: 5_000 }), maxMs: fc.integer({ min: 1, max: 60_000 }) }),
  });
  const chance = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
  const asked = fc.option(fc.integer({ min: 0, max: 90_000 }), { nil: undefined });
  fc.assert(
    fc.property(policy, fc.integer({ min: 1, max: 9 }), asked, chance, (retry, repeat, retryAfterMs, random) => {
      const waitMs = backoffMs(retry, repeat, { ...outcomes.throttled, retryAfterMs }, () => random);
      const ceilingMs = Math.min(retry.backoff.maxMs, retry.backoff.baseMs * 2 ** (repeat - 1));
      expect(waitMs).toBeGreaterThanOrEqual(retryAfterMs ?? 0);
      expect(waitMs).toBeLessThanOrEqual(Math.max(retryAfterMs ?? 0, ceilingMs));
    }),
  );
});
