import { admitBy, remainingOf } from './admission.ts';
import type { MemoryWatch } from './advice/memory-watch.ts';
import { Billing } from './billing.ts';
import type { KeptResults } from './cache/kept-results.ts';
import { type Clock, type Pricing, summaryOf } from './call.ts';
import { Catalog } from './catalog/catalog.ts';
import type { Config } from './config/config.ts';
import { identifier } from './consumers/identify.ts';
import { openTokens } from './consumers/jwt.ts';
import { Permissions } from './consumers/permissions.ts';
import { expiriesOf } from './expiries.ts';
import { type Explain, openExplain } from './explain/explain.ts';
import { liveState } from './explain/live-state.ts';
import { openFunctionGraph } from './functiongraph/client.ts';
import { ranOutOfMemory } from './functiongraph/out-of-memory.ts';
import type { Gateway, Measured } from './gateway.ts';
import { openGateway } from './gateway.ts';
import type { Health } from './health.ts';
import type { Once } from './idempotency/once.ts';
import type { Quota } from './quota/quota.ts';
import { Breakers } from './resilience/breaker.ts';
import { RetryBudgets } from './resilience/budget.ts';
import { Concurrency } from './resilience/concurrency.ts';
import type { Shedding } from './resilience/shedding.ts';
import { openCallLog } from './telemetry/call-log.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { Occasional } from './telemetry/occasional.ts';
import { UnderWay } from './under-way.ts';
import type { Usage } from './usage/usage.ts';

/** What outlives a change of the configuration. */
export interface Surroundings {
  readonly results: KeptResults;
  readonly once: Once;
  readonly quota: Quota;
  readonly usage: Usage;
  readonly advice: Pick<MemoryWatch, 'attempted'>;
  /** Gives text that this gateway has not given before. */
  readonly newToken: () => string;
  readonly shedding: Pick<Shedding, 'overloaded' | 'share'>;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly log: Log;
  readonly pricing: Pricing | undefined;
  /** Told of every answer to a call of a configured name. */
  readonly onAnswered: (name: string, requestId: string, served: Measured) => void;
  /** A fault of the gateway itself, for the log. */
  readonly onFault: (fault: unknown, requestId: string) => void;
  readonly clock: Clock;
  readonly random: () => number;
}

/** What one configuration stands for: its functions, their circuits, the connections to their upstreams. */
export interface Engine {
  readonly gateway: Gateway;
  readonly breakers: Pick<Breakers, 'list' | 'force'>;
  readonly explain: Explain;
  /** Resolves when the calls under way have ended. */
  close(): Promise<void>;
}

export function openEngine(
  config: Pick<Config, 'targets' | 'upstreams' | 'consumers' | 'keys' | 'jwt' | 'log' | 'source'>,
  around: Surroundings,
): Engine {
  const { results, once, quota, usage, advice, newToken, shedding, metrics, health, log, pricing, onAnswered, onFault, clock, random } =
    around;
  const lasting = new Occasional(clock);
  /** By upstream: whether IAM gave the last token that was asked for. */
  const tokens = new Map<string, boolean>();
  /** By upstream: when the token that is in use ends. */
  const tokenExpiries = new Map<string, number>();
  const billing = new Billing({ consumers: config.consumers, quota, usage, metrics });
  const functiongraph = openFunctionGraph({
    upstreams: config.upstreams,
    clock,
    random,
    onAttempt(call, status, outcome, tookMs) {
      metrics.attempted(call, status, outcome, tookMs);
      billing.attempted(call, outcome, tookMs);
      advice.attempted(call.target, summaryOf(outcome), ranOutOfMemory(outcome));
    },
    onUnreadableSummary: (call) => metrics.unreadableSummary(call.target),
    onRejectedGateway(upstream, status, message) {
      metrics.credentialsRefused(upstream);
      lasting.say(`rejected by ${upstream}`, (unsaid) =>
        log.error({ upstream, status, message, unsaid }, 'FunctionGraph refused the credentials'),
      );
    },
    onUnreachable: (upstream, reason, detail) =>
      lasting.say(`${upstream} ${reason}`, (unsaid) => log.warn({ upstream, reason, detail, unsaid }, 'FunctionGraph cannot be reached')),
    onStaleConnection: (call) => metrics.retried(call.target, 'stale_connection'),
    onIamStatus: (upstream, up, expiresAtEpochMs) => {
      tokens.set(upstream, up);
      if (expiresAtEpochMs !== undefined) tokenExpiries.set(upstream, expiresAtEpochMs);
      metrics.dependency('iam', [...tokens.values()].every(Boolean));
      health.part(`iam of ${upstream}`, up);
    },
  });
  let replaced = false;
  const breakers = new Breakers({
    targets: config.targets,
    clock,
    random,
    onChange(target, { state, reason }) {
      // Calls that began before a reload end with the old circuits, of which nobody wants to know any more.
      if (replaced) return;
      metrics.breakerState(target, state);
      log.warn({ function: target.name, state, reason }, 'the circuit changed');
    },
  });
  const concurrency = new Concurrency({ clock, random, upstreams: config.upstreams });
  const budgets = new RetryBudgets(clock);
  const tokenChecks =
    config.jwt &&
    openTokens({
      issuer: config.jwt,
      clock,
      fetch: globalThis.fetch,
      onFetched(fetched) {
        metrics.dependency('jwks', fetched.ok);
        health.part('jwks', fetched.ok);
        if (!fetched.ok)
          lasting.say('jwks', (unsaid) => log.warn({ reason: fetched.reason, unsaid }, 'the keys of the issuer cannot be had'));
      },
    });
  metrics.foresee(config);
  metrics.watch({
    places: () => concurrency.gauges(),
    limits: () => remainingOf(config.consumers, quota),
    expiries: () => expiriesOf(config.keys, tokenExpiries, clock.epochMs()),
  });
  const tellCall = openCallLog({ log, ...config.log, pricing, clock });
  const gateway = openGateway({
    identify: identifier({ consumers: config.consumers, keys: config.keys, tokens: tokenChecks, clock }),
    permissions: new Permissions(),
    admit: admitBy(quota, newToken),
    onServed: (call, kept) => billing.served(call, kept),
    onAnswered(arrival, target, served) {
      tellCall(arrival, target, served);
      if (target) onAnswered(target.name, arrival.requestId, served);
    },
    onRepeated: (call, outcome) => billing.repeated(call, outcome),
    catalog: new Catalog(config.targets),
    results,
    once,
    breakers,
    concurrency,
    budgets,
    shedding,
    send: functiongraph.send,
    metrics,
    clock,
    random,
    onFault,
  });
  const explain = openExplain({
    config: { ...config, pricing },
    clock,
    state: liveState({ shedding, quota, results, sharing: gateway, breakers, concurrency, budgets }),
  });
  const underWay = new UnderWay();
  return {
    breakers,
    explain,
    gateway: {
      ...gateway,
      run(arrival, signal) {
        underWay.begin();
        const call = gateway.run(arrival, signal);
        void call.then(underWay.end, underWay.end);
        return call;
      },
    },
    async close() {
      replaced = true;
      await underWay.ended();
      await gateway.close();
      await functiongraph.close();
      breakers.close();
    },
  };
}
