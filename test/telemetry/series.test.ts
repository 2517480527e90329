import { describe, expect, test } from 'vitest';
import { answerOf, callOf, targetOf } from '../support/calls.ts';
import { consumerOf } from '../support/gateway.ts';
import { metricsText, newMetrics } from '../support/metrics.ts';

const named = (count: number, prefix: string) => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

async function valuesOf(metrics: ReturnType<typeof newMetrics>, name: string): Promise<Map<string, number>> {
  const lines = (await metricsText(metrics)).split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

const summary = { durationMs: 1, billedMs: 1, memorySizeMb: 128, memoryUsedMb: 1 };
const limit = { function: undefined, unit: 'requests', amount: 1, window: { kind: 'duration', ms: 1 }, mode: 'enforce' } as const;
const sum = (values: Map<string, number>) => [...values.values()].reduce((total, value) => total + value, 0);

describe('the bound on series', () => {
  test('a thousand consumers of a full gateway share one series, and no request is lost', async () => {
    const metrics = newMetrics({ maxSeries: 300 });
    for (const consumer of named(1_000, 'consumer')) metrics.requested(targetOf(), consumer, 200, 'ok', 1, 1);
    const requests = await valuesOf(metrics, 'runway_requests_total');
    expect(sum(requests)).toBe(1_000);
    expect(requests.size).toBeLessThanOrEqual(300);
    expect(requests.get('runway_requests_total{function="hello",consumer="_overflow",status="200",outcome="ok"}')).toBeGreaterThan(600);
  });

  test('a thousand functions of a full gateway share one name, and no request is lost', async () => {
    const metrics = newMetrics({ maxSeries: 1_000 });
    for (const name of named(1_000, 'fn')) metrics.requested(targetOf({ name }), 'billing', 200, 'ok', 1, 1);
    expect(sum(await valuesOf(metrics, 'runway_requests_total'))).toBe(1_000);
    expect(sum(await valuesOf(metrics, 'runway_request_duration_seconds_count'))).toBe(1_000);
    expect([...(await valuesOf(metrics, 'runway_overhead_duration_seconds_count')).keys()]).toContain(
      'runway_overhead_duration_seconds_count{function="_overflow"}',
    );
  });

  test('no execution of a full gateway is lost: its time and memory are those of all that had no room', async () => {
    const metrics = newMetrics({ maxSeries: 1_000 });
    for (const name of named(100, 'fn')) {
      for (const consumer of named(10, 'consumer')) {
        metrics.attempted(callOf({ target: targetOf({ name }), consumer }), '200', { kind: 'ok', answer: answerOf(200, { summary }) }, 8);
      }
    }
    for (const name of [
      'functiongraph_duration_seconds_count',
      'functiongraph_memory_used_bytes_count',
      'functiongraph_invocations_total',
    ]) {
      expect([name, sum(await valuesOf(metrics, name))]).toEqual([name, 1_000]);
    }
    expect([...metrics.numbers()].reduce((total, { executions }) => total + executions, 0)).toBe(1_000);
  });

  test('what nothing happened to yet takes at most a tenth of the room', async () => {
    const metrics = newMetrics({ maxSeries: 1_000 });
    const limits = [{ ...limit, name: 'daily', warnAt: 0.8 }];
    metrics.foresee({ upstreams: [], consumers: named(5_000, 'consumer').map((id) => consumerOf({ id, limits })) });
    expect((await valuesOf(metrics, 'runway_metrics_series')).get('runway_metrics_series')).toBeLessThan(110);
    metrics.requested(targetOf(), 'billing', 200, 'ok', 1, 1);
    expect([...(await valuesOf(metrics, 'runway_requests_total')).keys()]).toEqual([
      'runway_requests_total{function="hello",consumer="billing",status="200",outcome="ok"}',
    ]);
  });

  test('of what is asked for, no more is asked than there is room for', async () => {
    const metrics = newMetrics({ maxSeries: 100 });
    let asked = 0;
    metrics.watch({
      places: () => [],
      *limits() {
        for (const consumer of named(10_000, 'consumer')) {
          asked++;
          yield { consumer, limit: 'daily', remaining: 1, amount: 1 };
        }
      },
      expiries: () => [],
    });
    expect((await valuesOf(metrics, 'runway_limit_remaining')).size).toBeLessThanOrEqual(100);
    expect(asked).toBeLessThan(250);
  });

  test('what a call of an old configuration counts at its end goes with it', async () => {
    const metrics = newMetrics();
    const config = { targets: [targetOf({ name: 'stays' })], consumers: [], upstreams: [{ id: 'main' }] };
    metrics.breakerState(targetOf({ name: 'stays' }), 'open');
    metrics.credentialsRefused('gone');
    metrics.requested(targetOf({ name: 'gone' }), 'anonymous', 200, 'ok', 1, 1);
    metrics.forget(config);
    expect((await metricsText(metrics)).match(/"gone"/g)).toBeNull();
    // The circuits of those that stay are not touched.
    expect(await valuesOf(metrics, 'runway_breaker_state')).toEqual(new Map([['runway_breaker_state{function="stays"}', 2]]));
  });

  test('what is written stays near the bound, and what it holds is told with what did not fit', async () => {
    const metrics = newMetrics({ maxSeries: 2_000 });
    for (const name of named(200, 'fn')) {
      for (const consumer of named(20, 'consumer')) {
        metrics.requested(targetOf({ name }), consumer, 200, 'ok', 1, 1);
        metrics.decided(consumer, 'daily', 'allowed');
      }
    }
    metrics.watch({
      places: () => named(5_000, 'fn').map((fn) => ({ function: fn, inFlight: 1, queued: 0, limit: 1 })),
      limits: () => [],
      expiries: () => [],
    });
    const ours = (await metricsText(metrics)).split('\n').filter((line) => /^(runway|functiongraph)_/.test(line));
    // Beside what is held: the shared series of every level, and the gateway's own.
    expect(ours.length).toBeLessThan(2_000 + 300);
    expect((await valuesOf(metrics, 'runway_metrics_series')).get('runway_metrics_series')).toBeLessThanOrEqual(2_000);
    expect((await valuesOf(metrics, 'runway_metrics_overflow_total')).get('runway_metrics_overflow_total')).toBeGreaterThan(0);
  });

  test('what leaves the file makes room: functions and consumers that come and go for ever never reach it', async () => {
    const metrics = newMetrics({ maxSeries: 300 });
    for (let round = 0; round < 100; round++) {
      const target = targetOf({ name: `fn-${round}` });
      const consumer = consumerOf({ id: `consumer-${round}` });
      metrics.requested(target, consumer.id, 200, 'ok', 1, 1);
      metrics.attempted(
        callOf({ target, consumer: consumer.id }),
        '200',
        {
          kind: 'ok',
          answer: {
            status: 200,
            headers: {},
            body: Buffer.of(),
            summary: { durationMs: 1, billedMs: 1, memorySizeMb: 128, memoryUsedMb: 1 },
          },
        },
        2,
      );
      metrics.decided(consumer.id, 'daily', 'allowed');
      metrics.swapped({ targets: [target], consumers: [consumer], upstreams: [] });
    }
    metrics.swapped({ targets: [], consumers: [], upstreams: [] });
    expect((await valuesOf(metrics, 'runway_metrics_overflow_total')).get('runway_metrics_overflow_total')).toBe(0);
    expect((await valuesOf(metrics, 'runway_metrics_series')).get('runway_metrics_series')).toBe(0);
  });
});
