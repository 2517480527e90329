import type { KeptResults } from './cache/kept-results.ts';
import type { Clock } from './call.ts';
import { Catalog } from './catalog/catalog.ts';
import type { Config } from './config/config.ts';
import { openFunctionGraph } from './functiongraph/client.ts';
import type { Gateway } from './gateway.ts';
import { openGateway } from './gateway.ts';
import type { Health } from './health.ts';
import type { Once } from './idempotency/once.ts';
import { Breakers } from './resilience/breaker.ts';
import { Concurrency } from './resilience/concurrency.ts';
import type { Shedding } from './resilience/shedding.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { Occasional } from './telemetry/occasional.ts';

/** What outlives a change of the configuration. */
export interface Surroundings {
  readonly results: KeptResults;
  readonly once: Once;
  readonly shedding: Pick<Shedding, 'overloaded'>;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly log: Log;
  /** A fault of the gateway itself, for the log. */
  readonly onFault: (fault: unknown, requestId: string) => void;
  readonly clock: Clock;
  readonly random: () => number;
}

/** What one configuration stands for: its functions, their circuits, the connections to their upstreams. */
export interface Engine {
  readonly gateway: Gateway;
  readonly breakers: Pick<Breakers, 'list' | 'force'>;
  /** Resolves when the calls under way have ended. */
  close(): Promise<void>;
}

export function openEngine(config: Pick<Config, 'targets' | 'upstreams'>, around: Surroundings): Engine {
  const { results, once, shedding, metrics, health, log, onFault, clock, random } = around;
  const lasting = new Occasional(clock);
  /** By upstream: whether IAM gave the last token that was asked for. */
  const tokens = new Map<string, boolean>();
  const functiongraph = openFunctionGraph({
    upstreams: config.upstreams,
    clock,
    random,
    onAttempt: (call, status, outcome) => metrics.attempted(call, status, outcome),
    onUnreadableSummary: (call) => metrics.unreadableSummary(call.target),
    onRejectedGateway: (upstream, status, message) =>
      lasting.say(`rejected by ${upstream}`, (unsaid) =>
        log.error({ upstream, status, message, unsaid }, 'FunctionGraph refused the credentials'),
      ),
    onUnreachable: (upstream, reason, detail) =>
      lasting.say(`${upstream} ${reason}`, (unsaid) => log.warn({ upstream, reason, detail, unsaid }, 'FunctionGraph cannot be reached')),
    onStaleConnection: (call) => metrics.retried(call.target, 'stale_connection'),
    onIamStatus: (upstream, up) => {
      tokens.set(upstream, up);
      metrics.dependency('iam', [...tokens.values()].every(Boolean));
      health.part(`iam of ${upstream}`, up);
    },
  });
  const breakers = new Breakers({
    targets: config.targets,
    clock,
    random,
    onChange(target, { state, reason }) {
      metrics.breakerState(target, state);
      log.warn({ function: target.name, state, reason }, 'the circuit changed');
    },
  });
  const concurrency = new Concurrency({ clock, random, upstreams: config.upstreams });
  metrics.watchConcurrency(() => concurrency.gauges());
  const gateway = openGateway({
    catalog: new Catalog(config.targets),
    results,
    once,
    breakers,
    concurrency,
    shedding,
    send: functiongraph.send,
    metrics,
    clock,
    random,
    onFault,
  });
  const underWay = new Set<Promise<unknown>>();
  return {
    breakers,
    gateway: {
      ...gateway,
      run(arrival, signal) {
        const call = gateway.run(arrival, signal);
        underWay.add(call);
        return call.finally(() => underWay.delete(call));
      },
    },
    async close() {
      await Promise.all(underWay);
      await gateway.close();
      await functiongraph.close();
      breakers.close();
    },
  };
}
