import { costOf, mbMsPerGbSecond } from '../call.ts';
import type { Count } from './count.ts';
import type { Distribution } from './distribution.ts';
import type { Family, Sample } from './family.ts';
import type { BreakerState, FunctionTally } from './function-tally.ts';
import type { GatewayTally } from './gateway-tally.ts';

export const bytesPerMb = 2 ** 20;
const msPerSecond = 1000;
const breakerNumbers: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2 };

/** Every metric there is beside the process's own, named and described. They read the tally when they are asked; `docs/metrics.md` is made of this. */
export function families(tally: GatewayTally): Family[] {
  const { counter, sum, gauge, histogram } = byFunction(tally);
  const { pricing } = tally;
  return [
    single('runway_build_info', 'The version that runs; always 1.', ['version'], () => [[[tally.version], 1]]),
    single('runway_config_generation', 'How many configurations this process has loaded.', [], () => [[[], tally.configGeneration]]),
    single('runway_config_last_reload_success', 'Whether the last configuration read was good (1) or refused (0).', [], () => [
      [[], Number(tally.lastReloadSucceeded)],
    ]),
    single(
      'runway_dependency_up',
      'Whether a dependency (Redis, IAM, an issuer of tokens) answers (1) or is away (0).',
      ['dependency'],
      () => [...tally.dependencies].map(([name, up]) => [[name], Number(up)]),
    ),
    tree(
      'runway_redis_faults_total',
      'Commands that Redis did not carry out, and values of it that could not be read, by the reason.',
      ['reason'],
      tally.redisFaults,
    ),
    tree(
      'runway_credentials_refused_total',
      "Answers in which FunctionGraph or IAM refused the gateway's own credentials.",
      ['upstream'],
      tally.credentialsRefused,
    ),
    watched(
      'runway_credentials_expiry_timestamp_seconds',
      'When an IAM token (holder: the upstream) or the first of the API keys of a consumer that are still good (holder: the consumer) ends.',
      ['kind', 'holder'],
      () => Iterator.from(tally.watched.expiries()).map(({ kind, holder, atEpochMs }) => [[kind, holder], atEpochMs / msPerSecond]),
    ),
    single('runway_metrics_series', 'Series held, of metrics.maxSeries that there may be.', [], () => [[[], tally.room.held]]),
    {
      ...single(
        'runway_metrics_overflow_total',
        'Observations that share the label _overflow because metrics.maxSeries is reached.',
        [],
        () => [[[], tally.room.overflowed]],
      ),
      type: 'counter',
    },

    counter('runway_requests_total', 'Requests answered.', ['consumer', 'status', 'outcome'], (fn) => fn.requests),
    {
      name: 'runway_request_duration_seconds',
      help: 'From accepting a request to its answer.',
      labels: ['function', 'outcome'],
      type: 'histogram',
      *samples() {
        for (const [name, fn] of tally.functions) {
          for (const [outcome, distribution] of fn.requestSecondsByOutcome()) yield [[name, outcome], distribution];
        }
      },
    },
    histogram('runway_overhead_duration_seconds', 'What the gateway itself added to a request.', (fn) => fn.overheadSeconds),
    counter('runway_upstream_attempts_total', 'Attempts sent to FunctionGraph, by what came back.', ['status'], (fn) => fn.attempts),
    counter('runway_retries_total', 'Attempts that repeat another one, by what had gone wrong.', ['reason'], (fn) => fn.retries),
    counter(
      'runway_retries_withheld_total',
      'Attempts that could have been repeated and were not, by what forbade it.',
      ['reason'],
      (fn) => fn.retriesWithheld,
    ),
    gauge('runway_breaker_state', 'The circuit: 0 closed, 1 half-open, 2 open.', ({ breaker }) => breaker && breakerNumbers[breaker]),
    counter('runway_breaker_transitions_total', 'Changes of the circuit, by the state gone to.', ['to'], (fn) => fn.breakerTransitions),
    watched('runway_in_flight', 'Executions in flight.', ['function'], () =>
      Iterator.from(tally.watched.places()).map((each) => [[each.function], each.inFlight]),
    ),
    watched('runway_queue_depth', 'Calls that wait for a place.', ['function'], () =>
      Iterator.from(tally.watched.places()).map((each) => [[each.function], each.queued]),
    ),
    watched('runway_concurrency_limit', 'Executions that may be in flight, as learned from throttling.', ['function'], () =>
      Iterator.from(tally.watched.places()).map((each) => [[each.function], each.limit]),
    ),
    {
      ...single('runway_shed_total', 'Requests refused unread because the gateway itself was overloaded.', [], () => [[[], tally.shed]]),
      type: 'counter',
    },
    counter('runway_cache_requests_total', 'Look-ups of kept results.', ['result', 'tier'], (fn) => fn.cacheRequests),
    sum(
      'runway_cache_saved_gb_seconds_total',
      'What calls answered from kept results had been billed when they were computed; GB is 1024 MB.',
      (fn) => (fn.savedCalls > 0 ? fn.savedMbMs / mbMsPerGbSecond : undefined),
    ),
    ...(pricing
      ? [
          sum(
            'runway_cache_saved_cost_total',
            'What calls answered from kept results would have cost, by the pricing of the configuration.',
            (fn) => (fn.savedCalls > 0 ? costOf(pricing, fn.savedCalls, fn.savedMbMs) : undefined),
          ),
        ]
      : []),
    counter('runway_idempotency_keys_total', 'Calls with an Idempotency-Key, by what came of it.', ['result'], (fn) => fn.keyedRequests),
    tree(
      'runway_limit_decisions_total',
      'What limits of consumers said to calls that they applied to.',
      ['consumer', 'limit', 'decision'],
      tally.limitDecisions,
    ),
    tree(
      'runway_limit_warnings_total',
      'Windows of limits in which the share was reached at which their operator is told (warnAt).',
      ['consumer', 'limit'],
      tally.limitWarnings,
    ),
    watched(
      'runway_limit_remaining',
      'What is left of a limit, in its own unit, as far as this gateway knows.',
      ['consumer', 'limit'],
      () => Iterator.from(tally.watched.limits()).map(({ consumer, limit, remaining }) => [[consumer, limit], remaining]),
    ),
    watched('runway_limit_amount', 'The whole of a limit, in its own unit.', ['consumer', 'limit'], () =>
      Iterator.from(tally.watched.limits()).map(({ consumer, limit, amount }) => [[consumer, limit], amount]),
    ),
    sum(
      'runway_unreadable_summaries_total',
      'Invocation summaries that could not be read.',
      ({ unreadableSummaries }) => unreadableSummaries || undefined,
    ),

    counter(
      'functiongraph_invocations_total',
      'Executions of the function that are known of, by their result.',
      ['version', 'result'],
      (fn) => fn.invocations,
    ),
    histogram('functiongraph_duration_seconds', 'Execution time, from the summary.', (fn) => fn.executed?.seconds),
    histogram(
      'functiongraph_start_delay_seconds',
      'Time of an attempt that was no execution: network, platform, cold starts.',
      (fn) => fn.executed?.startDelaySeconds,
    ),
    histogram('functiongraph_memory_used_bytes', 'Memory used, from the summary.', (fn) => fn.executed?.memoryBytes),
    gauge(
      'functiongraph_memory_size_bytes',
      'Memory configured, from the last summary.',
      ({ memorySizeMb }) => memorySizeMb && memorySizeMb * bytesPerMb,
    ),
    counter('functiongraph_billed_seconds_total', 'Billed time, from the summary.', ['consumer'], (fn) => fn.billedMs, msPerSecond),
    // promtool would rather have no "gb" in a name: it is FunctionGraph's own word for what it bills, and the public contract's.
    counter(
      'functiongraph_billed_gb_seconds_total',
      'Billed time by memory size, from the summary; GB is 1024 MB.',
      ['consumer'],
      (fn) => fn.billedMbMs,
      mbMsPerGbSecond,
    ),
    counter(
      'functiongraph_wasted_gb_seconds_total',
      'Billed GB-seconds that answered nobody; of timeouts and callers who left, time multiplied by memory.',
      ['reason'],
      (fn) => fn.wastedMbMs,
      mbMsPerGbSecond,
    ),
    ...(pricing
      ? [
          costs('functiongraph_cost_total', 'What executions cost, by the pricing of the configuration.', 'consumer', (fn) =>
            // Of both: where the room ended between them, only one has the consumer.
            [...new Set([...fn.billedCalls.labels(), ...fn.billedMbMs.labels()])].map((id) => [
              [id],
              costOf(pricing, fn.billedCalls.find(id)?.value ?? 0, fn.billedMbMs.find(id)?.value ?? 0),
            ]),
          ),
          costs('functiongraph_wasted_cost_total', 'What of the cost answered nobody.', 'reason', (fn) =>
            fn.wastedMbMs.leaves().map(([labels, mbMs]) => [labels, costOf(pricing, 0, mbMs)]),
          ),
        ]
      : []),
    ...(pricing?.monthlyBudget === undefined
      ? []
      : [
          single('runway_monthly_budget_cost', 'What a calendar month may cost, by the configuration (pricing.monthlyBudget).', [], () => [
            [[], pricing.monthlyBudget!],
          ]),
        ]),
  ];

  /** Money: of what is counted in whole units, when it is shown. 0 has no series. */
  function costs(name: string, help: string, label: string, of: (fn: FunctionTally) => Iterable<Sample>): Family {
    return {
      name,
      help,
      labels: ['function', label],
      type: 'counter',
      *samples() {
        for (const [functionName, fn] of tally.functions) {
          for (const [labels, cost] of of(fn)) if (cost > 0) yield [[functionName, ...labels], cost];
        }
      },
    };
  }
}

