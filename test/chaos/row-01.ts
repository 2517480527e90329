import { setTimeout as pass } from 'node:timers/promises';
import { until } from '../support/until.ts';
import { atLeast, atMost, inMs, inPercent, none, type Row } from './row.ts';
import { failures, ownMs, percentile, usualP99Ms } from './support/figures.ts';
import { type GatewayProcess, startGateway } from './support/gateway-process.ts';
import { Caller, type Sample } from './support/load.ts';
import { monotonicMs } from './support/monotonic.ts';
import { openRedisServer } from './support/redis.ts';
import { openUpstream } from './support/upstream.ts';

const outageMs = 30_000;
const backWithinMs = 5_000;
/** Every second call is new, the others come again and again. */
const event = (number: number) => JSON.stringify(number % 2 === 0 ? { again: number % 100 } : { new: number });
const load = { perSecond: 200, forMs: 1_000 + outageMs + backWithinMs, event };
const warmUp = { ...load, forMs: 3_000, event: (number: number) => event(2 * number) };

/** Redis is killed under load, and comes back empty. */
export const row01: Row = {
  number: 1,
  async measure() {
    await using upstream = await openUpstream();
    for (const name of ['kept', 'computed']) await upstream.behave(name, { kind: 'answer', afterMs: 20 });
    await using redis = await openRedisServer();
    const settings = { at: upstream.endpoint, idempotent: true };
    const file = { functions: { kept: { ...settings, cache: { ttl: '10m' } } }, redis: { url: redis.url } };
    await using gateway = await startGateway(file);
    await using neighbour = await startGateway(file);
    await using control = await startGateway({ functions: { computed: settings } });
    await using caller = new Caller(gateway.url);
    await using controlCaller = new Caller(control.url);
    await Promise.all([caller.offer('kept', warmUp), controlCaller.offer('computed', warmUp)]);

    const calls = Promise.all([caller.offer('kept', load), controlCaller.offer('computed', load)]);
    await pass(1_000);
    const killedMs = monotonicMs();
    await redis.kill('SIGKILL');
    await pass(outageMs / 2);
    const saidUp = await gateway.metric('runway_dependency_up', { dependency: 'redis' });
    await pass(outageMs / 2);
    await redis.restart();
    const backMs = monotonicMs();
    await hitInRedis(gateway, neighbour);
    const hitMs = monotonicMs();
    const [samples, known] = await calls;

    const meanwhile = (all: readonly Sample[]) => all.filter(({ dueAtMs }) => dueAtMs >= killedMs && dueAtMs < backMs);
    const during = meanwhile(samples);
    const hits = during.filter(({ headers }) => /hit/.test(String(headers['cache-status'])));
    const noise = meanwhile(known);
    const ownP99Ms = (all: readonly Sample[]) => percentile(ownMs(all), 0.99);
    return [
      none('calls that fail while Redis is killed and comes back', samples.length, failures(samples)),
      atMost('… in the outage, p99 of a second (control without cache + 5 ms)', usualP99Ms(noise) + 5, usualP99Ms(during), inMs),
      atMost('… in the outage, gateway’s own time, p99 (control + 5 ms)', ownP99Ms(noise) + 5, ownP99Ms(during), inMs),
      atLeast('… answered from memory, of all', 0.45, hits.length / during.length, inPercent),
      atMost('… Redis is up, as the metric has it', 0, saidUp),
      atMost('another gateway finds results in Redis again, within', backWithinMs, hitMs - backMs, inMs),
    ];
  },
};

/** Resolves when the neighbour has answered from Redis what the gateway has computed. */
async function hitInRedis(gateway: GatewayProcess, neighbour: GatewayProcess): Promise<void> {
  await using here = new Caller(gateway.url);
  await using there = new Caller(neighbour.url);
  let number = 0;
  await until('a hit in Redis', async () => {
    const once = { event: JSON.stringify({ back: number++ }) };
    await here.call('kept', once);
    await there.call('kept', once);
    return (await neighbour.metric('runway_cache_requests_total', { result: 'hit', tier: 'redis' })) > 0;
  });
}
