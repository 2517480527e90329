import { describe, expect, test } from 'vitest';
import { callOf, targetOf } from '../support/calls.ts';
import { consumerOf } from '../support/gateway.ts';
import { metricsText, newMetrics } from '../support/metrics.ts';

const named = (count: number, prefix: string) => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

async function valuesOf(metrics: ReturnType<typeof newMetrics>, name: string): Promise<Map<string, number>> {
  const lines = (await metricsText(metrics)).split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

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
    expect(ours.length).toBeLessThan(2_000 + 500);
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
      metrics.swapped({ targets: [target], consumers: [consumer] });
    }
    metrics.swapped({ targets: [], consumers: [] });
    expect((await valuesOf(metrics, 'runway_metrics_overflow_total')).get('runway_metrics_overflow_total')).toBe(0);
    expect((await valuesOf(metrics, 'runway_metrics_series')).get('runway_metrics_series')).toBe(0);
  });
});
