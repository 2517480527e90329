import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { Account } from '../../src/resilience/account.ts';
import { Limiter, type Turn } from '../../src/resilience/limiter.ts';
import { limitersAgreeWithTheirModel } from './limiter-model.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function limiterOf({ limit = 1, queue = 10, queueTimeoutMs = 1_000, account = new Account(100) } = {}) {
  return new Limiter({ clock: systemClock, limit, queue, queueTimeoutMs, account });
}

const unsignalled = new AbortController().signal;

/** Lets this many wait, and notes who got which turn, in the order of it. */
function waiters(limiter: Limiter, names: string): string[] {
  const seen: string[] = [];
  for (const name of names) void limiter.wait(unsignalled).then((turn: Turn) => seen.push(`${name} ${turn}`));
  return seen;
}

const settled = () => vi.advanceTimersByTimeAsync(0);

describe('a limiter', () => {
  test('gives as many places as its limit, and no more', () => {
    const limiter = limiterOf({ limit: 3 });
    expect([1, 2, 3, 4].map(() => limiter.tryTake())).toEqual([true, true, true, false]);
    expect(limiter.inFlight).toBe(3);
  });

  test('gives a place that comes free to who waits, at once', async () => {
    const limiter = limiterOf();
    limiter.tryTake();
    const seen = waiters(limiter, 'a');
    limiter.release();
    expect(limiter).toMatchObject({ inFlight: 1, queued: 0 });
    expect(limiter.tryTake()).toBe(false);
    await settled();
    expect(seen).toEqual(['a taken']);
  });

  test('refuses at once when the queue is full', async () => {
    const limiter = limiterOf({ queue: 1 });
    limiter.tryTake();
    const seen = waiters(limiter, 'ab');
    await settled();
    expect(seen).toEqual(['b full']);
  });

  test('with no queue lets nobody wait', async () => {
    const limiter = limiterOf({ queue: 0 });
    limiter.tryTake();
    expect(await limiter.wait(unsignalled)).toBe('full');
  });

  test('ends each wait when its time is up, not before and not after', async () => {
    const limiter = limiterOf();
    limiter.tryTake();
    const seen = waiters(limiter, 'a');
    await vi.advanceTimersByTimeAsync(400);
    void limiter.wait(unsignalled).then((turn) => seen.push(`b ${turn}`));
    await vi.advanceTimersByTimeAsync(599);
    expect(seen).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(seen).toEqual(['a late']);
    await vi.advanceTimersByTimeAsync(400);
    expect(seen).toEqual(['a late', 'b late']);
  });

  test('needs one timer however many wait, and none when nobody does', async () => {
    const limiter = limiterOf({ queue: 1_000 });
    limiter.tryTake();
    const leaving = new AbortController();
    const waits = Array.from({ length: 1_000 }, () => limiter.wait(leaving.signal));
    expect(vi.getTimerCount()).toBe(1);
    leaving.abort('caller_left');
    expect(new Set(await Promise.all(waits))).toEqual(new Set(['left']));
    expect(vi.getTimerCount()).toBe(0);
    expect(limiter.queued).toBe(0);
  });

  test('lets go of the signal whatever comes of the wait', async () => {
    const caller = new AbortController();
    const limiter = limiterOf();
    limiter.tryTake();
    const taken = limiter.wait(caller.signal);
    limiter.release();
    expect(await taken).toBe('taken');
    const late = limiter.wait(caller.signal);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await late).toBe('late');
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
  });

  test('does not let somebody wait who has left already', async () => {
    const limiter = limiterOf();
    limiter.tryTake();
    expect(await limiter.wait(AbortSignal.abort('caller_left'))).toBe('left');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the queue', () => {
  test('serves the oldest first while places come free in time', async () => {
    const limiter = limiterOf();
    limiter.tryTake();
    const seen = waiters(limiter, 'abc');
    await vi.advanceTimersByTimeAsync(500);
    for (let i = 0; i < 3; i++) limiter.release();
    await settled();
    expect(seen).toEqual(['a taken', 'b taken', 'c taken']);
  });

  test('serves the newest first once the oldest has waited for half its time, so that the oldest are the ones who get none', async () => {
    const limiter = limiterOf();
    limiter.tryTake();
    const seen = waiters(limiter, 'abc');
    await vi.advanceTimersByTimeAsync(501);
    limiter.release();
    limiter.release();
    await vi.advanceTimersByTimeAsync(500);
    expect(seen).toEqual(['c taken', 'b taken', 'a late']);
  });

  test('is fair again when the rush is over', async () => {
    const limiter = limiterOf();
    limiter.tryTake();
    waiters(limiter, 'ab');
    await vi.advanceTimersByTimeAsync(1_000);
    const seen = waiters(limiter, 'cd');
    limiter.release();
    await settled();
    expect(seen).toEqual(['c taken']);
  });
});

describe('a limit that is changed', () => {
  test('lets those who wait start as soon as it is higher', async () => {
    const limiter = limiterOf();
    limiter.tryTake();
    const seen = waiters(limiter, 'abc');
    limiter.resize(3);
    await settled();
    expect(seen).toEqual(['a taken', 'b taken']);
    expect(limiter.inFlight).toBe(3);
  });

  test('lets the calls in flight end when it is lower, and starts none until there is room', () => {
    const limiter = limiterOf({ limit: 3 });
    for (let i = 0; i < 3; i++) limiter.tryTake();
    waiters(limiter, 'a');
    limiter.resize(1);
    expect(limiter.inFlight).toBe(3);
    limiter.release();
    limiter.release();
    expect(limiter).toMatchObject({ inFlight: 1, queued: 1 });
    limiter.release();
    expect(limiter).toMatchObject({ inFlight: 1, queued: 0 });
  });
});

describe('an account', () => {
  test('bounds what is in flight over all its functions', () => {
    const account = new Account(3);
    const [one, other] = [limiterOf({ limit: 2, account }), limiterOf({ limit: 2, account })];
    expect([one, one, one, other, other].map((limiter) => limiter.tryTake())).toEqual([true, true, false, true, false]);
    expect(account.inFlight).toBe(3);
  });

  test('serves functions that wait in turn: a busy one does not keep the others out', async () => {
    const account = new Account(1);
    const [busy, quiet] = [limiterOf({ limit: 50, account }), limiterOf({ limit: 50, account })];
    busy.tryTake();
    const seen = [waiters(busy, 'abcd'), waiters(quiet, 'z')];
    busy.release();
    await settled();
    expect(seen).toEqual([['a taken'], []]);
    busy.release();
    await settled();
    expect(seen).toEqual([['a taken'], ['z taken']]);
    quiet.release();
    await settled();
    expect(seen).toEqual([['a taken', 'b taken'], ['z taken']]);
  });

  test('is not held by a function whose waiting calls have left', async () => {
    const account = new Account(1);
    const [one, other] = [limiterOf({ account }), limiterOf({ account })];
    one.tryTake();
    const caller = new AbortController();
    const left = one.wait(caller.signal);
    const seen = waiters(other, 'a');
    caller.abort('caller_left');
    one.release();
    expect(await left).toBe('left');
    await settled();
    expect(seen).toEqual(['a taken']);
    expect(account.inFlight).toBe(1);
  });
});

describe('any interleaving', () => {
  beforeEach(() => void vi.useRealTimers());

  test('agrees with a plain model: limits hold, no place is idle while somebody waits, each wait ends once', () =>
    limitersAgreeWithTheirModel(1_000));
});
