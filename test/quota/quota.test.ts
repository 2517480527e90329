import { describe, expect, test } from 'vitest';
import { mbMsOf } from '../../src/call.ts';
import type { Consumer, Limit } from '../../src/consumer.ts';
import { Estimates } from '../../src/quota/estimates.ts';
import { openQuota } from '../../src/quota/open.ts';
import type { Admission } from '../../src/quota/quota.ts';
import { FakeClock } from '../support/clock.ts';
import { consumerOf, limitOf, pricing } from './accounts.ts';
import { limitsHold } from './quota-model.ts';

function open(limits: readonly Limit[], over: Partial<Consumer> = {}) {
  const clock = new FakeClock();
  const said: string[] = [];
  const { quota } = openQuota({
    remote: undefined,
    newToken: () => 'here',
    pricing,
    clock,
    onFault: () => undefined,
    onDecision: (of, limit, decision) => said.push(`${of.id} ${limit} ${decision}`),
    onWarn: (of, limit, usedShare) => said.push(`${of.id} ${limit.name} at ${usedShare}`),
  });
  const consumer = consumerOf(limits, over);
  let tokens = 0;
  return {
    clock,
    quota,
    consumer,
    said,
    admit: (functionName = 'hello', estimateMbMs = 128_000) =>
      quota.admit(consumer, functionName, { token: `call-${++tokens}`, deadlineAtMs: clock.nowMs() + 30_000, estimateMbMs }),
  };
}

const spend = (amount: number, over: Partial<Limit> = {}) => limitOf({ name: 'spend', unit: 'gbSeconds', amount, ...over });
const refusalOf = (admission: Admission) => {
  if (admission.kind === 'admitted') throw new Error('the call was admitted');
  return admission;
};

test('foreseeing says what admitting would say, to nobody’s account', async () => {
  const { quota, consumer, admit, said } = open([limitOf({ amount: 1 }), limitOf({ name: 'img', function: 'img-*' })]);
  const foreseen = await quota.foresee(consumer, 'hello');
  expect(foreseen).toMatchObject({ kind: 'admitted', states: [{ name: 'hourly', used: 0, remaining: 1 }] });
  expect(said).toEqual([]);
  expect((await admit()).kind).toBe('admitted');
  expect(await quota.foresee(consumer, 'hello')).toMatchObject({ kind: 'refused', limit: { name: 'hourly' }, retryAfterMs: 3_600_000 });
  expect(said).toEqual(['billing hourly allowed']);
  expect(await open([]).quota.foresee(consumerOf([]), 'hello')).toEqual({ kind: 'admitted', states: [] });
});

describe('a call', () => {
  test('of a consumer without limits is admitted without a word', async () => {
    const { admit, said, quota, consumer } = open([]);
    expect(await admit()).toEqual({ kind: 'admitted', states: [] });
    await quota.charge(consumer, 'hello', { mbMs: 1 });
    expect(said).toEqual([]);
  });

  test('is told how each limit that applies to its function stands', async () => {
    const { admit } = open([limitOf(), limitOf({ name: 'img', function: 'img-*' }), spend(1, { mode: 'shadow' })]);
    expect((await admit()).states).toEqual([
      {
        name: 'hourly',
        unit: 'requests',
        amount: 10,
        mode: 'enforce',
        used: 1,
        remaining: 9,
        resetMs: 3_600_000,
        windowSeconds: 3_600,
        shadowed: false,
      },
      {
        name: 'spend',
        unit: 'gbSeconds',
        amount: 1,
        mode: 'shadow',
        used: 0,
        remaining: 0.875,
        resetMs: 3_600_000,
        windowSeconds: 3_600,
        shadowed: false,
      },
    ]);
    expect((await admit('img-resize')).states.map(({ name }) => name)).toEqual(['hourly', 'img', 'spend']);
  });

  test('is one decision of each limit that applied, and a refused one of the limit that refused it alone', async () => {
    const { admit, said, quota, consumer } = open([limitOf({ amount: 1 }), spend(1, { mode: 'shadow' }), limitOf({ name: 'wide' })]);
    await admit();
    await quota.charge(consumer, 'hello', { mbMs: 1_024_000 });
    const refusal = refusalOf(await admit());
    expect(said).toEqual(['billing hourly allowed', 'billing spend allowed', 'billing wide allowed']);
    quota.refuse(consumer, refusal);
    expect(said.slice(3)).toEqual(['billing hourly refused']);
  });

  test('over a shadow limit is shadowed', async () => {
    const { admit, said } = open([limitOf({ amount: 1, mode: 'shadow' })]);
    await admit();
    expect(await admit()).toMatchObject({ kind: 'admitted', states: [{ used: 2, remaining: 0, shadowed: true }] });
    expect(said).toEqual(['billing hourly allowed', 'billing hourly shadowed']);
  });

  test('that has no money left is refused by it only when its gateway says so', async () => {
    const { admit, said, quota, consumer } = open([limitOf(), spend(0.1)]);
    await quota.charge(consumer, 'hello', { mbMs: 102_400 });
    const broke = await admit();
    expect(broke).toMatchObject({ kind: 'broke', limit: { name: 'spend' }, states: [{ used: 1 }, { remaining: 0 }] });
    expect(said).toEqual(['billing hourly allowed']);
    quota.refuse(consumer, refusalOf(broke));
    expect(said.slice(1)).toEqual(['billing spend refused']);
  });
});

