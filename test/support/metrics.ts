import { Metrics, type MetricsParts } from '../../src/telemetry/metrics.ts';
import { FakeClock } from './clock.ts';

/** Metrics with nothing counted yet, and room for all that a test counts. */
export function newMetrics(parts: Partial<MetricsParts> = {}): Metrics {
  return new Metrics({ version: '1.2.3', maxSeries: 1_000_000, clock: new FakeClock(), ...parts });
}

export async function metricsText(metrics: Metrics, format: 'text' | 'openmetrics' = 'text'): Promise<string> {
  return (await Array.fromAsync(metrics.exposition(format))).join('');
}
