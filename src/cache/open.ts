import { randomUUID } from 'node:crypto';
import { BoundedMap } from '../bounded-map.ts';
import type { Clock } from '../call.ts';
import type { OnFault, Remote } from '../remote.ts';
import { Generations } from './generations.ts';
import { KeptResults } from './kept-results.ts';
import { Leases } from './leases.ts';
import { MemoryStore } from './memory.ts';
import { Purges } from './purges.ts';
import { RedisPurges } from './redis-purges.ts';
import { RedisStore } from './redis-store.ts';
import { Tiers } from './tiers.ts';
import { Turns } from './turns.ts';

export interface KeptResultsOptions {
  readonly memoryBytes: number;
  /** Shared with other gateways. Undefined: memory alone. */
  readonly remote: Remote | undefined;
  readonly onFault: OnFault;
  readonly clock: Clock;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
}

/** No call takes longer, so nothing that began before a purge is kept after this. */
const longestCallMs = 120_000;
const purgedResultBytes = 256;
const rememberedPurges = 10_000;

/** The kept results, put together: memory before Redis, purges over all gateways, and turns with them. */
export function openKeptResults({ memoryBytes, remote, onFault, clock, random }: KeptResultsOptions): KeptResults {
  const memory = new MemoryStore({ maxBytes: memoryBytes, clock });
  const redis = remote && new RedisStore({ remote, clock, onFault });
  const tiers = new Tiers(memory, redis, () => purges.caughtUp);
  const generations = new Generations();
  const purgedAtMs = new BoundedMap<number>({ maxBytes: rememberedPurges * purgedResultBytes, clock });
  const purged = (key: string) => purgedAtMs.set(key, clock.nowMs(), purgedResultBytes, longestCallMs);
  const results = {
    delete(key: string) {
      purged(key);
      return tiers.purge(key);
    },
    forgetAll: () => memory.clear(),
  };
  const purges = new Purges({ generations, results, remote: remote && new RedisPurges({ remote, onFault }), clock });
  const turns = remote && new Turns({ leases: new Leases({ remote, onFault }), clock, random, newToken: randomUUID });
  const read = async (key: string, value: Buffer) => redis?.read(key, value);
  return new KeptResults({ tiers, generations, purges, purgedAtMs, turns, read, clock, random });
}
