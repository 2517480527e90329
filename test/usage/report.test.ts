import { describe, expect, test } from 'vitest';
import { MemoryUsage } from '../../src/usage/memory.ts';
import type { UsageStore } from '../../src/usage/store.ts';
import { Usage } from '../../src/usage/usage.ts';
import { FakeClock } from '../support/clock.ts';

const pricing = { currency: 'USD', perMillionRequests: 0.2, perGbSecond: 0.00001667 };
/** MB·ms of a GB-second. */
const gbSecond = 1_024_000;

/** From noon of 2 November 2026 on. */
function open({ priced = true } = {}) {
  const clock = new FakeClock(Date.UTC(2026, 10, 2, 12));
  return { clock, usage: new Usage({ store: new MemoryUsage(clock), pricing: priced ? pricing : undefined, clock }) };
}

describe('costs', () => {
  test('have a row for each day and function, in this order, over all consumers', async () => {
    const { clock, usage } = open();
    usage.record('search', 'image', { requests: 1, executions: 1, mbMs: gbSecond });
    usage.record('billing', 'hello', { requests: 2, kept: 1, executions: 1, mbMs: gbSecond / 4, wastedMbMs: gbSecond / 8 });
    usage.record('search', 'hello', { requests: 1, executions: 1, mbMs: gbSecond / 4 });
    await clock.advance(12 * 60 * 60 * 1_000);
    usage.record('billing', 'hello', { requests: 1, kept: 1 });
    const { rows, total } = await usage.costs({ by: 'function', per: 'day', from: '2026-11-02', to: '2026-11-03' });
    expect(rows).toEqual([
      {
        day: '2026-11-02',
        function: 'hello',
        requests: 3,
        kept: 1,
        executions: 2,
        gbSeconds: 0.5,
        wastedGbSeconds: 0.125,
        cost: (2 * 0.2) / 1e6 + 0.5 * 0.00001667,
      },
      {
        day: '2026-11-02',
        function: 'image',
        requests: 1,
        kept: 0,
        executions: 1,
        gbSeconds: 1,
        wastedGbSeconds: 0,
        cost: 0.2 / 1e6 + 0.00001667,
      },
      { day: '2026-11-03', function: 'hello', requests: 1, kept: 1, executions: 0, gbSeconds: 0, wastedGbSeconds: 0, cost: 0 },
    ]);
    expect(total).toEqual({
      requests: 5,
      kept: 2,
      executions: 3,
      gbSeconds: 1.5,
      wastedGbSeconds: 0.125,
      cost: 0.6 / 1e6 + 1.5 * 0.00001667,
    });
  });

  test('have a row for each day and consumer, over all functions', async () => {
    const { usage } = open();
    usage.record('search', 'image', { requests: 1 });
    usage.record('billing', 'hello', { requests: 2 });
    usage.record('billing', 'image', { requests: 4 });
    const { rows } = await usage.costs({ by: 'consumer', per: 'day', from: '2026-11-02', to: '2026-11-02' });
    expect(rows).toMatchObject([
      { day: '2026-11-02', consumer: 'billing', requests: 6 },
      { day: '2026-11-02', consumer: 'search', requests: 1 },
    ]);
  });

  test('without prices are no costs, and of no currency', async () => {
    const { usage } = open({ priced: false });
    usage.record('billing', 'hello', { requests: 1, executions: 1, mbMs: gbSecond });
    const report = await usage.costs({ by: 'function', per: 'day', from: '2026-11-02', to: '2026-11-02' });
    expect(report).not.toHaveProperty('currency');
    for (const amounts of [report.total, ...report.rows]) expect(amounts).not.toHaveProperty('cost');
  });

  test('that are not all known say so', async () => {
    const store: UsageStore = { record: () => undefined, read: async () => 'Redis could not be read', close: async () => undefined };
    const usage = new Usage({ store, pricing, clock: new FakeClock() });
    const report = await usage.costs({ by: 'function', per: 'day', from: '2026-11-01', to: '2026-11-02' });
    expect(report).toMatchObject({ complete: false, missing: 'Redis could not be read', rows: [] });
  });
});

describe('the usage of a consumer', () => {
  test('is by function, of nobody else, with what of it is today’s', async () => {
    const { clock, usage } = open();
    usage.record('billing', 'hello', { requests: 1 });
    usage.record('search', 'hello', { requests: 100 });
    await clock.advance(12 * 60 * 60 * 1_000);
    usage.record('billing', 'image', { requests: 2 });
    usage.record('billing', 'hello', { requests: 4 });
    expect(usage.today()).toBe('2026-11-03');
    const report = await usage.usageOf('billing', { from: '2026-11-01', to: '2026-11-03' });
    expect(report).toMatchObject({ from: '2026-11-01', to: '2026-11-03', currency: 'USD', total: { requests: 7 }, today: { requests: 6 } });
    expect(report.rows).toMatchObject([
      { day: '2026-11-02', function: 'hello', requests: 1 },
      { day: '2026-11-03', function: 'hello', requests: 4 },
      { day: '2026-11-03', function: 'image', requests: 2 },
    ]);
  });

  test('of days that are over says nothing of today', async () => {
    const { usage } = open();
    expect(await usage.usageOf('billing', { from: '2026-10-01', to: '2026-10-31' })).not.toHaveProperty('today');
  });
});
