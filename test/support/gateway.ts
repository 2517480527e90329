import { randomUUID } from 'node:crypto';
import { admitBy, remainingOf } from '../../src/admission.ts';
import { Billing } from '../../src/billing.ts';
import { canonicalForm } from '../../src/cache/canonical.ts';
import type { KeptResults } from '../../src/cache/kept-results.ts';
import { openKeptResults } from '../../src/cache/open.ts';
import type { Clock, Invoke, Pricing, Target } from '../../src/call.ts';
import { Catalog } from '../../src/catalog/catalog.ts';
import { systemClock } from '../../src/clock.ts';
import { Source } from '../../src/config/source.ts';
import { anonymousId, type Consumer, type KnownKey } from '../../src/consumer.ts';
import { identifier } from '../../src/consumers/identify.ts';
import { Permissions } from '../../src/consumers/permissions.ts';
import { type Explain, openExplain } from '../../src/explain/explain.ts';
import { liveState } from '../../src/explain/live-state.ts';
import { type GatewayParts, openGateway } from '../../src/gateway.ts';
import { Health } from '../../src/health.ts';
import { dataPlane } from '../../src/http/app.ts';
import { type Listening, listen } from '../../src/http/server.ts';
import { openOnce } from '../../src/idempotency/open.ts';
import { openQuota } from '../../src/quota/open.ts';
import type { Quota } from '../../src/quota/quota.ts';
import type { Remote } from '../../src/remote.ts';
import { Breakers } from '../../src/resilience/breaker.ts';
import { RetryBudgets } from '../../src/resilience/budget.ts';
import { Concurrency } from '../../src/resilience/concurrency.ts';
import type { Shedding } from '../../src/resilience/shedding.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import type { BeginTrace } from '../../src/telemetry/trace-context.ts';
import type { Upstream } from '../../src/upstream.ts';
import { openUsage } from '../../src/usage/open.ts';
import type { Usage } from '../../src/usage/usage.ts';
import { outcomes, targetOf } from './calls.ts';

/** A consumer that may do everything, and what a test cares about put in its place. */
export function consumerOf(over: Partial<Consumer> = {}): Consumer {
  return { id: anonymousId, priority: 'normal', functions: ['*'], limits: [], concurrency: undefined, ...over };
}

const anonymousConsumer = consumerOf();

export const upstream: Upstream = {
  id: 'main',
  region: 'cn-north-1',
  projectId: '7aad83af3e8d42e99ac194e8419e2c9b',
  endpoint: 'https://functiongraph.cn-north-1.myhuaweicloud.com',
  apiVersion: 'v1.0',
  response: 'envelope',
  maxConcurrency: 100,
  maxConnections: 256,
  connectTimeoutMs: 3_000,
  credentials: undefined,
};

export const source = new Source({ text: '', file: 'runway.yaml', environment: {} });

export interface TestGateway extends Listening {
  readonly health: Health;
  readonly faults: unknown[];
  /** Ends the calls under way, as a gateway does that can wait no longer. */
  readonly ending: AbortController;
  readonly results: KeptResults;
  readonly quota: Quota;
  readonly usage: Usage;
  readonly breakers: Breakers;
  readonly explain: Explain;
  /** The value of a series as it is written on /metrics, `le` and all; 0 when there is none. */
  metric(series: string): Promise<number>;
  metricsText(): Promise<string>;
}

