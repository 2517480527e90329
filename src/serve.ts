import { randomUUID } from 'node:crypto';
import { adminPlane } from './admin/app.ts';
import { MemoryWatch } from './advice/memory-watch.ts';
import { canonicalForm } from './cache/canonical.ts';
import { openKeptResults } from './cache/open.ts';
import { systemClock } from './clock.ts';
import type { Config } from './config/config.ts';
import type { TracingSettings } from './config/tracing.ts';
import { controlsOf } from './controls.ts';
import { openEngine } from './engine.ts';
import type { Gateway } from './gateway.ts';
import { Health } from './health.ts';
import { dataPlane } from './http/app.ts';
import { listen } from './http/server.ts';
import { openOnce } from './idempotency/open.ts';
import { openOversight } from './oversight.ts';
import { openQuota } from './quota/open.ts';
import { openRedis } from './redis/connection.ts';
import { openShedding } from './resilience/shedding.ts';
import type { Log } from './telemetry/log.ts';
import { Metrics } from './telemetry/metrics.ts';
import { openUsage } from './usage/open.ts';
import { version } from './version.ts';

/** Calls under way are given this long to end; most platforms kill 30 s after SIGTERM. */
const patienceMs = 25_000;
/** Then this long to be told that they were ended; connections that are left are cut. */
const farewellMs = 1_000;

const redisIsAway =
  'Redis is away: until it is back each gateway keeps results, counts limits and remembers keyed calls on its own, in memory';

export interface Running {
  readonly url: string;
  readonly adminUrl: string;
  /** Swaps functions and upstreams in whole; calls under way end with what they began with. The rest of the file needs a restart. */
  reload(config: Config): void;
  /** Ends every kept result, on every gateway of the same Redis. */
  forget(): Promise<void>;
  /** A changed configuration was not good: this says why, and the last good one stays. */
  refuse(problems: readonly string[]): void;
  /** Readiness first, then the servers with the calls under way, then the stores. */
  close(): Promise<void>;
}

export interface ServeOptions {
  readonly log: Log;
  /** Which way traces go; undefined: none are recorded. */
  readonly tracing?: TracingSettings;
  /** How long to go on after readiness is off, so that load balancers see it before connections are refused. */
  readonly graceMs: number;
}

