import { setTimeout as pass } from 'node:timers/promises';
import { until } from '../support/until.ts';
import { atLeast, atMost, type Figure, inMs, none, type Row } from './row.ts';
import { failures, latencies, ownMs, percentile } from './support/figures.ts';
import { startGateway } from './support/gateway-process.ts';
import { Caller, type Sample } from './support/load.ts';
import { monotonicMs } from './support/monotonic.ts';
import { type ChaosRedis, openRedisServer } from './support/redis.ts';
import { openUpstream } from './support/upstream.ts';

const commandTimeoutMs = 50;
const muteMs = 12_000;

/** How a Redis that goes on taking connections and commands says nothing any more. */
const faults: Readonly<Record<string, (redis: ChaosRedis) => Promise<void>>> = {
  SIGSTOP: (redis) => redis.kill('SIGSTOP'),
  // Over by itself: it would not take the command that ends it either.
  'CLIENT PAUSE': (redis) => redis.operate((operator) => operator.client('PAUSE', muteMs, 'ALL')),
};

/** Redis is there and mute. A gateway without a cache has the same load at the same time: what both have is the machine's own noise. */
export const row02: Row = {
  number: 2,
  async measure() {
    await using upstream = await openUpstream();
    for (const name of ['kept', 'computed']) await upstream.behave(name, { kind: 'answer', afterMs: 20 });
    await using redis = await openRedisServer();
    const settings = { at: upstream.endpoint, idempotent: true };
    await using gateway = await startGateway({
      functions: { kept: { ...settings, cache: { ttl: '10m' } } },
      redis: { url: redis.url, timeout: `${commandTimeoutMs}ms` },
    });
    await using control = await startGateway({ functions: { computed: settings } });
    await using caller = new Caller(gateway.url);
    await using controlCaller = new Caller(control.url);
    /** Every call is new, and so has something to ask Redis. */
    const bothCalled = (phase: string, forMs: number) => {
      const load = { perSecond: 250, forMs, event: (number: number) => JSON.stringify({ phase, number }) };
      return Promise.all([caller.offer('kept', load), controlCaller.offer('computed', load)]);
    };

    await bothCalled('warm-up', 3_000);
    const figures: Figure[] = [];
    for (const [name, mute] of Object.entries(faults)) {
      const timeouts = () => gateway.metric('runway_redis_faults_total', { reason: 'timeout' });
      const timeoutsBefore = await timeouts();
      const calls = bothCalled(name, 1_000 + muteMs);
      await pass(1_000);
      const mutedMs = monotonicMs();
      await mute(redis);
      const [kept, computed] = await calls;
      await redis.kill('SIGCONT');
      figures.push(...judge(name, kept, computed, mutedMs));
      figures.push(atLeast('… commands that had no answer in time', 1, (await timeouts()) - timeoutsBefore));
      await until('Redis is used again', async () => (await gateway.metric('runway_dependency_up', { dependency: 'redis' })) === 1);
    }
    return figures;
  },
};

function judge(name: string, kept: readonly Sample[], computed: readonly Sample[], mutedMs: number): Figure[] {
  const due = (samples: readonly Sample[], fromMs: number, untilMs: number) =>
    samples.filter(({ dueAtMs }) => dueAtMs >= mutedMs + fromMs && dueAtMs < mutedMs + untilMs);
  // What was under way as it fell mute had a command there already.
  const atFirst = due(kept, -100, 1_000);
  const then = (samples: readonly Sample[]) => due(samples, 1_000, muteMs - 500);
  const medianMs = (samples: readonly Sample[]) => percentile(latencies(then(samples)), 0.5);
  const p99Ms = (samples: readonly Sample[]) => percentile(ownMs(then(samples)), 0.99);
  // Two timeouts one after the other would be far more.
  const onceMs = Math.max(...ownMs(computed)) + commandTimeoutMs + 20;
  return [
    none(`${name}: calls that fail`, kept.length, failures(kept)),
    atMost(`… added in the first second (control + ${commandTimeoutMs} ms + 20 ms)`, onceMs, Math.max(...ownMs(atFirst)), inMs),
    atMost('… added then, p99 (control + 2 ms)', p99Ms(computed) + 2, p99Ms(kept), inMs),
    atMost('… then, for the caller, median (control + 2 ms)', medianMs(computed) + 2, medianMs(kept), inMs),
  ];
}
