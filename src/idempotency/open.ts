import type { Clock } from '../call.ts';
import type { OnFault, Scripts } from '../remote.ts';
import type { CanonicalForm } from './fingerprint.ts';
import { keptAnswerBytes, MemoryRecords } from './memory.ts';
import { Once } from './once.ts';
import { RedisRecords } from './redis-store.ts';
import { Tiers } from './tiers.ts';

export interface OnceOptions {
  /** Undefined: records are this process's own, and end with it. */
  readonly remote: Scripts | undefined;
  /** Counts what went wrong with Redis: its code, or why a value could not be read. */
  readonly onFault: OnFault;
  readonly canonicalForm: CanonicalForm;
  readonly clock: Clock;
  /** See `OnceParts`. */
  readonly newToken: () => string;
}

/** Idempotency keys as the gateway has them: in memory, and in Redis where there is one. */
export function openOnce({ remote, onFault, canonicalForm, clock, newToken }: OnceOptions): Once {
  const memory = new MemoryRecords({ maxBytes: keptAnswerBytes, clock });
  const redis = remote && new RedisRecords({ remote, onFault });
  return new Once({ store: new Tiers(memory, redis), canonicalForm, clock, newToken });
}
