import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { BreakerPolicy, Call, Ending, Outcome } from '../../src/call.ts';
import { Breakers } from '../../src/resilience/breaker.ts';
import { callOf, outcomes, targetOf } from '../support/calls.ts';
import { FakeClock } from '../support/clock.ts';
import { breakerAgreesWithItsModel } from './breaker-model.ts';

const settings: BreakerPolicy = { failureRatio: 0.5, minimumRequests: 4, windowMs: 10_000, openForMs: 6_000, slowCalls: undefined };

/** A function behind its circuit. With random at 0 there is no jitter, and everybody is let through while traffic comes back. */
function circuit(over: Partial<BreakerPolicy> = {}) {
  const clock = new FakeClock();
  const chance = { value: 0 };
  const changes: string[] = [];
  const target = targetOf({ breaker: { ...settings, ...over } });
  const other = targetOf({ name: 'other', breaker: target.breaker });
  const breakers = new Breakers({
    clock,
    random: () => chance.value,
    onChange: ({ name }, { state, reason }) => changes.push(`${name}: ${state}, ${reason}`),
    targets: [target, other],
  });
  let sent = 0;
  const start = (of = target) => {
    const { promise, resolve: answer, reject: fail } = Promise.withResolvers<Outcome>();
    const call: Call = callOf({ target: of });
    const caller = new AbortController();
    const before = sent;
    const send = breakers.policy(() => {
      sent++;
      return promise;
    });
    const over = send(call, caller.signal);
    return { call, answer, fail, leave: (why: Ending = 'caller_left') => caller.abort(why), over, letThrough: sent > before };
  };
  const run = (outcome: Outcome, of = target) => {
    const { answer, over } = start(of);
    answer(outcome);
    return over;
  };
  const repeat = async (times: number, outcome: Outcome) => {
    for (let i = 0; i < times; i++) await run(outcome);
  };
  /** Lets the circuit open and its time pass. */
  const openAndWait = async () => {
    await repeat(4, outcomes.reset);
    await clock.advance(6_000);
  };
  return { start, run, repeat, openAndWait, breakers, clock, chance, changes, target, other, sent: () => sent };
}

const refused = { kind: 'refused', problem: { code: 'circuit_open' } };
const refusedFor = (retryAfterMs: number) => ({ kind: 'refused', problem: { code: 'circuit_open', retryAfterMs } });

