import { systemClock } from '../../src/clock.ts';
import { openRedis, type RedisConnection } from '../../src/redis/connection.ts';
import type { ClusterServer, RedisServer, SentinelServer, SingleServer } from '../../src/redis/server.ts';

const hidden = (text: string) => ({ reveal: () => text });

/** `ca` is PEM, here and below. */
export function single(url: string, ca?: string): SingleServer {
  return { kind: 'single', url: hidden(url), ca: ca === undefined ? undefined : hidden(ca) };
}

export function cluster(urls: readonly string[], ca?: string): ClusterServer {
  return { kind: 'cluster', nodes: urls.map(hidden), ca: ca === undefined ? undefined : hidden(ca) };
}

/** The master is `mymaster`, in plain text and without a password unless `own` says otherwise. */
export function sentinel(urls: readonly string[], own: Partial<SentinelServer> = {}): SentinelServer {
  const standard = { user: undefined, password: undefined, database: 0, tls: false, ca: undefined };
  return { kind: 'sentinel', name: 'mymaster', nodes: urls.map(hidden), ...standard, ...own };
}

export interface WatchedRedis {
  readonly redis: RedisConnection;
  /** All that it said about its status, in order. */
  readonly said: readonly [up: boolean, reason?: string][];
  /** Resolves the next time this is said, at once when it is so already. */
  turned(up: boolean): Promise<void>;
}

/** A client of the kind the gateway has, with the prefix `test:` and a bound of 50 ms unless told otherwise. */
export function watchRedis(server: RedisServer, settings: { timeoutMs?: number; keyPrefix?: string } = {}): WatchedRedis {
  const said: [boolean, string?][] = [];
  const waiting: { up: boolean; resolve: () => void }[] = [];
  const redis = openRedis({
    server,
    keyPrefix: 'test:',
    timeoutMs: 50,
    clock: systemClock,
    random: () => 0,
    onStatus: (up, reason) => {
      said.push(reason === undefined ? [up] : [up, reason]);
      for (const waiter of waiting) if (waiter.up === up) waiter.resolve();
    },
    ...settings,
  });
  const turned = (up: boolean) =>
    new Promise<void>((resolve) => {
      if (said.at(-1)?.[0] === up) resolve();
      else waiting.push({ up, resolve });
    });
  return { redis, said, turned };
}