/** What the gateway has one of. */
function single(name: string, help: string, labels: readonly string[], samples: () => Iterable<Sample>): Family & { type: 'gauge' } {
  return { name, help, labels, type: 'gauge', samples };
}

function watched(name: string, help: string, labels: readonly string[], samples: () => Iterable<Sample>): Family {
  return { name, help, labels, type: 'gauge', watched: true, samples };
}

/** Of the gateway itself, with labels of its own. */
function tree(name: string, help: string, labels: readonly string[], count: Count): Family {
  return { name, help, labels, type: 'counter', samples: () => count.leaves() };
}

/** Families whose first label is the function. */
function byFunction({ functions }: GatewayTally) {
  const values = (of: (fn: FunctionTally) => number | undefined) =>
    function* (): Generator<Sample> {
      for (const [name, fn] of functions) {
        const value = of(fn);
        if (value !== undefined) yield [[name], value];
      }
    };
  return {
    /** `perUnit`: what is counted in small whole units is shown in base units. */
    counter: (name: string, help: string, labels: readonly string[], of: (fn: FunctionTally) => Count, perUnit = 1): Family => ({
      name,
      help,
      labels: ['function', ...labels],
      type: 'counter',
      *samples() {
        for (const [functionName, fn] of functions) {
          for (const [values, total] of of(fn).leaves()) yield [[functionName, ...values], total / perUnit];
        }
      },
    }),
    /** A counter with no label but the function: nothing of it has no series. */
    sum: (name: string, help: string, of: (fn: FunctionTally) => number | undefined): Family => ({
      name,
      help,
      labels: ['function'],
      type: 'counter',
      samples: values(of),
    }),
    gauge: (name: string, help: string, of: (fn: FunctionTally) => number | undefined): Family => ({
      name,
      help,
      labels: ['function'],
      type: 'gauge',
      samples: values(of),
    }),
    histogram: (name: string, help: string, of: (fn: FunctionTally) => Distribution | undefined): Family => ({
      name,
      help,
      labels: ['function'],
      type: 'histogram',
      *samples() {
        for (const [functionName, fn] of functions) {
          const distribution = of(fn);
          if (distribution !== undefined && distribution.count > 0) yield [[functionName], distribution];
        }
      },
    }),
  };
}