describe('a refusal', () => {
  test('names the limit that takes longest, what is used, and when it is there again', async () => {
    const { admit, quota, consumer, clock } = open([
      limitOf({ amount: 1 }),
      limitOf({ name: 'daily', amount: 1, window: { kind: 'calendar', unit: 'day', timeZone: 'Asia/Shanghai' } }),
    ]);
    await admit();
    await clock.advance(60_000);
    expect(quota.refuse(consumer, refusalOf(await admit()))).toEqual({
      code: 'rate_limited',
      detail: 'the limit "daily" of 1 requests is used up: 1 used; it is there again at 2026-01-01T16:00:00.000Z',
      retryAfterMs: 16 * 3_600_000 - 60_000,
    });
  });

  test('for money says the unit, and waits for the window or for calls under way', async () => {
    const { admit, quota, consumer } = open([spend(0.125)]);
    await admit();
    expect(quota.refuse(consumer, refusalOf(await admit()))).toEqual({
      code: 'quota_exhausted',
      detail:
        'the limit "spend" of 0.125 GB-seconds is used up: 0 used, and calls under way hold the rest; it is there again at 2026-01-01T01:00:00.000Z',
      retryAfterMs: 1_000,
    });
    await quota.charge(consumer, 'hello', { mbMs: 200_000 });
    expect(quota.refuse(consumer, refusalOf(await admit()))).toMatchObject({
      detail: 'the limit "spend" of 0.125 GB-seconds is used up: 0.195313 used; it is there again at 2026-01-01T01:00:00.000Z',
      retryAfterMs: 3_600_000,
    });
  });

  test('for want of a place says how many there are', async () => {
    const { admit, quota, consumer } = open([], { concurrency: 1 });
    await admit();
    expect(quota.refuse(consumer, refusalOf(await admit()))).toEqual({
      code: 'rate_limited',
      detail: 'all 1 places for calls of this consumer at the same time are taken',
      retryAfterMs: 1_000,
    });
    await quota.release('call-1');
    expect((await admit()).kind).toBe('admitted');
  });
});

test('its operator is told once for each window that a share is reached', async () => {
  const { admit, said, clock } = open([limitOf({ amount: 4, warnAt: 0.5 })]);
  for (let i = 0; i < 6; i++) await admit();
  await clock.advance(3_600_000);
  for (let i = 0; i < 3; i++) await admit();
  expect(said.filter((each) => each.includes(' at '))).toEqual(['billing hourly at 0.5', 'billing hourly at 0.5']);
});

test('a changed amount goes on with what is used, a changed window begins anew', async () => {
  const { admit, quota, clock } = open([limitOf({ amount: 3 })]);
  for (let i = 0; i < 3; i++) await admit();
  const used = async (over: Partial<Limit>) => (await quota.states(consumerOf([limitOf(over)])))[0]!.used;
  expect([await used({ amount: 5 }), await used({ window: { kind: 'duration', ms: 1_000 } })]).toEqual([3, 0]);
  await clock.advance(3_600_000);
  expect(await used({ amount: 5 })).toBe(0);
});

test('a wall clock that jumps moves no duration, and one that was set back ends no day', async () => {
  const wall = new FakeClock();
  let jumpMs = 0;
  const clock = { nowMs: wall.nowMs, sleep: wall.sleep, epochMs: () => wall.epochMs() + jumpMs };
  const daily = limitOf({ name: 'daily', window: { kind: 'calendar', unit: 'day', timeZone: 'UTC' } });
  const consumer = consumerOf([limitOf(), daily]);
  const { quota } = openQuota({
    remote: undefined,
    newToken: () => 'here',
    pricing,
    clock,
    onFault: () => undefined,
    onDecision: () => undefined,
    onWarn: () => undefined,
  });
  const used = async () => (await quota.states(consumer)).map((state) => state.used);
  await quota.admit(consumer, 'hello', { token: 'a', deadlineAtMs: 1, estimateMbMs: 1 });
  jumpMs = -300_000;
  expect(await used()).toEqual([1, 1]);
  jumpMs = 24 * 3_600_000;
  expect(await used()).toEqual([1, 0]);
});

describe('an estimate', () => {
  test('is one billed second at 128 MB until something is known, and then follows what executions used', () => {
    const estimates = new Estimates();
    expect(estimates.of('hello')).toBe(128_000);
    estimates.learn('hello', mbMsOf({ durationMs: 1, billedMs: 100, memorySizeMb: 256, memoryUsedMb: 20 }), 256);
    expect(estimates.of('hello')).toBe(25_600);
    estimates.learn('hello', 50_000, 512);
    expect([estimates.of('hello'), estimates.of('other')]).toEqual([30_480, 128_000]);
    expect([estimates.memoryMbOf('hello'), estimates.memoryMbOf('other')]).toEqual([512, 128]);
  });
});

test('no interleaving of calls, charges and time admits more than the limits say, or loses or invents a MB·ms', () => limitsHold(1_000));
