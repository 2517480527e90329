import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tracingSettings } from '../../src/config/tracing.ts';

const collector = 'http://collector:4318';
const exportersOf = (environment: Record<string, string>) => tracingSettings(environment).exporters;
const on = { OTEL_TRACES_EXPORTER: 'otlp' };

describe('traces are on', () => {
  test.each<[string, Record<string, string>, readonly string[]]>([
    ['when their exporter is named', { OTEL_TRACES_EXPORTER: 'otlp' }, ['otlp']],
    ['when it is the console', { OTEL_TRACES_EXPORTER: 'console' }, ['console']],
    ['when there are two', { OTEL_TRACES_EXPORTER: 'otlp, console' }, ['otlp', 'console']],
    ['when an endpoint is set', { OTEL_EXPORTER_OTLP_ENDPOINT: collector }, ['otlp']],
    ['when an endpoint of theirs is set', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector}/v1/traces` }, ['otlp']],
    ['when OpenTelemetry is said not to be off', { ...on, OTEL_SDK_DISABLED: 'false' }, ['otlp']],
    ['when the protocol is the one there is', { ...on, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }, ['otlp']],
    [
      'when their own protocol is, and that of the rest is not',
      { ...on, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf' },
      ['otlp'],
    ],
  ])('%s', (_, environment, exporters) => {
    expect(tracingSettings(environment)).toMatchObject({ exporters, problems: [] });
  });
});

describe('traces are off, and nobody is told', () => {
  test.each<[string, Record<string, string>]>([
    ['when nothing is set', {}],
    ['when what is set is empty', { OTEL_TRACES_EXPORTER: '', OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }],
    ['when their exporter is none, though there is an endpoint', { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: collector }],
    ['when OpenTelemetry is off', { ...on, OTEL_SDK_DISABLED: 'True' }],
    ['when only other variables are set', { OTEL_SERVICE_NAME: 'calls', OTEL_TRACES_SAMPLER: 'nobody', OTEL_BSP_MAX_QUEUE_SIZE: 'x' }],
  ])('%s', (_, environment) => {
    expect(tracingSettings(environment)).toMatchObject({ exporters: [], problems: [] });
  });
});

describe('what cannot be used is told, with what was seen and what is allowed', () => {
  test.each<[Record<string, string>, readonly string[], string]>([
    [
      { ...on, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      [],
      'OTEL_EXPORTER_OTLP_PROTOCOL is "grpc", allowed is "http/protobuf": no traces are sent',
    ],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
      [],
      'OTEL_EXPORTER_OTLP_ENDPOINT is "collector:4318", allowed is an http or https URL: no traces are sent',
    ],
    [
      { OTEL_TRACES_EXPORTER: 'zipkin,console' },
      ['console'],
      'OTEL_TRACES_EXPORTER is "zipkin", allowed is "otlp", "console" or "none": no traces go there',
    ],
    [
      { ...on, OTEL_BSP_MAX_QUEUE_SIZE: 'many' },
      ['otlp'],
      'OTEL_BSP_MAX_QUEUE_SIZE is "many", allowed is a number from 1 to 100000: it is taken for 2048',
    ],
    [
      { ...on, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' },
      ['otlp'],
      'OTEL_TRACES_SAMPLER_ARG is "2", allowed is a number from 0 to 1: it is taken for 1',
    ],
  ])('%o', (environment, exporters, problem) => {
    expect(tracingSettings(environment)).toMatchObject({ exporters, problems: [problem] });
  });

  test('a sampler that there is not', () => {
    const { sampler, problems } = tracingSettings({ ...on, OTEL_TRACES_SAMPLER: 'xray' });
    expect(sampler).toEqual({ parentBased: true, ratio: 1 });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^OTEL_TRACES_SAMPLER is "xray", allowed is "parentbased_always_on", "always_on", .*"traceidratio": it is/);
  });

  test('and never throws', () => {
    const names = ['OTEL_TRACES_EXPORTER', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_PROTOCOL', 'OTEL_TRACES_SAMPLER'];
    const more = ['OTEL_TRACES_SAMPLER_ARG', 'OTEL_BSP_SCHEDULE_DELAY', 'OTEL_SDK_DISABLED'];
    const value = fc.oneof(fc.string(), fc.constantFrom('otlp', collector, 'traceidratio', '1'));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names, ...more), value), (environment) => {
        const { sampler } = tracingSettings(environment);
        expect(sampler.ratio).toBeGreaterThanOrEqual(0);
        expect(sampler.ratio).toBeLessThanOrEqual(1);
      }),
    );
  });
});

test.each<[string | undefined, string | undefined, boolean, number]>([
  [undefined, undefined, true, 1],
  ['parentbased_always_on', undefined, true, 1],
  ['parentbased_always_off', undefined, true, 0],
  ['parentbased_traceidratio', '0.25', true, 0.25],
  ['always_on', '0.25', false, 1],
  ['always_off', undefined, false, 0],
  ['traceidratio', undefined, false, 1],
])('the sampler %s with %s', (sampler = '', argument = '', parentBased, ratio) => {
  const settings = tracingSettings({ ...on, OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: argument });
  expect(settings).toMatchObject({ sampler: { parentBased, ratio }, problems: [] });
});

test("the queue is OpenTelemetry's own where nothing else is said", () => {
  const { batch } = tracingSettings({ ...on, OTEL_BSP_SCHEDULE_DELAY: '100' });
  expect(batch).toEqual({ scheduledDelayMillis: 100, exportTimeoutMillis: 30_000, maxQueueSize: 2_048, maxExportBatchSize: 512 });
});

test('an endpoint is no reason to send what is called off', () => {
  expect(exportersOf({ OTEL_EXPORTER_OTLP_ENDPOINT: collector, OTEL_TRACES_EXPORTER: 'console' })).toEqual(['console']);
});
