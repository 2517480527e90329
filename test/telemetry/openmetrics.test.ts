import { describe, expect, test } from 'vitest';
import { callOf, targetOf } from '../support/calls.ts';
import { FakeClock } from '../support/clock.ts';
import { metricsText, newMetrics } from '../support/metrics.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const sampled = { traceparent: `00-${traceId}-b7ad6b7169203331-01`, tracestate: undefined };
const notSampled = { traceparent: `00-${traceId}-b7ad6b7169203331-00`, tracestate: undefined };

describe('OpenMetrics', () => {
  test('a bucket has the last request of it whose trace is recorded, with its time', async () => {
    const clock = new FakeClock(Date.UTC(2026, 0, 1));
    const metrics = newMetrics({ clock });
    metrics.requested(targetOf(), 'billing', 200, 'ok', 3, 1, { ...sampled, traceparent: sampled.traceparent.replace('0af7', '1111') });
    metrics.requested(targetOf(), 'billing', 200, 'ok', 4, 1, sampled);
    metrics.requested(targetOf(), 'billing', 200, 'ok', 4.5, 1, notSampled);
    const line = (await metricsText(metrics, 'openmetrics')).split('\n').find((written) => written.includes('# {'));
    expect(line).toBe(
      `runway_request_duration_seconds_bucket{function="hello",outcome="ok",le="0.005"} 3 # {trace_id="${traceId}"} 0.004 1767225600`,
    );
  });

  test('without a recorded trace there is no exemplar, and in the text format never', async () => {
    const metrics = newMetrics();
    metrics.requested(targetOf(), 'billing', 200, 'ok', 3, 1, notSampled);
    expect(await metricsText(metrics, 'openmetrics')).not.toContain('trace_id');
    metrics.requested(targetOf(), 'billing', 200, 'ok', 3, 1, sampled);
    expect(await metricsText(metrics, 'text')).not.toContain('trace_id');
  });

  test('it ends with its mark, has no empty line, and calls the family of a counter without its ending', async () => {
    const metrics = newMetrics();
    metrics.requested(targetOf(), 'billing', 200, 'ok', 3, 1);
    metrics.retried(callOf().target, 'throttled');
    const lines = (await metricsText(metrics, 'openmetrics')).split('\n');
    expect(lines.slice(-2)).toEqual(['# EOF', '']);
    expect(lines.slice(0, -1).filter((line) => line === '')).toEqual([]);
    expect(lines.filter((line) => /^# TYPE \S+_total /.test(line))).toEqual([]);
    const counters = lines.flatMap((line) => /^# TYPE (\S+) counter$/.exec(line)?.[1] ?? []);
    expect(counters).toContain('runway_requests');
    expect(counters).toContain('process_cpu_seconds');
    const told = lines.filter((line) => !line.startsWith('#') && counters.some((name) => line.startsWith(`${name}_`)));
    expect(told.filter((line) => !/^\w+_total[ {]/.test(line))).toEqual([]);
  });

  test('the names of the text format stay what they are after a scrape in OpenMetrics', async () => {
    const metrics = newMetrics();
    const names = async () => [...(await metricsText(metrics)).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    const before = await names();
    await metricsText(metrics, 'openmetrics');
    expect(await names()).toEqual(before);
  });
});
