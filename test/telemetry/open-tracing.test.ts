import { expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { LogFields } from '../../src/telemetry/log.ts';
import { openTracing } from '../../src/telemetry/open-tracing.ts';
import { openCollector } from '../support/otlp-collector.ts';

test('what waits to be sent is bounded: the rest is dropped, and somebody is told', async () => {
  const collector = await openCollector();
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.endpoint);
  onTestFinished(() => void vi.unstubAllEnvs());
  const told: LogFields[] = [];
  const tell = (fields: LogFields) => void told.push(fields);
  const tracing = openTracing({
    exporters: ['otlp'],
    sampler: { parentBased: true, ratio: 1 },
    batch: { scheduledDelayMillis: 1, exportTimeoutMillis: 30_000, maxQueueSize: 8, maxExportBatchSize: 4 },
    clock: systemClock,
    log: { info: tell, warn: tell, error: tell },
  });
  const record = () => tracing.begin('POST', undefined, undefined).span!.begin('queue').end({ turn: 'taken' });
  for (let i = 0; i < 1_000; i++) record();
  // Four were under way when the queue filled.
  await expect.poll(() => collector.spans.length).toBe(4 + 8);
  record();
  expect(told).toEqual([{ reason: 'Dropped 988 spans because maxQueueSize reached', unsaid: 0 }]);
  await tracing.close();
  expect(collector.spans).toHaveLength(4 + 8 + 1);
});
