import { expect, test } from 'vitest';
import { RedisRecords } from '../../src/idempotency/redis-store.ts';
import { lifeMs } from '../../src/idempotency/store.ts';
import { claimOf, finishedOf } from './records.ts';

/** A store over a Redis that fails every command for one reason, and what it counted. */
function failing(reason: string) {
  const faults: string[] = [];
  const store = new RedisRecords({ remote: { run: async () => ({ ok: false, reason }) }, onFault: (fault) => faults.push(fault) });
  return { store, faults };
}

test.each(['timeout', 'OOM', 'READONLY', 'WRONGTYPE', 'ECONNRESET'])(
  '%s: the store is away, and each command is counted',
  async (reason) => {
    const { store, faults } = failing(reason);
    expect(await store.claim('key', claimOf())).toEqual({ kind: 'away' });
    await store.finish('key', claimOf(), finishedOf(), lifeMs);
    await store.free('key', claimOf());
    expect(faults).toEqual([reason, reason, reason]);
  },
);

test('while Redis is known to be away, nothing is counted', async () => {
  const { store, faults } = failing('away');
  expect(await store.claim('key', claimOf())).toEqual({ kind: 'away' });
  await store.finish('key', claimOf(), finishedOf(), lifeMs);
  expect(faults).toEqual([]);
});

test('a decision takes one round trip', async () => {
  let trips = 0;
  const run = async () => {
    trips++;
    return { ok: true as const, value: null };
  };
  const store = new RedisRecords({ remote: { run }, onFault: () => undefined });
  const claim = claimOf();
  expect(await store.claim('key', claim)).toEqual({ kind: 'claimed' });
  expect(trips).toBe(1);
  await store.finish('key', claim, finishedOf(), lifeMs);
  expect(trips).toBe(2);
});