/** A gateway on a port of its own: everything is real but the upstream, which is `send`. Closed by the test's `using`. */
export async function startGateway({
  targets = [targetOf()],
  send = async () => outcomes.ok,
  maxConcurrency = 100,
  shedding = { overloaded: () => undefined, share: 0 },
  clock = systemClock,
  consumers = [anonymousConsumer],
  keys = [],
  pricing,
  random = () => 0,
  remote,
  beginTrace,
  onAnswered = () => undefined,
}: {
  targets?: readonly Target[];
  send?: Invoke;
  maxConcurrency?: number;
  shedding?: Pick<Shedding, 'overloaded' | 'share'>;
  clock?: Clock;
  /** Who may call; `anonymous` among them lets callers without credentials in. */
  consumers?: readonly Consumer[];
  keys?: readonly KnownKey[];
  pricing?: Pricing;
  random?: () => number;
  /** The Redis in which results are kept; none: memory alone. */
  remote?: Remote | undefined;
  /** None: no spans are recorded. */
  beginTrace?: BeginTrace;
  onAnswered?: GatewayParts['onAnswered'];
} = {}): Promise<TestGateway & AsyncDisposable> {
  const metrics = new Metrics({ version: 'test', pricing, maxSeries: 100_000, clock });
  const health = new Health();
  const faults: unknown[] = [];
  const onFault = (fault: unknown) => void faults.push(fault);
  const breakers = new Breakers({ targets, clock, random: () => 0, onChange: (target, { state }) => metrics.breakerState(target, state) });
  const concurrency = new Concurrency({ clock, random: () => 0, upstreams: [{ id: 'main', maxConcurrency }] });
  const results = openKeptResults({ memoryBytes: 2 ** 20, remote, onFault, clock, random });
  const following = new AbortController();
  void results.follow(following.signal);
  const once = openOnce({ remote, onFault, canonicalForm, clock, newToken: randomUUID });
  const { quota, follow } = openQuota({
    remote,
    onFault,
    newToken: randomUUID,
    pricing,
    clock,
    onDecision: (consumer, limit, decision) => metrics.decided(consumer.id, limit, decision),
    onWarn: () => undefined,
  });
  void follow(following.signal);
  metrics.watch({ places: () => concurrency.gauges(), limits: () => remainingOf(consumers, quota), expiries: () => [] });
  const budgets = new RetryBudgets(clock);
  const usage = openUsage({ remote: undefined, pricing, clock, newId: randomUUID, onFault, onLost: () => undefined });
  const billing = new Billing({ consumers, quota, usage, metrics });
  const gateway = openGateway({
    identify: identifier({ consumers, keys, tokens: undefined, clock }),
    permissions: new Permissions(),
    admit: admitBy(quota, randomUUID),
    onServed: (call, wasKept) => billing.served(call, wasKept),
    onAnswered,
    onRepeated: (call, outcome) => billing.repeated(call, outcome),
    catalog: new Catalog(targets),
    results,
    once,
    breakers,
    concurrency,
    budgets,
    shedding,
    async send(call, signal) {
      const outcome = await send(call, signal);
      metrics.attempted(call, '200', outcome, 800);
      billing.attempted(call, outcome, 800);
      return outcome;
    },
    metrics,
    clock,
    random,
    onFault,
  });
  const explain = openExplain({
    config: { targets, upstreams: [upstream], consumers, keys, jwt: undefined, pricing, source },
    clock,
    state: liveState({ shedding, quota, results, sharing: gateway, breakers, concurrency, budgets }),
  });
  const ending = new AbortController();
  const listening = await listen(dataPlane({ gateway, health, ending: ending.signal, beginTrace, onFault }), {
    host: '127.0.0.1',
    port: 0,
  });
  health.started();
  const metricsText = async () => (await Array.fromAsync(metrics.exposition('text'))).join('');
  const metric = async (series: string) => {
    const line = (await metricsText()).split('\n').find((written) => written.startsWith(`${series} `));
    return line === undefined ? 0 : Number(line.slice(series.length + 1));
  };
  return {
    ...listening,
    health,
    faults,
    ending,
    results,
    quota,
    usage,
    breakers,
    explain,
    metric,
    metricsText,
    async [Symbol.asyncDispose]() {
      await listening.close(0);
      await gateway.close();
      following.abort();
      breakers.close();
    },
  };
}

/** Calls a function as most callers do. */
export function run(
  gateway: { url: string },
  name = 'hello',
  body = '{"message":"Hello World"}',
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${gateway.url}/run/${name}`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
}