describe('a closed circuit', () => {
  test('lets every outcome through unchanged', async () => {
    const { run } = circuit({ minimumRequests: 100 });
    for (const outcome of Object.values(outcomes)) expect(await run(outcome)).toBe(outcome);
  });

  test('gives no verdict below the minimum of requests', async () => {
    const { run, repeat } = circuit();
    await repeat(3, outcomes.serviceError);
    expect(await run(outcomes.ok)).toBe(outcomes.ok);
  });

  test('opens when failures ÷ requests reaches the ratio, not only above it', async () => {
    const { run, repeat, changes } = circuit({ minimumRequests: 4, failureRatio: 0.5 });
    await repeat(2, outcomes.ok);
    await repeat(2, outcomes.reset);
    expect(await run(outcomes.ok)).toMatchObject(refused);
    expect(changes).toEqual(['hello: open, failure_ratio']);
  });

  test('stays closed below the ratio, however many calls there are', async () => {
    const { repeat, changes } = circuit({ failureRatio: 0.5 });
    for (let i = 0; i < 100; i++) {
      await repeat(2, outcomes.ok);
      await repeat(1, outcomes.reset);
    }
    expect(changes).toEqual([]);
  });

  test('opens at a ratio of 1 when everything fails', async () => {
    const { run, repeat } = circuit({ failureRatio: 1 });
    await repeat(4, outcomes.reset);
    expect(await run(outcomes.ok)).toMatchObject(refused);
  });

  test.each(['throttled', 'disabled', 'functionError', 'noSuchFunction', 'rejected', 'abandoned', 'refused'] as const)(
    'counts %s as nothing: neither failure nor request',
    async (name) => {
      const { repeat, changes } = circuit({ minimumRequests: 4, failureRatio: 0.75 });
      await repeat(3, outcomes.reset);
      await repeat(20, outcomes[name]);
      expect(changes).toEqual([]);
      await repeat(1, outcomes.ok);
      expect(changes).toEqual(['hello: open, failure_ratio']);
    },
  );

  test('forgets failures when they leave the window', async () => {
    const { repeat, clock, changes } = circuit();
    await repeat(3, outcomes.reset);
    await clock.advance(10_000);
    await repeat(3, outcomes.reset);
    expect(changes).toEqual([]);
  });

  test('counts over a window that slides: failures a little less than its length apart are in one', async () => {
    const { repeat, clock, changes } = circuit();
    await clock.advance(9_500);
    await repeat(2, outcomes.reset);
    await clock.advance(8_900);
    await repeat(2, outcomes.reset);
    expect(changes).toEqual(['hello: open, failure_ratio']);
  });

  test('opens for a burst of timeouts that take longer than the window', async () => {
    const { start, clock, changes } = circuit({ windowMs: 10_000 });
    const burst = Array.from({ length: 4 }, () => start());
    await clock.advance(30_000);
    for (const { answer, over } of burst) {
      answer(outcomes.timeout);
      await over;
    }
    expect(changes).toEqual(['hello: open, failure_ratio']);
  });

  test('is not opened by callers who wait for less than the time of the function', async () => {
    const { breakers, target, changes } = circuit({ minimumRequests: 1 });
    const impatient = callOf({ target, deadlineAtMs: target.timeoutMs - 1 });
    const send = breakers.policy(async () => outcomes.timeout);
    const { signal } = new AbortController();
    for (let call = 0; call < 50; call++) expect(await send(impatient, signal)).toBe(outcomes.timeout);
    expect(changes).toEqual([]);
    await send(callOf({ target }), signal);
    expect(changes).toEqual(['hello: open, failure_ratio']);
  });

  test('of one function leaves the others alone', async () => {
    const { run, repeat, other } = circuit();
    await repeat(4, outcomes.reset);
    expect(await run(outcomes.ok, other)).toBe(outcomes.ok);
  });

  test('a fault of our own crosses the circuit as it is, and is nobody’s failure', async () => {
    const { start, changes } = circuit({ minimumRequests: 1 });
    const fault = new Error('fault');
    const { fail, over } = start();
    fail(fault);
    await expect(over).rejects.toBe(fault);
    expect(changes).toEqual([]);
  });
});

describe('the outlook', () => {
  test('is what becomes of the next attempt, and asking changes nothing', async () => {
    const { breakers, start, repeat, clock, chance, changes, sent } = circuit();
    const outlook = () => breakers.outlookOf('hello');
    expect(outlook()).toEqual({ kind: 'passes', share: 1 });
    await repeat(4, outcomes.reset);
    expect(outlook()).toMatchObject({ kind: 'refused', problem: { code: 'circuit_open', retryAfterMs: 6_000 } });
    await clock.advance(6_000);
    const before = [sent(), changes.length];
    expect([outlook(), outlook()]).toEqual([{ kind: 'probes' }, { kind: 'probes' }]);
    expect([sent(), changes.length]).toEqual(before);
    const probe = start();
    expect(probe.letThrough).toBe(true);
    expect(outlook()).toMatchObject({ kind: 'refused', problem: { detail: expect.stringContaining('half-open') } });
    probe.answer(outcomes.ok);
    await probe.over;
    expect(outlook()).toEqual({ kind: 'passes', share: 0.1 });
    chance.value = 0.5;
    expect(start().letThrough).toBe(false);
    await clock.advance(2_000);
    expect(outlook()).toEqual({ kind: 'passes', share: 1 });
  });

  test('of a circuit that is held open is a refusal, and of one that was never called that it passes', () => {
    const { breakers } = circuit();
    breakers.force('hello', 'open');
    expect(breakers.outlookOf('hello')).toMatchObject({ kind: 'refused', problem: { detail: expect.stringContaining('an operator') } });
    expect(breakers.outlookOf('other')).toEqual({ kind: 'passes', share: 1 });
  });
});

