import type { OnFault, Scripts } from '../remote.ts';
import type { Signal } from '../signal.ts';
import { openMemory } from './ledger.ts';
import { Quota, type QuotaParts } from './quota.ts';
import { RedisQuota } from './redis-store.ts';

export interface QuotaOptions extends Omit<QuotaParts, 'store'> {
  /** Shared with other gateways. Undefined: memory alone. */
  readonly remote: Scripts | undefined;
  readonly onFault: OnFault;
  readonly newToken: () => string;
}

export interface OpenedQuota {
  readonly quota: Quota;
  /** Keeps in touch with the other gateways until `signal` is aborted, and then takes leave of them. */
  readonly follow: (signal: Signal) => Promise<void>;
  /** How many gateways share the limits while Redis is away, this one among them. */
  readonly gateways: () => number;
}

/** The limits, put together: counted in Redis where there is one, else in memory. */
export function openQuota({ remote, onFault, newToken, ...parts }: QuotaOptions): OpenedQuota {
  if (remote === undefined) {
    const store = openMemory(parts.clock);
    return { quota: new Quota({ ...parts, store }), follow: async () => undefined, gateways: () => 1 };
  }
  const store = new RedisQuota({ remote, id: newToken(), clock: parts.clock, onFault });
  return { quota: new Quota({ ...parts, store }), follow: (signal) => store.follow(signal), gateways: () => store.gateways };
}
