/**
 * A gateway's limits in a process of its own: `node quota-worker.ts REDIS_URL KEY_PREFIX AMOUNT`. Told how often each of its clients is to
 * call, it says when it is half through and how many calls were admitted in the end; told `meet`, when it
 * knows of another one; told `settle`, what is used by what Redis says.
 */
import { randomUUID } from 'node:crypto';
import { systemClock } from '../../src/clock.ts';
import { openQuota } from '../../src/quota/open.ts';
import { consumerOf, limitOf, pricing } from '../quota/accounts.ts';
import { openTestRedis } from './redis-client.ts';
import { until } from './until.ts';

export type Told = { readonly calls: number } | 'meet' | 'settle';
export type Said = 'ready' | 'met' | 'half' | { readonly admitted: number } | { readonly used: number };

const clients = 64;
const [url, keyPrefix, amount] = process.argv.slice(2);
const { redis, turned } = await openTestRedis(url!, keyPrefix!);
const consumer = consumerOf([limitOf({ amount: Number(amount) }), limitOf({ name: 'burst', amount: 1e9 })]);
const { quota, follow, gateways } = openQuota({
  remote: redis,
  newToken: randomUUID,
  pricing,
  clock: systemClock,
  onFault: () => undefined,
  onDecision: () => undefined,
  onWarn: () => undefined,
});
void follow(new AbortController().signal);

async function call(count: number): Promise<number> {
  let done = 0;
  let admitted = 0;
  const client = async () => {
    for (let i = 0; i < count; i++) {
      const deadlineAtMs = systemClock.nowMs() + 10_000;
      const { kind } = await quota.admit(consumer, 'hello', { token: randomUUID(), deadlineAtMs, estimateMbMs: 1 });
      if (kind === 'admitted') admitted++;
      if (++done === (clients * count) / 2) say('half');
      // Without Redis nothing here waits for anything else.
      if (i % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return admitted;
}

function say(said: Said): void {
  process.send!(said);
}

process.on('message', async (told: Told) => {
  if (told === 'meet') {
    await until('there is another gateway', () => gateways() === 2);
    return say('met');
  }
  if (told !== 'settle') return say({ admitted: await call(told.calls) });
  await turned(true);
  const [hourly] = await quota.states(consumer);
  say({ used: hourly!.used });
});
process.on('disconnect', () => process.exit());
say('ready');