describe('slow calls', () => {
  const slowCalls = { afterMs: 1_000, ratio: 0.5 };
  async function take(ms: number, outcome: Outcome, { start, clock }: ReturnType<typeof circuit>, queuedMs = 0) {
    const { call, answer, over } = start();
    await clock.advance(ms);
    call.tally.queuedMs += queuedMs;
    answer(outcome);
    return over;
  }

  test('open the circuit when their share reaches the ratio, though they succeed', async () => {
    const it = circuit({ slowCalls });
    for (const ms of [1_001, 1_000, 1_001, 1_000]) await take(ms, outcomes.ok, it);
    expect(it.changes).toEqual(['hello: open, slow_ratio']);
  });

  test('are nothing when no bound is set', async () => {
    const it = circuit({ slowCalls: undefined });
    for (let i = 0; i < 6; i++) await take(1_500, outcomes.ok, it);
    expect(it.changes).toEqual([]);
  });

  test('are told by the time of the upstream, without that in the queue for a place', async () => {
    const it = circuit({ slowCalls });
    for (let i = 0; i < 6; i++) await take(1_500, outcomes.ok, it, 600);
    expect(it.changes).toEqual([]);
  });

  test('a probe that is slow is a failed one', async () => {
    const it = circuit({ slowCalls });
    await it.openAndWait();
    await take(1_500, outcomes.ok, it);
    expect(it.changes.at(-1)).toBe('hello: open, probe_failed');
  });
});

describe('an open circuit', () => {
  test('refuses without a call upstream and says when the next one is let through', async () => {
    const { run, repeat, clock, sent } = circuit();
    await repeat(4, outcomes.reset);
    await clock.advance(2_000);
    expect(await run(outcomes.ok)).toMatchObject(refusedFor(4_000));
    expect(sent()).toBe(4);
  });

  test('is not moved by calls from before, good or bad', async () => {
    const { start, repeat, clock, changes } = circuit();
    const [early, late] = [start(), start()];
    await repeat(4, outcomes.reset);
    early.answer(outcomes.ok);
    await early.over;
    await clock.advance(6_000);
    const probe = start();
    late.answer(outcomes.reset);
    await late.over;
    expect(changes).toEqual(['hello: open, failure_ratio', 'hello: half-open, time_passed']);
    probe.answer(outcomes.ok);
    await probe.over;
    expect(changes.at(-1)).toBe('hello: closed, probe_succeeded');
  });

  test('stays open a little shorter by chance, so that many do not probe at one moment', async () => {
    const { run, repeat, chance } = circuit();
    chance.value = 0.5;
    await repeat(4, outcomes.reset);
    expect(await run(outcomes.ok)).toMatchObject(refusedFor(5_700));
  });

  test('stays open twice as long each time its probe fails, up to ten times', async () => {
    const { run, repeat, clock } = circuit({ openForMs: 1_000 });
    await repeat(4, outcomes.reset);
    for (const openMs of [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]) {
      expect(await run(outcomes.reset)).toMatchObject(refusedFor(openMs));
      await clock.advance(openMs);
      expect(await run(outcomes.reset)).toBe(outcomes.reset);
    }
  });

  test('stays open longer when it has opened again soon after it closed, and not after a good spell', async () => {
    const { run, repeat, clock, openAndWait } = circuit();
    await openAndWait();
    await run(outcomes.ok);
    await repeat(4, outcomes.reset);
    expect(await run(outcomes.ok)).toMatchObject(refusedFor(12_000));
    await clock.advance(12_000);
    await run(outcomes.ok);
    await clock.advance(15_000);
    await repeat(4, outcomes.reset);
    expect(await run(outcomes.ok)).toMatchObject(refusedFor(6_000));
  });
});