/** The composition root. Each thing is closed where it was opened, in the opposite order. */
export async function serve(config: Config, { log, graceMs, tracing }: ServeOptions): Promise<Running> {
  await using opening = new AsyncDisposableStack();
  const clock = systemClock;
  const random = Math.random;
  const health = new Health();
  const metrics = new Metrics({ version, pricing: config.pricing, maxSeries: config.metrics.maxSeries, clock });

  for (const problem of tracing?.problems ?? []) log.error({ problem }, 'a variable of OpenTelemetry cannot be used');
  const traces =
    tracing && tracing.exporters.length > 0
      ? opening.adopt((await import('./telemetry/open-tracing.ts')).openTracing({ ...tracing, clock, log }), (open) => open.close())
      : undefined;

  const redis =
    config.redis &&
    opening.adopt(
      openRedis({
        ...config.redis,
        clock,
        random,
        onStatus: (up, reason) => {
          metrics.dependency('redis', up);
          health.part('redis', up);
          if (up) log.info({}, 'Redis is there');
          else log.warn({ reason }, redisIsAway);
        },
      }),
      (connection) => connection.close(),
    );

  const onRedisFault = (reason: string) => metrics.redisFault(reason);
  const results = openKeptResults({ memoryBytes: config.cache.memoryBytes, remote: redis, onFault: onRedisFault, clock, random });
  const once = openOnce({ remote: redis, onFault: onRedisFault, canonicalForm, clock, newToken: randomUUID });
  const usage = opening.adopt(
    openUsage({
      remote: redis,
      pricing: config.pricing,
      clock,
      newId: randomUUID,
      onFault: onRedisFault,
      onLost: (lost) => log.warn({ ...lost }, 'what was used could not be kept: Redis was away for too long'),
    }),
    (ledger) => ledger.close(),
  );
  const { quota, follow } = openQuota({
    remote: redis,
    onFault: onRedisFault,
    newToken: randomUUID,
    pricing: config.pricing,
    clock,
    onDecision: (consumer, limit, decision) => metrics.decided(consumer.id, limit, decision),
    onWarn(consumer, limit, usedShare) {
      metrics.warned(consumer.id, limit.name);
      log.warn({ consumer: consumer.id, limit: limit.name, usedShare: Math.round(usedShare * 1_000) / 1_000 }, 'a limit is near its end');
    },
  });
  const advice = new MemoryWatch({ targets: config.targets, pricing: config.pricing, clock });
  const leaving = new AbortController();
  const following = Promise.all([results.follow(leaving.signal), follow(leaving.signal)]);
  opening.defer(async () => {
    leaving.abort();
    await following;
  });

  const onFault = (fault: unknown, requestId: string) => log.error({ requestId, fault }, 'a fault of the gateway');
  const shedding = opening.adopt(openShedding(random), (watch) => watch.close());
  const oversight = opening.adopt(openOversight({ config, metrics, log, clock, url: () => data.url }), (open) => open.close());
  const { functions, onAnswered } = oversight;
  const around = {
    results,
    once,
    quota,
    usage,
    advice,
    newToken: tokens(),
    shedding,
    metrics,
    health,
    log,
    pricing: config.pricing,
    onAnswered,
    onFault,
    clock,
    random,
  };
  /** The configuration in force. */
  let inForce = config;
  let engine = openEngine(config, around);
  opening.defer(() => engine.close());
  /** The gateway of the configuration in force. */
  const gateway: Gateway = {
    run: (arrival, signal) => engine.gateway.run(arrival, signal),
    functions: () => engine.gateway.functions(),
    functionsFor: (credentials) => engine.gateway.functionsFor(credentials),
    close: () => engine.gateway.close(),
  };

  const controls = controlsOf({ results, quota, usage, log, engine: () => engine, consumers: () => inForce.consumers });
  const ending = new AbortController();
  // Before the first call: one with a key that was used before must not find that Redis is not asked yet.
  await redis?.known;
  const data = await listen(dataPlane({ gateway, health, ending: ending.signal, beginTrace: traces?.begin, onFault }), config.listen);
  opening.defer(() => data.close(farewellMs));
  const admin = await listen(
    adminPlane({
      metrics,
      health,
      functions,
      ...controls,
      advice,
      console: { ...oversight.console, advise: (name) => advice.adviceOn(name), explain: controls.explain.explain },
      token: config.admin.token,
      onFault,
    }),
    config.admin,
  );
  opening.defer(() => admin.close(farewellMs));
  health.started();

  const opened = opening.move();
  return {
    url: data.url,
    adminUrl: admin.url,
    reload(fresh) {
      const stale = engine;
      inForce = fresh;
      advice.swapped(fresh.targets);
      oversight.swapped(fresh);
      engine = openEngine(fresh, around);
      metrics.swapped(fresh);
      metrics.reloaded(true);
      // What calls of the old configuration counted until they ended goes as well.
      void stale.close().then(() => metrics.forget(inForce));
    },
    async forget() {
      await results.purge({ key: undefined, function: undefined, consumer: undefined });
    },
    refuse(problems) {
      oversight.refused(problems);
      metrics.reloaded(false);
      for (const problem of problems) log.error({ problem }, 'everything stays as it was');
    },
    async close() {
      health.drain();
      data.shed();
      // Pages that are open look for another gateway at once, however long the calls under way take.
      oversight.farewell();
      await clock.sleep(graceMs, ending.signal);
      const impatience = setTimeout(() => ending.abort(), patienceMs);
      await data.close(patienceMs + farewellMs);
      // Calls whose callers have left may still be under way.
      await opened.disposeAsync();
      clearTimeout(impatience);
    },
  };
}

/** Tokens of calls: short ones, since a table of texts is quick only where they are. */
function tokens(): () => string {
  let calls = 0;
  return () => String(++calls);
}
