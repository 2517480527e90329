import { expect, test } from 'vitest';
import { MemoryStore } from '../../src/cache/memory.ts';
import type { KeptResult, ResultStore } from '../../src/cache/store.ts';
import { Tiers } from '../../src/cache/tiers.ts';
import { FakeClock } from '../support/clock.ts';
import { resultOf } from './result.ts';

const clock = new FakeClock();
const result = resultOf('1', clock);
const memory = () => new MemoryStore({ maxBytes: 1_000_000, clock });
/** A store that may stand where Redis does. */
const remote = () => Object.assign(memory(), { purge: async () => false });

/** A store that answers only when it is told to. */
class SlowStore implements ResultStore {
  readonly held: ((result: KeptResult | undefined) => void)[] = [];
  readonly written: string[] = [];

  get(): Promise<KeptResult | undefined> {
    return new Promise((resolve) => this.held.push(resolve));
  }

  async delete(): Promise<boolean> {
    return false;
  }

  purge = this.delete;

  set(key: string): Promise<boolean> {
    this.written.push(key);
    return new Promise(() => undefined);
  }
}

test('what is in memory is found there, and Redis is not asked', async () => {
  const near = memory();
  const far = new SlowStore();
  await near.set('key', result);
  expect(await new Tiers(near, far).find('key')).toEqual({ result, tier: 'memory' });
  expect(far.held).toHaveLength(0);
});

test('what is found in Redis is in memory from then on', async () => {
  const far = remote();
  await far.set('key', result);
  const tiers = new Tiers(memory(), far);
  expect(await tiers.find('key')).toEqual({ result, tier: 'redis' });
  expect(await tiers.find('key')).toEqual({ result, tier: 'memory' });
});

test('a result is written to both', async () => {
  const near = memory();
  const far = remote();
  expect((await new Tiers(near, far).keep('key', result)).near).toBe(true);
  expect(await near.get('key')).toEqual(result);
  expect(await far.get('key')).toEqual(result);
});

test('nobody waits for a write to Redis', async () => {
  const far = new SlowStore();
  expect((await new Tiers(memory(), far).keep('key', result)).near).toBe(true);
  expect(far.written).toEqual(['key']);
});

test('a result that was kept while Redis was asked is found', async () => {
  const far = new SlowStore();
  const tiers = new Tiers(memory(), far);
  const looking = tiers.find('key');
  await new Promise((resolve) => setImmediate(resolve));
  await tiers.keep('key', result);
  far.held[0]!(undefined);
  expect(await looking).toEqual({ result, tier: 'memory' });
});

test('without Redis, memory alone is at work', async () => {
  const tiers = new Tiers(memory());
  expect(await tiers.find('key')).toBeUndefined();
  expect((await tiers.keep('key', result)).near).toBe(true);
  expect(await tiers.find('key')).toEqual({ result, tier: 'memory' });
});