describe('a half-open circuit', () => {
  test('lets exactly one probe through, refuses the others, and closes when it succeeds', async () => {
    const { start, run, openAndWait, changes, sent } = circuit();
    await openAndWait();
    const probe = start();
    for (let i = 0; i < 10; i++) expect(await run(outcomes.ok)).toMatchObject(refusedFor(1_000));
    expect(sent()).toBe(5);
    probe.answer(outcomes.ok);
    expect(await probe.over).toBe(outcomes.ok);
    expect(await run(outcomes.ok)).toBe(outcomes.ok);
    expect(changes).toEqual(['hello: open, failure_ratio', 'hello: half-open, time_passed', 'hello: closed, probe_succeeded']);
  });

  test.each(['reset', 'timeout', 'unavailable', 'garbage'] as const)('opens again when the probe ends as %s', async (end) => {
    const { run, openAndWait, changes } = circuit();
    await openAndWait();
    expect(await run(outcomes[end])).toBe(outcomes[end]);
    expect(await run(outcomes.ok)).toMatchObject(refused);
    expect(changes.at(-1)).toBe('hello: open, probe_failed');
  });

  test.each(['functionError', 'noSuchFunction', 'disabled', 'rejected'] as const)(
    'closes when the probe ends as %s: FunctionGraph works',
    async (end) => {
      const { run, openAndWait, changes } = circuit();
      await openAndWait();
      await run(outcomes[end]);
      expect(changes.at(-1)).toBe('hello: closed, probe_succeeded');
    },
  );

  test.each(['throttled', 'refused', 'abandoned'] as const)(
    'a probe that ends as %s tells nothing: the next call is the probe',
    async (end) => {
      const { start, run, openAndWait, changes } = circuit();
      await openAndWait();
      await run(outcomes[end]);
      const [next, third] = [start(), start()];
      expect([next.letThrough, third.letThrough]).toEqual([true, false]);
      expect(changes.at(-1)).toBe('hello: half-open, time_passed');
      next.answer(outcomes.ok);
      await next.over;
      expect(changes.at(-1)).toBe('hello: closed, probe_succeeded');
    },
  );

  test('a probe that ends in a fault of our own leaves its place to the next call', async () => {
    const { start, openAndWait } = circuit();
    await openAndWait();
    const probe = start();
    probe.fail(new Error('fault'));
    await expect(probe.over).rejects.toThrow('fault');
    expect(start().letThrough).toBe(true);
  });

  test('a probe whose caller leaves is over, even if the upstream hangs, and leaves its place to the next call', async () => {
    const { start, openAndWait } = circuit();
    await openAndWait();
    const probe = start();
    probe.leave();
    expect(await probe.over).toEqual(outcomes.abandoned);
    expect(start().letThrough).toBe(true);
  });

  test('a probe whose time is up has failed, even if the upstream hangs', async () => {
    const { start, openAndWait, changes } = circuit();
    await openAndWait();
    const probe = start();
    probe.leave('deadline');
    expect(await probe.over).toEqual(outcomes.timeout);
    expect(changes.at(-1)).toBe('hello: open, probe_failed');
  });

  test('what is below says first how a probe has ended', async () => {
    const { start, openAndWait, changes } = circuit();
    await openAndWait();
    const probe = start();
    probe.leave();
    probe.answer(outcomes.ok);
    expect(await probe.over).toBe(outcomes.ok);
    await turnOfTheLoop();
    expect(changes.at(-1)).toBe('hello: closed, probe_succeeded');
  });
});

describe('a circuit that has closed', () => {
  /** The share let through now, of a hundred calls with evenly spread luck. */
  async function shareOf({ chance, run }: ReturnType<typeof circuit>): Promise<number> {
    let letThrough = 0;
    for (let i = 0; i < 100; i++) {
      chance.value = i / 100;
      if ((await run(outcomes.ok)).kind === 'ok') letThrough++;
    }
    chance.value = 0;
    return letThrough;
  }

  test('lets 10, 25 and 50 % through, then all, in thirds of its open time, 2 s at most', async () => {
    for (const [openForMs, thirdMs] of [
      [1_500, 500],
      [60_000, 2_000 / 3],
    ] as const) {
      const it = circuit({ openForMs });
      await it.repeat(4, outcomes.reset);
      await it.clock.advance(openForMs);
      await it.run(outcomes.ok);
      const shares: number[] = [];
      for (let third = 0; third < 4; third++) {
        shares.push(await shareOf(it));
        await it.clock.advance(thirdMs + 1);
      }
      expect(shares).toEqual([10, 25, 50, 100]);
    }
  });

  test('says to those it refuses when all are let through', async () => {
    const { run, openAndWait, chance, clock } = circuit();
    await openAndWait();
    await run(outcomes.ok);
    await clock.advance(500);
    chance.value = 0.9;
    expect(await run(outcomes.ok)).toMatchObject(refusedFor(1_500));
  });

  test('begins with an empty window', async () => {
    const { run, repeat, changes, openAndWait } = circuit({ windowMs: 60_000 });
    await openAndWait();
    await run(outcomes.ok);
    await repeat(3, outcomes.reset);
    expect(changes.at(-1)).toBe('hello: closed, probe_succeeded');
    await repeat(1, outcomes.reset);
    expect(changes.at(-1)).toBe('hello: open, failure_ratio');
  });

  test('does not count calls from before it opened', async () => {
    const { start, run, changes, openAndWait } = circuit();
    const early = Array.from({ length: 10 }, () => start());
    await openAndWait();
    await run(outcomes.ok);
    for (const { answer, over } of early) {
      answer(outcomes.timeout);
      await over;
    }
    expect(changes.at(-1)).toBe('hello: closed, probe_succeeded');
  });
});

