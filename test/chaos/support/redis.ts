import { Redis } from 'ioredis';
import { type RedisServer, type RedisServerOptions, startRedis } from '../../support/redis-server.ts';

export interface ChaosRedis extends RedisServer, AsyncDisposable {
  /** Does as its operator what no gateway does. */
  operate(work: (operator: Redis) => Promise<unknown>): Promise<void>;
}

/** A `redis-server` of the row's own, and gone with it. */
export async function openRedisServer(args: readonly string[] = [], options: RedisServerOptions = {}): Promise<ChaosRedis> {
  const server = await startRedis(args, options);
  return Object.assign(server, {
    async operate(work: (operator: Redis) => Promise<unknown>) {
      const operator = new Redis(server.url, { enableReadyCheck: false });
      try {
        await work(operator);
      } finally {
        operator.disconnect();
      }
    },
    [Symbol.asyncDispose]: () => server.stop(),
  });
}
