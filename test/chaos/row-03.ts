import assert from 'node:assert/strict';
import type { Redis } from 'ioredis';
import { until } from '../support/until.ts';
import { atLeast, atMost, type Figure, none, type Row } from './row.ts';
import { failures } from './support/figures.ts';
import { type GatewayProcess, startGateway } from './support/gateway-process.ts';
import { Caller, type Sample } from './support/load.ts';
import { type ChaosRedis, openRedisServer } from './support/redis.ts';
import { openUpstream } from './support/upstream.ts';

/** What a Redis that answers can answer instead of doing it, by its code. */
const refusals: Readonly<Record<string, { begin: (operator: Redis) => Promise<unknown>; end: (operator: Redis) => Promise<unknown> }>> = {
  OOM: {
    begin: (operator) => operator.config('SET', 'maxmemory', '1'),
    end: (operator) => operator.config('SET', 'maxmemory', '0'),
  },
  // Of a master that is none.
  READONLY: {
    begin: (operator) => operator.replicaof('127.0.0.1', 1),
    end: (operator) => operator.replicaof('NO', 'ONE'),
  },
  NOREPLICAS: {
    begin: (operator) => operator.config('SET', 'min-replicas-to-write', '1'),
    end: (operator) => operator.config('SET', 'min-replicas-to-write', '0'),
  },
  NOPERM: {
    begin: (operator) => operator.acl('SETUSER', 'default', '-set'),
    end: (operator) => operator.acl('SETUSER', 'default', '+set'),
  },
};

/** It takes 5 ms to load each value, and answers between any two. */
const slowToLoad = ['--key-load-delay', '5000', '--loading-process-events-interval-bytes', '1024', '--rdbcompression', 'no'];
const valuesToLoad = 800;

/** Redis answers, and will not do what it is asked for. */
export const row03: Row = {
  number: 3,
  async measure() {
    await using upstream = await openUpstream();
    await using redis = await openRedisServer([...slowToLoad, '--enable-debug-command', 'local'], { ready: 'Server initialized' });
    await using gateway = await startGateway({
      functions: { kept: { at: upstream.endpoint, idempotent: true, cache: { ttl: '10m' } } },
      redis: { url: redis.url },
    });
    await using caller = new Caller(gateway.url);
    /** Every second call is new, the others come again and again. */
    const called = (phase: string) => {
      const event = (number: number) => JSON.stringify(number % 2 === 0 ? { again: number % 40 } : { phase, number });
      return caller.offer('kept', { perSecond: 100, forMs: 2_000, event });
    };
    await called('before');

    const figures: Figure[] = [];
    for (const [reason, { begin, end }] of Object.entries(refusals)) {
      await redis.operate(begin);
      const samples = await called(reason);
      await redis.operate(end);
      figures.push(noneFails(reason, samples), atLeast('… counted', 1, await faults(gateway, reason)));
    }
    return [...figures, ...(await loading(gateway, redis, called))];
  },
};

async function loading(gateway: GatewayProcess, redis: ChaosRedis, called: (phase: string) => Promise<Sample[]>): Promise<Figure[]> {
  const up = () => gateway.metric('runway_dependency_up', { dependency: 'redis' });
  const isUp = () => until('Redis is used again', async () => (await up()) === 1);
  await redis.operate(async (operator) => {
    for (let i = 0; i < valuesToLoad; i++) await operator.set(`value-${i}`, 'x'.repeat(2_048));
    await operator.save();
  });
  await isUp();

  const reloaded = redis.operate((operator) => operator.debug('RELOAD'));
  const inTheMiddle = await called('in the middle');
  const counted = await faults(gateway, 'LOADING');
  const upInTheMiddle = await up();
  await reloaded;
  await isUp();

  await redis.restart();
  const atTheStart = await called('at the start');
  const upAtTheStart = await up();
  await redis.operate((operator) => assert.rejects(operator.get('value-0'), /^ReplyError: LOADING/, 'Redis loaded faster than it should'));
  await isUp();
  return [
    noneFails('LOADING, in the middle of things', inTheMiddle),
    atLeast('… counted', 1, counted),
    atMost('… Redis is up, as the metric has it', 0, upInTheMiddle),
    noneFails('LOADING, after a restart', atTheStart),
    atMost('… Redis is up, as the metric has it', 0, upAtTheStart),
  ];
}

function noneFails(what: string, samples: readonly Sample[]): Figure {
  return none(`${what}: calls that fail`, samples.length, failures(samples));
}

function faults(gateway: GatewayProcess, reason: string): Promise<number> {
  return gateway.metric('runway_redis_faults_total', { reason });
}
