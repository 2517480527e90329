import { systemClock } from '../../src/clock.ts';
import { openRedis, type RedisConnection } from '../../src/redis/connection.ts';

export interface TestRedis {
  readonly redis: RedisConnection;
  /** Resolves when it is up, or away, the next time; at once when it is so already. */
  turned(up: boolean): Promise<void>;
}

/** A client of the kind the gateway has, with all the time in the world for a command: what is bounded is tested elsewhere. */
export async function openTestRedis(url: string, keyPrefix: string, timeoutMs = 5_000): Promise<TestRedis> {
  let status: boolean | undefined;
  const waiting: { up: boolean; resolve: () => void }[] = [];
  const redis = openRedis({
    server: { kind: 'single', url: { reveal: () => url }, ca: undefined },
    keyPrefix,
    timeoutMs,
    onStatus: (up) => {
      status = up;
      for (const waiter of waiting) if (waiter.up === up) waiter.resolve();
    },
    clock: systemClock,
    random: () => 0,
  });
  const turned = (up: boolean) =>
    new Promise<void>((resolve) => {
      if (status === up) resolve();
      else waiting.push({ up, resolve });
    });
  await turned(true);
  return { redis, turned };
}
