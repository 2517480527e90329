import type { Pricing } from '../../src/call.ts';
import type { Consumer, Limit } from '../../src/consumer.ts';
import { Rules } from '../../src/quota/rules.ts';
import type { Account, Entry, Use } from '../../src/quota/store.ts';

export const pricing: Pricing = { currency: 'USD', perMillionRequests: 0.2, perGbSecond: 0.00001667 };

/** A limit of 10 requests an hour, but for what a test cares about. */
export function limitOf(over: Partial<Limit> = {}): Limit {
  const window = { kind: 'duration', ms: 3_600_000 } as const;
  return { name: 'hourly', function: undefined, unit: 'requests', amount: 10, window, mode: 'enforce', warnAt: undefined, ...over };
}

export function consumerOf(limits: readonly Limit[], over: Partial<Consumer> = {}): Consumer {
  return { id: 'billing', priority: 'normal', functions: ['*'], limits, concurrency: undefined, ...over };
}

export function accountOf(limits: readonly Limit[], over: Partial<Consumer> = {}, functionName = 'hello'): Account {
  return new Rules(pricing).of(consumerOf(limits, over), functionName);
}

let tokens = 0;

/** A call that holds 128,000 MB·ms for a minute, but for what a test cares about. */
export function entryOf(over: Partial<Entry> = {}): Entry {
  return { token: `token-${++tokens}`, estimateMbMs: 128_000, lastsMs: 60_000, ...over };
}

export const callsOf = (uses: readonly Use[]) => uses.map(({ calls }) => calls);
export const mbMsOf = (uses: readonly Use[]) => uses.map(({ mbMs }) => mbMs);
