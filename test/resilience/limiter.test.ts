import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { Account } from '../../src/resilience/account.ts';
import type { Caller, Turn } from '../../src/resilience/lane.ts';
import { Limiter } from '../../src/resilience/limiter.ts';
import { placesAreSharedFairly } from './fairness-model.ts';
import { limitersAgreeWithTheirModel } from './limiter-model.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function limiterOf({ limit = 1, queue = 10, queueTimeoutMs = 1_000, account = new Account(100) } = {}) {
  return new Limiter({ clock: systemClock, limit, queue, queueTimeoutMs, account });
}

const unsignalled = new AbortController().signal;
const anybody: Caller = { consumer: 'anybody', priority: 'normal' };
const somebody: Caller = { consumer: 'somebody', priority: 'normal' };
const urgent: Caller = { consumer: 'urgent', priority: 'high' };
const batch: Caller = { consumer: 'batch', priority: 'low' };

/** Lets this many wait, and notes who got which turn, in the order of it. */
function waiters(limiter: Limiter, names: string, caller = anybody, seen: string[] = []): string[] {
  for (const name of names) void limiter.wait(caller, unsignalled).then((turn: Turn) => seen.push(`${name} ${turn}`));
  return seen;
}

/** So many calls of this consumer, all in flight but those that wait. */
function flood(limiter: Limiter, calls: number, caller = anybody, seen: string[] = []): string[] {
  for (let i = 0; i < calls; i++) if (!limiter.tryTake()) waiters(limiter, 'f', caller, seen);
  return seen;
}

/** Who is served when so many calls end, one after the other. */
async function served(limiter: Limiter, calls: number, seen: string[]): Promise<string> {
  const from = seen.length;
  for (let i = 0; i < calls; i++) limiter.release();
  await settled();
  return seen
    .slice(from)
    .map((turn) => turn.replace(' taken', ''))
    .join('');
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
    expect(await limiter.wait(anybody, unsignalled)).toBe('full');
  });

  test('ends each wait when its time is up, not before and not after', async () => {
    const limiter = limiterOf();
    limiter.tryTake();
    const seen = waiters(limiter, 'a');
    await vi.advanceTimersByTimeAsync(400);
    void limiter.wait(anybody, unsignalled).then((turn) => seen.push(`b ${turn}`));
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
    const waits = Array.from({ length: 1_000 }, () => limiter.wait(anybody, leaving.signal));
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
    const taken = limiter.wait(anybody, caller.signal);
    limiter.release();
    expect(await taken).toBe('taken');
    const late = limiter.wait(anybody, caller.signal);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await late).toBe('late');
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
  });

  test('does not let somebody wait who has left already', async () => {
    const limiter = limiterOf();
    limiter.tryTake();
    expect(await limiter.wait(anybody, AbortSignal.abort('caller_left'))).toBe('left');
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
    const left = one.wait(anybody, caller.signal);
    const seen = waiters(other, 'a');
    caller.abort('caller_left');
    one.release();
    expect(await left).toBe('left');
    await settled();
    expect(seen).toEqual(['a taken']);
    expect(account.inFlight).toBe(1);
  });
});

