import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { costOf, mbMsPerGbSecond, type Pricing } from '../call.ts';
import type { Count, Label } from './count.ts';
import type { BreakerState, FunctionTally, Histograms } from './function-tally.ts';

/** The places of one function, as they are now. */
export interface Places {
  readonly function: string;
  readonly inFlight: number;
  readonly queued: number;
  /** How many may be in flight. */
  readonly limit: number;
}

/** What is left of a consumer's limit, in the limit's unit. */
export interface Remaining {
  readonly consumer: string;
  readonly limit: string;
  readonly remaining: number;
}

/** What the gateway counts beside its functions. */
export interface GatewayTally {
  readonly functions: ReadonlyMap<string, FunctionTally>;
  readonly dependencies: ReadonlyMap<string, boolean>;
  readonly redisFaults: Count;
  readonly version: string;
  /** Undefined: nothing is shown in money. */
  readonly pricing: Pricing | undefined;
  /** Reads the places of every function that has been called. */
  places: () => Iterable<Places>;
  /** By consumer, limit, decision. */
  readonly limitDecisions: Count;
  /** By consumer, limit. */
  readonly limitWarnings: Count;
  /** Reads what is left of every limit, as far as it is known here. */
  limits: () => Iterable<Remaining>;
  shed: number;
  configGeneration: number;
  lastReloadSucceeded: boolean;
}

/** 1 ms to 90 s, FunctionGraph's longest synchronous call. */
const callSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 90];
/** 50 µs, about what a call costs at its best, to 100 ms, which a call must never cost. */
const overheadSeconds = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1];
/** The sizes a function may have ("Creating a Function", `memory_size`), in MB: what is used says which would do. */
const memorySizesMb = [128, 256, 512, 768, 1024, 1280, 1536, 1792, 2048, 2560, 3072, 3584, 4096, 8192, 10240];

export const bytesPerMb = 2 ** 20;
const msPerSecond = 1000;
const breakerNumbers: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2 };

