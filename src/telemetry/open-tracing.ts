import { DiagLogLevel, diag } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  type Resource,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ConsoleSpanExporter,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Clock } from '../call.ts';
import { version } from '../version.ts';
import type { Log } from './log.ts';
import { Occasional } from './occasional.ts';
import { spansOf } from './spans.ts';
import type { BeginTrace } from './trace-context.ts';

export interface TracingParts {
  readonly exporters: readonly ('otlp' | 'console')[];
  readonly sampler: { readonly parentBased: boolean; readonly ratio: number };
  readonly batch: {
    readonly scheduledDelayMillis: number;
    readonly exportTimeoutMillis: number;
    /** What waits here beyond it is dropped: an exporter that is away costs no memory and no call. */
    readonly maxQueueSize: number;
    readonly maxExportBatchSize: number;
  };
  readonly clock: Clock;
  readonly log: Log;
}

export interface Tracing {
  readonly begin: BeginTrace;
  /** Hands on what waits, within a bound. Never rejects. */
  close(): Promise<void>;
}

/** For what is left in the queue when the last call has ended. */
const farewellMs = 2_000;

/**
 * Records spans and sends them out. The one place that knows OpenTelemetry's SDK, imported only where traces are on; nothing is registered
 * globally but its logger, and there is no context manager: spans are handed on by hand.
 */
export function openTracing({ exporters, sampler, batch, clock, log }: TracingParts): Tracing {
  const lasting = new Occasional(clock);
  const tell = (message: string) => (said: string) =>
    lasting.say(message, (unsaid) => log.warn({ reason: reasonIn(said), unsaid }, message));
  const nothing = () => undefined;
  // Their further arguments may hold answers and errors whole.
  const logger = {
    error: tell('traces cannot be sent'),
    warn: tell('OpenTelemetry warns'),
    info: nothing,
    debug: nothing,
    verbose: nothing,
  };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });

  const provider = new TracerProvider({
    resource: describeGateway(),
    sampler: samplerOf(sampler),
    spanProcessors: exporters.map((kind) => new BatchSpanProcessor({ ...batch, exporter: exporterOf(kind) })),
  });
  return {
    begin: spansOf(provider.getTracer('runway', version), clock),
    async close() {
      const waiting = new AbortController();
      const late = clock.sleep(farewellMs, waiting.signal).then(() => 'late');
      const sent = provider.shutdown().catch((fault: unknown) => logger.error(String(fault)));
      if ((await Promise.race([sent, late])) === 'late') log.warn({ farewellMs }, 'not all traces could be sent before the end');
      waiting.abort();
      diag.disable();
    },
  };
}

function exporterOf(kind: 'otlp' | 'console'): SpanExporter {
  return kind === 'otlp' ? new OTLPTraceExporter() : new ConsoleSpanExporter();
}

function samplerOf({ parentBased, ratio }: TracingParts['sampler']): Sampler {
  const root = new TraceIdRatioBasedSampler(ratio);
  return parentBased ? new ParentBasedSampler({ root }) : root;
}

/** `OTEL_RESOURCE_ATTRIBUTES` before what is known here, and `OTEL_SERVICE_NAME` before all. */
function describeGateway(): Resource {
  const own = resourceFromAttributes({ 'service.name': 'runway', 'service.version': version });
  const detectors = [serviceInstanceIdDetector, resourceAttributesEnvDetector, serviceNameEnvDetector];
  return defaultResource().merge(own).merge(detectResources({ detectors }));
}

/** An error comes as JSON of all its properties, stack and answer among them. */
function reasonIn(said: string): string {
  if (!said.startsWith('{')) return said;
  const { code, message } = JSON.parse(said) as { code?: string; message?: string };
  return [code, message].filter(Boolean).join(': ');
}
