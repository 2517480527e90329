import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Call, Outcome, Summary, Target } from '../../src/call.ts';
import type { Limit } from '../../src/consumer.ts';
import type { Metrics } from '../../src/telemetry/metrics.ts';
import { answerOf, callOf, targetOf } from '../support/calls.ts';
import { consumerOf } from '../support/gateway.ts';
import { metricsText, newMetrics } from '../support/metrics.ts';

const hello = targetOf();
const nothing = { places: () => [], limits: () => [], expiries: () => [] };
const call = (target: Target, consumer = 'anonymous'): Call => callOf({ target, consumer });
const answer = (summary: Summary | undefined, status = 200) => answerOf(status, { summary });
const ok = (summary?: Summary): Outcome => ({ kind: 'ok', answer: answer(summary) });
const summary: Summary = { durationMs: 65.828, billedMs: 66, memorySizeMb: 128, memoryUsedMb: 21.473 };

/** Each series of the functions and the gateway with its value; the process's own are left out. */
async function series(metrics: Metrics): Promise<Record<string, number>> {
  const written = await metricsText(metrics);
  const lines = written.split('\n').filter((line) => /^(runway|functiongraph)_/.test(line));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

async function seriesOf(metrics: Metrics, name: string): Promise<Record<string, number>> {
  const all = Object.entries(await series(metrics));
  return Object.fromEntries(all.filter(([written]) => written === name || written.startsWith(`${name}{`)));
}

function metricsWithEverything(): Metrics {
  const metrics = newMetrics();
  metrics.requested(hello, 'billing', 200, 'ok', 12.5, 0.3);
  metrics.requested(undefined, 'anonymous', 404, 'refused', 0.2, 0.2);
  metrics.attempted(call(hello, 'billing'), '200', ok(summary), 70);
  metrics.attempted(call(hello, 'billing'), 'reset', { kind: 'unreachable', reason: 'reset', sent: true }, 70);
  metrics.retried(hello, 'throttled');
  metrics.withheld(hello, 'budget');
  metrics.shed();
  metrics.watch({ ...nothing, places: () => [{ function: 'hello', inFlight: 3, queued: 2, limit: 50 }] });
  metrics.breakerState(hello, 'open');
  metrics.recalled(hello, 'hit', 'memory');
  metrics.unreadableSummary(hello);
  metrics.dependency('redis', true);
  metrics.dependency('iam', false);
  metrics.redisFault('OOM');
  metrics.reloaded(true);
  return metrics;
}

describe('the exposition', () => {
  test('it has the names and labels of the contract', async () => {
    const shapes = Object.keys(await series(metricsWithEverything())).map((written) => {
      const labels = [...written.matchAll(/([a-z]+)="/g)].map(([, label]) => label);
      return `${written.split('{')[0]}{${labels.join(',')}}`;
    });
    const histogram = (name: string, ...labels: string[]) => [
      `${name}_bucket{${[...labels, 'le'].join(',')}}`,
      `${name}_sum{${labels.join(',')}}`,
      `${name}_count{${labels.join(',')}}`,
    ];
    expect([...new Set(shapes)].sort()).toEqual(
      [
        'runway_build_info{version}',
        'runway_config_generation{}',
        'runway_config_last_reload_success{}',
        'runway_dependency_up{dependency}',
        'runway_redis_faults_total{reason}',
        'runway_requests_total{function,consumer,status,outcome}',
        ...histogram('runway_request_duration_seconds', 'function', 'outcome'),
        ...histogram('runway_overhead_duration_seconds', 'function'),
        'runway_upstream_attempts_total{function,status}',
        'runway_retries_total{function,reason}',
        'runway_retries_withheld_total{function,reason}',
        'runway_in_flight{function}',
        'runway_queue_depth{function}',
        'runway_concurrency_limit{function}',
        'runway_shed_total{}',
        'runway_metrics_series{}',
        'runway_metrics_overflow_total{}',
        'runway_breaker_state{function}',
        'runway_breaker_transitions_total{function,to}',
        'runway_cache_requests_total{function,result,tier}',
        'runway_unreadable_summaries_total{function}',
        'functiongraph_invocations_total{function,version,result}',
        ...histogram('functiongraph_duration_seconds', 'function'),
        'functiongraph_billed_seconds_total{function,consumer}',
        'functiongraph_billed_gb_seconds_total{function,consumer}',
        ...histogram('functiongraph_start_delay_seconds', 'function'),
        ...histogram('functiongraph_memory_used_bytes', 'function'),
        'functiongraph_memory_size_bytes{function}',
      ].sort(),
    );
  });

  test('it has the process: memory, CPU, event loop', async () => {
    const written = await metricsText(newMetrics());
    for (const name of ['process_resident_memory_bytes', 'process_cpu_seconds_total', 'nodejs_eventloop_lag_p99_seconds']) {
      expect(written).toMatch(new RegExp(`^${name} [0-9.e-]+$`, 'm'));
    }
  });

  test('label values are escaped', async () => {
    const metrics = newMetrics();
    metrics.requested(hello, 'a"b\\c\nd', 200, 'ok', 1, 1);
    expect(await seriesOf(metrics, 'runway_requests_total')).toEqual({
      'runway_requests_total{function="hello",consumer="a\\"b\\\\c\\nd",status="200",outcome="ok"}': 1,
    });
  });

  test('thousands of series do not hold the event loop: others get their turn between slices', async () => {
    const metrics = newMetrics();
    for (let index = 0; index < 300; index++) metrics.requested(targetOf({ name: `fn-${index}` }), 'anonymous', 200, 'ok', 1, 1);
    let turns = 0;
    const stop = new AbortController();
    const count = () => {
      turns += 1;
      if (!stop.signal.aborted) setImmediate(count);
    };
    setImmediate(count);
    const slices = await Array.fromAsync(metrics.exposition('text'));
    stop.abort();
    expect(slices.length).toBeGreaterThan(15);
    expect(turns).toBeGreaterThanOrEqual(15);
    // A slice is a millisecond or so of work.
    expect(Math.max(...slices.map((slice) => slice.split('\n').length))).toBeLessThan(1_500);
  });
});

describe('what may rise for the first time after hours', () => {
  const limit = { function: undefined, unit: 'requests', amount: 1, window: { kind: 'duration', ms: 1 }, mode: 'enforce' } as const;
  const config = {
    upstreams: [{ id: 'main' }],
    consumers: [
      consumerOf({
        id: 'billing',
        limits: [
          { ...limit, name: 'daily', warnAt: 0.8 },
          { ...limit, name: 'burst', warnAt: undefined },
        ],
      }),
    ],
  };

  test('begins at 0, and goes on from where it is with the next configuration', async () => {
    const metrics = newMetrics();
    metrics.foresee(config);
    expect(await seriesOf(metrics, 'runway_credentials_refused_total')).toEqual({ 'runway_credentials_refused_total{upstream="main"}': 0 });
    expect(await seriesOf(metrics, 'runway_limit_warnings_total')).toEqual({
      'runway_limit_warnings_total{consumer="billing",limit="daily"}': 0,
    });
    metrics.credentialsRefused('main');
    metrics.foresee(config);
    expect(await seriesOf(metrics, 'runway_credentials_refused_total')).toEqual({ 'runway_credentials_refused_total{upstream="main"}': 1 });
  });
});

describe('requests', () => {
  test('are counted by function, consumer, status and outcome, and timed', async () => {
    const metrics = newMetrics();
    metrics.requested(hello, 'billing', 200, 'ok', 4, 0.4);
    metrics.requested(hello, 'billing', 200, 'ok', 40, 0.04);
    metrics.requested(hello, 'web', 502, 'upstream_error', 1, 1);
    const all = await series(metrics);
    expect(all['runway_requests_total{function="hello",consumer="billing",status="200",outcome="ok"}']).toBe(2);
    expect(all['runway_requests_total{function="hello",consumer="web",status="502",outcome="upstream_error"}']).toBe(1);
    expect(all['runway_request_duration_seconds_bucket{function="hello",outcome="ok",le="0.005"}']).toBe(1);
    expect(all['runway_request_duration_seconds_sum{function="hello",outcome="ok"}']).toBe(0.044);
    expect(all['runway_overhead_duration_seconds_bucket{function="hello",le="0.00005"}']).toBe(1);
    expect(all['runway_overhead_duration_seconds_count{function="hello"}']).toBe(3);
  });

  test('names that are not in the file share one series', async () => {
    const metrics = newMetrics();
    const before = Object.keys(await series(metrics)).length;
    metrics.requested(undefined, 'anonymous', 404, 'refused', 1, 1);
    const after = Object.keys(await series(metrics)).length;
    for (let count = 0; count < 999; count++) metrics.requested(undefined, 'anonymous', 404, 'refused', 1, 1);
    expect(after).toBeGreaterThan(before);
    expect(Object.keys(await series(metrics)).length).toBe(after);
    expect(await seriesOf(metrics, 'runway_requests_total')).toEqual({
      'runway_requests_total{function="_unknown",consumer="anonymous",status="404",outcome="refused"}': 1000,
    });
  });

  test('a function that left the file leaves no series behind', async () => {
    const metrics = metricsWithEverything();
    metrics.watch({ ...nothing, places: () => [] });
    metrics.swapped({ targets: [targetOf({ name: 'other' })], consumers: [], upstreams: [] });
    expect(Object.keys(await series(metrics)).filter((written) => written.includes('hello'))).toEqual([]);
  });

  test('a consumer that left the file, and a limit of one that did not, leave no series behind', async () => {
    const metrics = newMetrics();
    for (const id of ['billing', 'web', 'anonymous', '_unknown']) {
      metrics.requested(hello, id, 200, 'ok', 1, 1);
      metrics.attempted(call(hello, id), '200', ok(summary), 70);
    }
    for (const limit of ['burst', 'daily', 'concurrency']) metrics.decided('billing', limit, 'refused');
    metrics.decided('web', 'burst', 'allowed');
    metrics.warned('web', 'burst');
    const burst: Limit = {
      name: 'burst',
      function: undefined,
      unit: 'requests',
      amount: 1,
      window: { kind: 'duration', ms: 1 },
      mode: 'enforce',
      warnAt: undefined,
    };
    metrics.swapped({ targets: [hello], consumers: [consumerOf({ id: 'billing', limits: [burst] })], upstreams: [] });
    const consumers = Object.keys(await series(metrics)).flatMap((written) => /consumer="([^"]*)"/.exec(written)?.[1] ?? []);
    expect(new Set(consumers)).toEqual(new Set(['billing', 'anonymous', '_unknown']));
    expect(Object.keys(await seriesOf(metrics, 'runway_limit_decisions_total'))).toEqual([
      'runway_limit_decisions_total{consumer="billing",limit="burst",decision="refused"}',
      'runway_limit_decisions_total{consumer="billing",limit="concurrency",decision="refused"}',
    ]);
  });

  test('a duration falls into every bucket whose bound it does not exceed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.double({ min: 0, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 30 }), async (durationsMs) => {
        const metrics = newMetrics();
        for (const durationMs of durationsMs) metrics.requested(hello, 'billing', 200, 'ok', durationMs, 0);
        const buckets = Object.entries(await seriesOf(metrics, 'runway_request_duration_seconds_bucket'));
        expect(buckets.length).toBe(17);
        for (const [written, count] of buckets) {
          const bound = Number(/le="(.*)"/.exec(written)![1]!.replace('+Inf', 'Infinity'));
          expect(count).toBe(durationsMs.filter((durationMs) => durationMs / 1000 <= bound).length);
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('attempts', () => {
  test('are counted by what came back', async () => {
    const metrics = newMetrics();
    const outcomes: [string, Outcome][] = [
      ['200', ok(summary)],
      ['200', { kind: 'function_error', answer: answer(summary) }],
      ['429', { kind: 'throttled', answer: answer(undefined, 429), disabled: false, ran: false, retryAfterMs: undefined }],
      ['503', { kind: 'upstream_error', cause: 'invalid', flaw: 'protocol', status: 503, detail: 'not JSON' }],
      ['refused', { kind: 'unreachable', reason: 'refused', sent: false }],
      ['timeout', { kind: 'timeout', sent: true }],
      ['timeout', { kind: 'abandoned' }],
    ];
    for (const [status, outcome] of outcomes) metrics.attempted(call(targetOf({ version: 'v2' })), status, outcome, 70);
    expect(await seriesOf(metrics, 'runway_upstream_attempts_total')).toEqual({
      'runway_upstream_attempts_total{function="hello",status="200"}': 2,
      'runway_upstream_attempts_total{function="hello",status="429"}': 1,
      'runway_upstream_attempts_total{function="hello",status="503"}': 1,
      'runway_upstream_attempts_total{function="hello",status="refused"}': 1,
      'runway_upstream_attempts_total{function="hello",status="timeout"}': 2,
    });
    // What is not known to have run is no execution.
    const executions = ['ok', 'function_error'].map(
      (result) => `functiongraph_invocations_total{function="hello",version="v2",result="${result}"}`,
    );
    expect(await seriesOf(metrics, 'functiongraph_invocations_total')).toEqual(Object.fromEntries(executions.map((series) => [series, 1])));
  });

  test('each one with a summary is billed, the failed ones too, to the consumer who called', async () => {
    const metrics = newMetrics();
    metrics.attempted(call(hello, 'billing'), '200', ok(summary), 70);
    metrics.attempted(call(hello, 'billing'), '500', { kind: 'function_error', answer: answer(summary, 500) }, 70);
    metrics.attempted(call(hello, 'web'), '200', ok(), 70);
    const all = await series(metrics);
    expect(await seriesOf(metrics, 'functiongraph_billed_seconds_total')).toEqual({
      'functiongraph_billed_seconds_total{function="hello",consumer="billing"}': 0.132,
    });
    expect(all['functiongraph_billed_gb_seconds_total{function="hello",consumer="billing"}']).toBe(0.0165);
    expect(all['functiongraph_duration_seconds_count{function="hello"}']).toBe(2);
    expect(all['functiongraph_memory_used_bytes_bucket{function="hello",le="134217728"}']).toBe(2);
    expect(all['functiongraph_memory_size_bytes{function="hello"}']).toBe(134_217_728);
  });

  test('billed GB-seconds are the exact sum, whatever the order and number of calls', async () => {
    const bill = fc.record({
      billedMs: fc.integer({ min: 0, max: 90_000 }),
      memorySizeMb: fc.constantFrom(128, 256, 768, 1280, 1792, 10240),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(bill, { minLength: 1, maxLength: 200 }), async (bills) => {
        const metrics = newMetrics();
        for (const { billedMs, memorySizeMb } of bills) {
          metrics.attempted(call(hello), '200', ok({ durationMs: billedMs, billedMs, memorySizeMb, memoryUsedMb: 1 }), 70);
        }
        const mbMs = bills.reduce((sum, { billedMs, memorySizeMb }) => sum + BigInt(billedMs) * BigInt(memorySizeMb), 0n);
        const shown = await seriesOf(metrics, 'functiongraph_billed_gb_seconds_total');
        expect(Object.values(shown)).toEqual([Number(mbMs) / (1024 * 1000)]);
      }),
      { numRuns: 30 },
    );
  });

  test('an execution that was billed nothing shows as nothing, not as unknown', async () => {
    const metrics = newMetrics();
    metrics.attempted(call(hello), '200', ok({ ...summary, billedMs: 0 }), 70);
    expect(Object.values(await seriesOf(metrics, 'functiongraph_billed_gb_seconds_total'))).toEqual([0]);
  });

  test('a summary that cannot be read is counted and bills nothing', async () => {
    const metrics = newMetrics();
    metrics.attempted(call(hello), '200', ok(), 70);
    metrics.unreadableSummary(hello);
    const all = await series(metrics);
    expect(all['runway_unreadable_summaries_total{function="hello"}']).toBe(1);
    expect(await seriesOf(metrics, 'functiongraph_billed_seconds_total')).toEqual({});
  });
});

test('how often each version of a function ran is known, whatever came of it', () => {
  const metrics = newMetrics();
  const v2 = call(targetOf({ version: 'v2' }));
  metrics.attempted(call(hello), '200', ok(summary), 70);
  metrics.attempted(v2, '200', ok(summary), 70);
  metrics.attempted(v2, '200', { kind: 'function_error', answer: answer(summary) }, 70);
  metrics.attempted(v2, 'refused', { kind: 'unreachable', reason: 'refused', sent: false }, 70);
  expect([...metrics.versionsOf('hello')]).toEqual([
    ['latest', 1],
    ['v2', 2],
  ]);
  expect(metrics.versionsOf('nobody').size).toBe(0);
});

describe('the parts', () => {
  test('a circuit shows its state and counts its changes, not what it was told twice', async () => {
    const metrics = newMetrics();
    const states: number[] = [];
    for (const state of ['closed', 'open', 'open', 'half-open', 'open', 'half-open', 'closed'] as const) {
      metrics.breakerState(hello, state);
      states.push(...Object.values(await seriesOf(metrics, 'runway_breaker_state')));
    }
    expect(states).toEqual([0, 2, 2, 1, 2, 1, 0]);
    expect(await seriesOf(metrics, 'runway_breaker_transitions_total')).toEqual({
      'runway_breaker_transitions_total{function="hello",to="open"}': 2,
      'runway_breaker_transitions_total{function="hello",to="half-open"}': 2,
      'runway_breaker_transitions_total{function="hello",to="closed"}': 1,
    });
  });

  test('a circuit begins closed with another configuration, which is no change of it', async () => {
    const metrics = newMetrics();
    metrics.breakerState(hello, 'open');
    metrics.swapped({ targets: [hello], consumers: [], upstreams: [] });
    expect(await seriesOf(metrics, 'runway_breaker_state')).toEqual({ 'runway_breaker_state{function="hello"}': 0 });
    expect(Object.values(await seriesOf(metrics, 'runway_breaker_transitions_total'))).toEqual([1]);
  });

  test('kept results and retries are counted by their labels', async () => {
    const metrics = newMetrics();
    metrics.recalled(hello, 'miss', 'none');
    metrics.recalled(hello, 'hit', 'redis');
    metrics.recalled(hello, 'hit', 'redis');
    metrics.retried(hello, 'throttled');
    metrics.withheld(hello, 'budget');
    metrics.withheld(hello, 'budget');
    metrics.withheld(hello, 'deadline');
    const all = await series(metrics);
    expect(all['runway_cache_requests_total{function="hello",result="miss",tier="none"}']).toBe(1);
    expect(all['runway_cache_requests_total{function="hello",result="hit",tier="redis"}']).toBe(2);
    expect(all['runway_retries_total{function="hello",reason="throttled"}']).toBe(1);
    expect(all['runway_retries_withheld_total{function="hello",reason="budget"}']).toBe(2);
    expect(all['runway_retries_withheld_total{function="hello",reason="deadline"}']).toBe(1);
  });

  test('places are what they are at the moment of the scrape', async () => {
    const metrics = newMetrics();
    const places = { function: 'hello', inFlight: 3, queued: 2, limit: 50 };
    metrics.watch({ ...nothing, places: () => [places] });
    await metricsText(metrics);
    Object.assign(places, { inFlight: 0, queued: 7, limit: 41.5 });
    const all = await series(metrics);
    expect(all['runway_in_flight{function="hello"}']).toBe(0);
    expect(all['runway_queue_depth{function="hello"}']).toBe(7);
    expect(all['runway_concurrency_limit{function="hello"}']).toBe(41.5);
  });

  test('places of a new configuration stand in for those of the old one', async () => {
    const metrics = newMetrics();
    metrics.watch({ ...nothing, places: () => [{ function: 'old', inFlight: 1, queued: 0, limit: 1 }] });
    await metricsText(metrics);
    metrics.watch({ ...nothing, places: () => [{ function: 'new', inFlight: 2, queued: 0, limit: 2 }] });
    expect(await seriesOf(metrics, 'runway_in_flight')).toEqual({ 'runway_in_flight{function="new"}': 2 });
  });

  test('requests that are shed are counted from the first scrape on, without a function', async () => {
    const metrics = newMetrics();
    expect(await seriesOf(metrics, 'runway_shed_total')).toEqual({ runway_shed_total: 0 });
    metrics.shed();
    metrics.shed();
    expect(await seriesOf(metrics, 'runway_shed_total')).toEqual({ runway_shed_total: 2 });
  });

  test('a dependency shows whether it is up now', async () => {
    const metrics = newMetrics();
    metrics.dependency('redis', true);
    metrics.dependency('redis', false);
    expect(await seriesOf(metrics, 'runway_dependency_up')).toEqual({ 'runway_dependency_up{dependency="redis"}': 0 });
  });

  test('a refused configuration is shown and keeps the generation; a good one moves it on', async () => {
    const metrics = newMetrics();
    metrics.reloaded(true);
    metrics.reloaded(false);
    const all = await series(metrics);
    expect([all.runway_config_generation, all.runway_config_last_reload_success]).toEqual([2, 0]);
  });
});