describe('an operator', () => {
  test('holds a circuit open, though its time passes', async () => {
    const { start, breakers, clock, changes } = circuit();
    expect(breakers.force('hello', 'open')).toBe(true);
    await clock.advance(3_600_000);
    const { letThrough, over } = start();
    expect(letThrough).toBe(false);
    expect(await over).toMatchObject({ problem: { code: 'circuit_open', detail: expect.stringContaining('by an operator') } });
    expect(changes).toEqual(['hello: open, forced']);
  });

  test('holds a circuit closed, though everything fails', async () => {
    const { start, repeat, breakers } = circuit();
    await repeat(4, outcomes.reset);
    breakers.force('hello', 'closed');
    await repeat(100, outcomes.reset);
    expect(start().letThrough).toBe(true);
    expect(breakers.stateOf('hello')).toMatchObject({ state: 'closed', forced: true, reason: 'forced' });
  });

  test('releases a circuit that was held open to a probe, at once', async () => {
    const { start, run, breakers, changes } = circuit();
    breakers.force('hello', 'open');
    breakers.force('hello', 'auto');
    const probe = start();
    expect([probe.letThrough, start().letThrough]).toEqual([true, false]);
    probe.answer(outcomes.ok);
    await probe.over;
    expect(await run(outcomes.ok)).toBe(outcomes.ok);
    expect(changes).toEqual(['hello: open, forced', 'hello: half-open, released', 'hello: closed, probe_succeeded']);
  });

  test('releases a circuit that was held closed with an empty window and all of the traffic', async () => {
    const { start, repeat, breakers, chance, changes } = circuit();
    breakers.force('hello', 'closed');
    await repeat(10, outcomes.reset);
    breakers.force('hello', 'auto');
    chance.value = 0.99;
    expect(start().letThrough).toBe(true);
    await repeat(3, outcomes.reset);
    expect(changes).toEqual(['hello: closed, forced', 'hello: closed, released']);
    await repeat(1, outcomes.reset);
    expect(changes.at(-1)).toBe('hello: open, failure_ratio');
  });

  test('changes nothing by releasing what was not held', async () => {
    const { repeat, breakers, changes } = circuit();
    await repeat(4, outcomes.reset);
    expect(breakers.force('hello', 'auto')).toBe(true);
    expect(changes).toEqual(['hello: open, failure_ratio']);
  });

  test('forces no function that is not in the configuration', () => {
    const { breakers, changes } = circuit();
    expect(breakers.force('nobody', 'open')).toBe(false);
    expect(changes).toEqual([]);
  });

  test('sees every function of the configuration, called or not, and what its window holds', async () => {
    const { repeat, breakers } = circuit();
    await repeat(1, outcomes.ok);
    await repeat(2, outcomes.reset);
    const status = { state: 'closed', forced: false, reason: undefined };
    expect(breakers.list()).toEqual([
      { function: 'hello', ...status, counts: { requests: 3, failures: 2, slow: 0 } },
      { function: 'other', ...status, counts: { requests: 0, failures: 0, slow: 0 } },
    ]);
  });
});

test('no circuit holds a timer, open ones included', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { run, breakers } = circuit();
  for (let i = 0; i < 1_000; i++) await run(outcomes.reset, targetOf({ name: `fn-${i}`, breaker: { ...settings, minimumRequests: 1 } }));
  expect(breakers.stateOf('fn-999').state).toBe('open');
  expect(vi.getTimerCount()).toBe(0);
});

test('agrees with a plain model over any commands', () => breakerAgreesWithItsModel(1_000));
