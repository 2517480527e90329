import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Invoke, Outcome } from '../../src/call.ts';
import { systemClock } from '../../src/clock.ts';
import { withDeadline } from '../../src/resilience/deadline.ts';
import type { Signal } from '../../src/signal.ts';
import { callOf, outcomes } from '../support/calls.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Work that settles only when it is told to, or as it is aborted. */
function held() {
  const seen: { signal?: Signal; settle?: (outcome: Outcome) => void } = {};
  const invoke: Invoke = (_call, signal) =>
    new Promise((resolve) => {
      seen.signal = signal;
      seen.settle = resolve;
    });
  return { seen, invoke };
}

const inOneSecond = () => callOf({ deadlineAtMs: systemClock.nowMs() + 1_000 });

describe('a deadline', () => {
  test('lets what is in time through, and leaves no timer and no listener behind', async () => {
    const caller = new AbortController();
    const remove = vi.spyOn(caller.signal, 'removeEventListener');
    const done = withDeadline(systemClock)(async () => outcomes.ok)(inOneSecond(), caller.signal);
    expect(await done).toBe(outcomes.ok);
    expect(vi.getTimerCount()).toBe(0);
    expect(remove).toHaveBeenCalledOnce();
  });

  test('ends a call whose time is up, and aborts what is below', async () => {
    const { seen, invoke } = held();
    const done = withDeadline(systemClock)(invoke)(inOneSecond(), new AbortController().signal);
    await vi.advanceTimersByTimeAsync(999);
    expect(seen.signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(2);
    expect(seen.signal?.reason).toBe('deadline');
    expect(await done).toEqual({ kind: 'timeout', sent: true });
  });

  test('takes the word of what is below for how far the call came', async () => {
    const { seen, invoke } = held();
    const done = withDeadline(systemClock)(invoke)(inOneSecond(), new AbortController().signal);
    vi.advanceTimersByTime(1_000);
    seen.settle?.({ kind: 'timeout', sent: false });
    expect(await done).toEqual({ kind: 'timeout', sent: false });
  });

  test('passes on that the caller has left', async () => {
    const { seen, invoke } = held();
    const caller = new AbortController();
    const done = withDeadline(systemClock)(invoke)(inOneSecond(), caller.signal);
    caller.abort('caller_left');
    expect(seen.signal?.reason).toBe('caller_left');
    await vi.advanceTimersByTimeAsync(1);
    expect(await done).toEqual({ kind: 'abandoned' });
  });

  test('that has passed starts nothing', async () => {
    const { seen, invoke } = held();
    const late = callOf({ deadlineAtMs: systemClock.nowMs() });
    expect(await withDeadline(systemClock)(invoke)(late, new AbortController().signal)).toEqual({ kind: 'timeout', sent: false });
    expect(seen.signal).toBeUndefined();
  });

  test('starts nothing for a caller who has left already', async () => {
    const { seen, invoke } = held();
    expect(await withDeadline(systemClock)(invoke)(inOneSecond(), AbortSignal.abort('caller_left'))).toEqual({ kind: 'abandoned' });
    expect(seen.signal).toBeUndefined();
  });

  test('hands a fault below on and leaves no timer behind', async () => {
    const fault = new Error('fault');
    const done = withDeadline(systemClock)(() => Promise.reject(fault))(inOneSecond(), new AbortController().signal);
    await expect(done).rejects.toBe(fault);
    expect(vi.getTimerCount()).toBe(0);
  });
});