/** Gauges of prom-client whose names end in `_total`, which is a counter's: promtool refuses them. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Every metric there is, named and described. Counters and gauges read the tallies when they are scraped. */
export function openRegistry(tally: GatewayTally): { registry: Registry; histograms: Histograms } {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);

  /** `perUnit`: what is counted in small whole units is shown in base units. */
  const counter = (name: string, help: string, labels: readonly string[], of: (fn: FunctionTally) => Count, perUnit = 1) =>
    new Counter({
      name,
      help,
      registers,
      labelNames: ['function', ...labels],
      collect() {
        this.reset();
        for (const [name, fn] of tally.functions) {
          // Without a label of its own a count is there from the start: nothing of it has no series, `_unknown` least of all.
          const told = labels.length > 0 || of(fn).value > 0 ? of(fn).leaves(labels.length) : [];
          for (const [values, total] of told) this.labels(name, ...values.map(String)).inc(total / perUnit);
        }
      },
    });
  /** Of the gateway itself, with labels of its own. */
  const byLabels = (name: string, help: string, labelNames: readonly string[], count: Count) =>
    new Counter({
      name,
      help,
      registers,
      labelNames,
      collect() {
        this.reset();
        for (const [values, total] of count.leaves(labelNames.length)) this.labels(...values.map(String)).inc(total);
      },
    });
  /** Money: of what is counted in whole units, when it is shown. 0 has no series. */
  const costCounter = (
    name: string,
    help: string,
    labels: readonly string[],
    of: (fn: FunctionTally) => Iterable<readonly [labels: readonly Label[], cost: number]>,
  ) =>
    new Counter({
      name,
      help,
      registers,
      labelNames: ['function', ...labels],
      collect() {
        this.reset();
        for (const [functionName, fn] of tally.functions) {
          for (const [values, cost] of of(fn)) if (cost > 0) this.labels(functionName, ...values.map(String)).inc(cost);
        }
      },
    });
  /** `read` gives the functions that have a value, each with it. */
  const byFunction = (name: string, help: string, read: () => Iterable<readonly [functionName: string, value: number]>) =>
    new Gauge({
      name,
      help,
      registers,
      labelNames: ['function'],
      collect() {
        this.reset();
        for (const [functionName, value] of read()) this.labels(functionName).set(value);
      },
    });
  const gauge = (name: string, help: string, of: (fn: FunctionTally) => number | undefined) =>
    byFunction(name, help, function* () {
      for (const [functionName, fn] of tally.functions) {
        const value = of(fn);
        if (value !== undefined) yield [functionName, value];
      }
    });
  const places = (name: string, help: string, of: (places: Places) => number) =>
    byFunction(name, help, function* () {
      for (const each of tally.places()) yield [each.function, of(each)];
    });
  const single = (name: string, help: string, of: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(of());
      },
    });

  new Gauge({ name: 'runway_build_info', help: 'The version that runs; always 1.', labelNames: ['version'], registers })
    .labels(tally.version)
    .set(1);
  single('runway_config_generation', 'How many configurations this process has loaded.', () => tally.configGeneration);
  single('runway_config_last_reload_success', 'Whether the last configuration read was good (1) or refused (0).', () =>
    Number(tally.lastReloadSucceeded),
  );
  new Gauge({
    name: 'runway_dependency_up',
    help: 'Whether a dependency answers (1) or is away (0).',
    labelNames: ['dependency'],
    registers,
    collect() {
      for (const [name, up] of tally.dependencies) this.labels(name).set(Number(up));
    },
  });
  byLabels(
    'runway_redis_faults_total',
    'Commands that Redis did not carry out, and values of it that could not be read, by the reason.',
    ['reason'],
    tally.redisFaults,
  );

  counter('runway_requests_total', 'Requests answered.', ['consumer', 'status', 'outcome'], (fn) => fn.requests);
  counter('runway_upstream_attempts_total', 'Attempts sent to FunctionGraph, by what came back.', ['status'], (fn) => fn.attempts);
  counter('runway_retries_total', 'Attempts that repeat another one, by what had gone wrong.', ['reason'], (fn) => fn.retries);
  counter(
    'runway_retries_withheld_total',
    'Attempts that could have been repeated and were not, by what forbade it.',
    ['reason'],
    (fn) => fn.retriesWithheld,
  );
  counter('runway_breaker_transitions_total', 'Changes of the circuit, by the state gone to.', ['to'], (fn) => fn.breakerTransitions);
  gauge('runway_breaker_state', 'The circuit: 0 closed, 1 half-open, 2 open.', ({ breaker }) => breaker && breakerNumbers[breaker]);
  places('runway_in_flight', 'Executions in flight.', ({ inFlight }) => inFlight);
  places('runway_queue_depth', 'Calls that wait for a place.', ({ queued }) => queued);
  places('runway_concurrency_limit', 'Executions that may be in flight, as learned from throttling.', ({ limit }) => limit);
  new Counter({
    name: 'runway_shed_total',
    help: 'Requests refused unread because the gateway itself was overloaded.',
    registers,
    collect() {
      this.reset();
      this.inc(tally.shed);
    },
  });
  counter('runway_cache_requests_total', 'Look-ups of kept results.', ['result', 'tier'], (fn) => fn.cacheRequests);
  counter(
    'runway_cache_saved_gb_seconds_total',
    'What calls answered from kept results had been billed when they were computed; GB is 1024 MB.',
    [],
    (fn) => fn.savedMbMs,
    mbMsPerGbSecond,
  );
  const { pricing } = tally;
  if (pricing) {
    costCounter(
      'runway_cache_saved_cost_total',
      'What calls answered from kept results would have cost, by the pricing of the configuration.',
      [],
      (fn) => [[[], costOf(pricing, fn.savedCalls.value, fn.savedMbMs.value)]],
    );
    costCounter('functiongraph_cost_total', 'What executions cost, by the pricing of the configuration.', ['consumer'], (fn) =>
      [...fn.billedCalls.leaves(1)].map(([labels, calls]) => [labels, costOf(pricing, calls, fn.billedMbMs.at(labels[0]!).value)]),
    );
  }
  byLabels(
    'runway_limit_decisions_total',
    'What limits of consumers said to calls that they applied to.',
    ['consumer', 'limit', 'decision'],
    tally.limitDecisions,
  );
  byLabels(
    'runway_limit_warnings_total',
    'Windows of limits in which the share was reached at which their operator is told (warnAt).',
    ['consumer', 'limit'],
    tally.limitWarnings,
  );
  new Gauge({
    name: 'runway_limit_remaining',
    help: 'What is left of a limit, in its own unit, as far as this gateway knows.',
    labelNames: ['consumer', 'limit'],
    registers,
    collect() {
      this.reset();
      for (const { consumer, limit, remaining } of tally.limits()) this.labels(consumer, limit).set(remaining);
    },
  });
  counter(
    'functiongraph_wasted_gb_seconds_total',
    'Billed GB-seconds that answered nobody; of timeouts and callers who left, time multiplied by memory.',
    ['reason'],
    (fn) => fn.wastedMbMs,
    mbMsPerGbSecond,
  );
  counter('runway_idempotency_keys_total', 'Calls with an Idempotency-Key, by what came of it.', ['result'], (fn) => fn.keyedRequests);
  counter('runway_unreadable_summaries_total', 'Invocation summaries that could not be read.', [], (fn) => fn.unreadableSummaries);
  counter(
    'functiongraph_invocations_total',
    'Executions of the function that are known of, by their result.',
    ['version', 'result'],
    (fn) => fn.invocations,
  );
  counter('functiongraph_billed_seconds_total', 'Billed time, from the summary.', ['consumer'], (fn) => fn.billedMs, msPerSecond);
  // promtool would rather have no "gb" in a name: it is FunctionGraph's own word for what it bills, and the public contract's.
  counter(
    'functiongraph_billed_gb_seconds_total',
    'Billed time by memory size, from the summary; GB is 1024 MB.',
    ['consumer'],
    (fn) => fn.billedMbMs,
    mbMsPerGbSecond,
  );
  gauge(
    'functiongraph_memory_size_bytes',
    'Memory configured, from the last summary.',
    ({ memorySizeMb }) => memorySizeMb && memorySizeMb * bytesPerMb,
  );

  const histograms: Histograms = {
    requestSeconds: new Histogram({
      name: 'runway_request_duration_seconds',
      help: 'From accepting a request to its answer.',
      labelNames: ['function', 'outcome'],
      buckets: callSeconds,
      registers,
    }),
    overheadSeconds: new Histogram({
      name: 'runway_overhead_duration_seconds',
      help: 'What the gateway itself added to a request.',
      labelNames: ['function'],
      buckets: overheadSeconds,
      registers,
    }),
    executionSeconds: new Histogram({
      name: 'functiongraph_duration_seconds',
      help: 'Execution time, from the summary.',
      labelNames: ['function'],
      buckets: callSeconds,
      registers,
    }),
    memoryUsedBytes: new Histogram({
      name: 'functiongraph_memory_used_bytes',
      help: 'Memory used, from the summary.',
      labelNames: ['function'],
      buckets: memorySizesMb.map((mb) => mb * bytesPerMb),
      registers,
    }),
  };
  return { registry, histograms };
}
