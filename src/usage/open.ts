import type { Clock, Pricing } from '../call.ts';
import type { OnFault, Scripts } from '../remote.ts';
import type { Counts } from './counts.ts';
import { MemoryUsage } from './memory.ts';
import { RedisUsage } from './redis-store.ts';
import { Usage } from './usage.ts';

export interface OpenUsageOptions {
  /** Undefined: what was used of this process alone, for 24 hours. */
  readonly remote: Scripts | undefined;
  readonly pricing: Pricing | undefined;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Counts what went wrong with Redis: its code, or why a value could not be read. */
  readonly onFault: OnFault;
  /** See `RedisUsageOptions`. */
  readonly onLost: (counts: Readonly<Counts>) => void;
}

/** Usage as the gateway has it: in Redis where there is one. To be closed before the Redis client is. */
export function openUsage({ remote, pricing, clock, newId, onFault, onLost }: OpenUsageOptions): Usage {
  const store = remote === undefined ? new MemoryUsage(clock) : new RedisUsage({ remote, id: newId(), clock, onFault, onLost });
  return new Usage({ store, pricing, clock });
}