describe('places that are scarce', () => {
  const scarcities = [
    { what: 'of the function', limit: 1, max: 100 },
    { what: 'of the account', limit: 100, max: 1 },
    { what: 'of both', limit: 1, max: 1 },
  ];

  test.each(scarcities)(
    '$what go to a quiet consumer as soon as one comes free, however many calls of another wait',
    async ({ limit, max }) => {
      const limiter = limiterOf({ limit, queue: 100, account: new Account(max) });
      const seen = flood(limiter, 50);
      await served(limiter, 3, seen);
      waiters(limiter, 'q', somebody, seen);
      expect(await served(limiter, 2, seen)).toBe('qf');
    },
  );

  test('all go to the only one there is', async () => {
    const limiter = limiterOf({ limit: 5, queue: 100 });
    const seen = flood(limiter, 50, batch);
    expect(await served(limiter, 45, seen)).toBe('f'.repeat(45));
    expect(limiter.inFlight).toBe(5);
  });

  test('of an account are shared over all its functions: who waits for many gets no more than who waits for one', async () => {
    const account = new Account(1);
    const [one, two, three] = [limiterOf({ account }), limiterOf({ account }), limiterOf({ account })];
    const limiters = [one, two, three];
    one.tryTake();
    const seen: string[] = [];
    waiters(one, 'xxxx', somebody, seen);
    waiters(one, 'aaaa', anybody, seen);
    waiters(two, 'bbbb', anybody, seen);
    waiters(three, 'cccc', anybody, seen);
    for (let i = 0; i < 8; i++) {
      limiters.find(({ inFlight }) => inFlight > 0)!.release();
      await settled();
    }
    expect(seen.map(([name]) => name).join('')).toBe('xaxbxcxa');
  });

  test('of one function do not depend on what a consumer uses of others', async () => {
    const account = new Account(10);
    const [shared, own] = [limiterOf({ limit: 1, account }), limiterOf({ limit: 8, queue: 100, account })];
    shared.tryTake();
    flood(own, 50, anybody);
    for (let i = 0; i < 20; i++) own.release();
    const seen = waiters(shared, 'aaaa', anybody);
    waiters(shared, 'bbbb', somebody, seen);
    const order = await served(shared, 6, seen);
    expect([...order].sort().join('')).toBe('aaabbb');
  });

  test('are shared by the time they are held: slow calls cost more than quick ones', async () => {
    const account = new Account(1);
    const [slow, quick] = [limiterOf({ queue: 100, account }), limiterOf({ queue: 100, account })];
    for (const [limiter, heldMs] of [
      [slow, 1_000],
      [quick, 100],
    ] as const) {
      limiter.tryTake();
      limiter.release(heldMs);
    }
    slow.tryTake();
    const seen = waiters(slow, 's'.repeat(50), anybody);
    waiters(quick, 'q'.repeat(50), somebody, seen);
    for (let i = 0; i < 22; i++) {
      if (slow.inFlight > 0) slow.release(1_000);
      else quick.release(100);
    }
    await settled();
    expect(seen.map(([name]) => name).join('')).toBe(`s${'q'.repeat(10)}s${'q'.repeat(10)}`);
  });

  test('do not come sooner to who waits with one call at a time', async () => {
    const limiter = limiterOf({ queue: 100 });
    const seen = flood(limiter, 50, urgent);
    waiters(limiter, 'l', batch, seen);
    let order = '';
    for (let i = 0; i < 20; i++) {
      const name = await served(limiter, 1, seen);
      order += name;
      if (name === 'l') waiters(limiter, 'l', batch, seen);
    }
    expect(order.replaceAll('f', '').length).toBeLessThanOrEqual(5);
    expect(order).toContain('l');
  });

  test('leave nothing behind when nobody waits any more', async () => {
    const limiter = limiterOf({ limit: 2, queue: 1_000 });
    flood(limiter, 2);
    for (let i = 0; i < 1_000; i++) waiters(limiter, 'a', { consumer: `consumer-${i}`, priority: 'low' });
    expect([limiter.consumers, limiter.account.consumers]).toEqual([1_000, 1_000]);
    for (let i = 0; i < 1_000; i++) limiter.release();
    expect([limiter.consumers, limiter.account.consumers]).toEqual([0, 0]);
  });

  test('leave little behind of consumers who came and went while others wait', async () => {
    const limiter = limiterOf({ queue: 10, queueTimeoutMs: 60_000 });
    flood(limiter, 9, urgent);
    for (let i = 0; i < 1_000; i++) {
      waiters(limiter, 'a', { consumer: `consumer-${i}`, priority: 'low' });
      for (let calls = 0; calls < 4; calls++) {
        limiter.release();
        waiters(limiter, 'f', urgent);
      }
      waiters(limiter, 'f', urgent);
      limiter.release();
    }
    expect(limiter.consumers).toBeLessThanOrEqual(10);
    expect(limiter.account.consumers).toBeLessThanOrEqual(10);
  });
});

describe('a queue that is full', () => {
  test('takes a call of a consumer with less than its share, and the newest of who has most goes', async () => {
    const limiter = limiterOf({ queue: 4 });
    limiter.tryTake();
    const seen = waiters(limiter, 'abcd');
    waiters(limiter, 'q', somebody, seen);
    await settled();
    expect(seen).toEqual(['d displaced']);
    expect(limiter.queued).toBe(4);
    expect(await served(limiter, 4, seen)).toBe('aqbc');
  });

  test('is shared equally by consumers of the same priority, and a call does not push out only to be pushed out', async () => {
    const limiter = limiterOf({ queue: 4 });
    limiter.tryTake();
    const seen = waiters(limiter, 'abcd');
    waiters(limiter, 'pqrs', somebody, seen);
    waiters(limiter, 'ef', anybody, seen);
    await settled();
    expect(new Set(seen)).toEqual(new Set(['c displaced', 'd displaced', 'e full', 'f full', 'r full', 's full']));
  });

  test.each([
    { held: batch, comes: urgent, turn: 'a displaced' },
    { held: batch, comes: anybody, turn: 'a displaced' },
    { held: anybody, comes: urgent, turn: 'a displaced' },
    { held: anybody, comes: batch, turn: 'z full' },
    { held: urgent, comes: anybody, turn: 'z full' },
    { held: anybody, comes: somebody, turn: 'z full' },
  ])('of $held.priority priority says "$turn" to one of $comes.priority', async ({ held, comes, turn }) => {
    const limiter = limiterOf({ queue: 1 });
    limiter.tryTake();
    const seen = waiters(limiter, 'a', held);
    waiters(limiter, 'z', comes, seen);
    await settled();
    expect(seen).toEqual([turn]);
  });

  test('is not filled for one of low priority by a flood of high', async () => {
    const limiter = limiterOf({ queue: 100 });
    const seen = flood(limiter, 500, urgent);
    const own = waiters(limiter, 'l', batch);
    flood(limiter, 500, urgent, seen);
    await settled();
    expect(own).toEqual([]);
    expect(limiter.queued).toBe(100);
  });

  test('lets go of the signal and the timer of who has to go', async () => {
    const caller = new AbortController();
    const limiter = limiterOf({ queue: 1 });
    limiter.tryTake();
    const turn = limiter.wait(batch, caller.signal);
    void limiter.wait(urgent, unsignalled);
    expect(await turn).toBe('displaced');
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
    expect(vi.getTimerCount()).toBe(1);
  });
});

describe('any interleaving', () => {
  beforeEach(() => void vi.useRealTimers());

  test('agrees with a plain model: limits hold, no place is idle while somebody waits, each wait ends once', () =>
    limitersAgreeWithTheirModel(1_000));

  test('gives two consumers with calls waiting what their weights say, but for one call of each', () => placesAreSharedFairly(1_000));
});
