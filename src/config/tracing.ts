import type { Environment } from './environment.ts';

/** How traces go out: the variables of OpenTelemetry that decide it. Those of its exporter and its resource it reads itself. */
export interface TracingSettings {
  /** None: no spans are recorded, and nothing of OpenTelemetry's SDK is loaded. */
  readonly exporters: readonly TraceExporter[];
  readonly sampler: SamplerSettings;
  readonly batch: BatchSettings;
  /** What is set and cannot be used, a line each. */
  readonly problems: readonly string[];
}

export type TraceExporter = 'otlp' | 'console';

export interface SamplerSettings {
  /** The caller's decision holds where it has made one. */
  readonly parentBased: boolean;
  /** Of the traces that are decided here, 0 to 1. */
  readonly ratio: number;
}

/** The queue before the exporter; the names are OpenTelemetry's. */
export interface BatchSettings {
  readonly scheduledDelayMillis: number;
  readonly exportTimeoutMillis: number;
  readonly maxQueueSize: number;
  readonly maxExportBatchSize: number;
}

/**
 * Traces are on when `OTEL_TRACES_EXPORTER` names an exporter, or when an endpoint for them is set. Where a variable cannot be read its
 * default holds, as in OpenTelemetry's "Environment Variable Specification", and a problem says so; an exporter is never a default.
 */
export function tracingSettings(environment: Environment = process.env): TracingSettings {
  const variables = new Variables(environment);
  const exporters = exportersIn(variables);
  const on = exporters.length > 0;
  return {
    exporters,
    // Of what is off nothing needs to be good.
    sampler: on ? samplerIn(variables) : { parentBased: true, ratio: 1 },
    batch: on ? batchIn(variables) : batchDefaults,
    problems: variables.problems,
  };
}

interface Variable {
  readonly name: string;
  readonly value: string;
}

class Variables {
  readonly problems: string[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** The first of these that is set: one that is empty is not. */
  first(...names: readonly string[]): Variable | undefined {
    for (const name of names) {
      const value = this.#environment[name]?.trim();
      if (value) return { name, value };
    }
    return undefined;
  }

  number(name: string, fallback: number, least: number, most: number): number {
    const seen = this.first(name);
    const value = Number(seen?.value);
    if (seen === undefined || (value >= least && value <= most)) return seen ? value : fallback;
    this.refuse(seen, `a number from ${least} to ${most}`, `it is taken for ${fallback}`);
    return fallback;
  }

  refuse({ name, value }: Variable, allowed: string, result: string): void {
    this.problems.push(`${name} is ${JSON.stringify(value)}, allowed is ${allowed}: ${result}`);
  }
}

function exportersIn(variables: Variables): TraceExporter[] {
  if (variables.first('OTEL_SDK_DISABLED')?.value.toLowerCase() === 'true') return [];
  const endpoint = variables.first('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT');
  const list = variables.first('OTEL_TRACES_EXPORTER') ?? { name: '', value: endpoint ? 'otlp' : 'none' };
  const names = new Set(list.value.split(',').map((name) => name.trim()));
  if (names.has('none')) return [];
  const exporters: TraceExporter[] = [];
  for (const name of names) {
    if (name === 'console' || (name === 'otlp' && canSend(variables, endpoint))) exporters.push(name);
    else if (name !== 'otlp') variables.refuse({ ...list, value: name }, '"otlp", "console" or "none"', 'no traces go there');
  }
  return exporters;
}

/** Its exporter would take the default instead of an endpoint that is none, and another protocol for its own. */
function canSend(variables: Variables, endpoint: Variable | undefined): boolean {
  const protocol = variables.first('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL');
  const speaks = protocol === undefined || protocol.value === 'http/protobuf';
  const leads = endpoint === undefined || /^https?:$/.test(URL.parse(endpoint.value)?.protocol ?? '');
  if (!speaks) variables.refuse(protocol, '"http/protobuf"', 'no traces are sent');
  if (!leads) variables.refuse(endpoint, 'an http or https URL', 'no traces are sent');
  return speaks && leads;
}

const samplers: readonly string[] = ['always_on', 'always_off', 'traceidratio'].flatMap((root) => [`parentbased_${root}`, root]);

function samplerIn(variables: Variables): SamplerSettings {
  const seen = variables.first('OTEL_TRACES_SAMPLER') ?? { name: '', value: 'parentbased_always_on' };
  if (!samplers.includes(seen.value)) {
    variables.refuse(seen, samplers.map((name) => `"${name}"`).join(', '), 'it is taken for "parentbased_always_on"');
    return { parentBased: true, ratio: 1 };
  }
  const parentBased = seen.value.startsWith('parentbased_');
  if (seen.value.endsWith('traceidratio')) return { parentBased, ratio: variables.number('OTEL_TRACES_SAMPLER_ARG', 1, 0, 1) };
  return { parentBased, ratio: seen.value.endsWith('always_on') ? 1 : 0 };
}

/** Those of OpenTelemetry's specification. */
const batchDefaults: BatchSettings = {
  scheduledDelayMillis: 5_000,
  exportTimeoutMillis: 30_000,
  maxQueueSize: 2_048,
  maxExportBatchSize: 512,
};
/** What a timer of Node takes. */
const mostMs = 2 ** 31 - 1;
/** A span is a kilobyte or so, and what waits must not fill the memory. */
const mostSpans = 100_000;

function batchIn(variables: Variables): BatchSettings {
  const { scheduledDelayMillis, exportTimeoutMillis, maxQueueSize, maxExportBatchSize } = batchDefaults;
  return {
    scheduledDelayMillis: variables.number('OTEL_BSP_SCHEDULE_DELAY', scheduledDelayMillis, 0, mostMs),
    exportTimeoutMillis: variables.number('OTEL_BSP_EXPORT_TIMEOUT', exportTimeoutMillis, 1, mostMs),
    maxQueueSize: variables.number('OTEL_BSP_MAX_QUEUE_SIZE', maxQueueSize, 1, mostSpans),
    maxExportBatchSize: variables.number('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', maxExportBatchSize, 1, mostSpans),
  };
}
