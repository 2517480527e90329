import type { Socket } from 'node:net';
import {
  InMemorySpanExporter,
  ParentBasedSampler,
  type ReadableSpan,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { openFunctionGraph } from '../../src/functiongraph/client.ts';
import { spansOf } from '../../src/telemetry/spans.ts';
import type { BeginTrace } from '../../src/telemetry/trace-context.ts';
import { startGateway } from './gateway.ts';
import { openTcpUpstream, type ReceivedRequest } from './tcp-upstream.ts';

export interface RecordedTraces {
  readonly begin: BeginTrace;
  /** Those that have ended, in the order they began. */
  spans(): readonly ReadableSpan[];
  /** A line for each, children below their parents and further in; `!` and the error's type behind those that failed. */
  tree(): string[];
}

/** Traces that are kept in memory. `ratio`: of those without a parent, how many are recorded. */
export function recordTraces({ ratio = 1 } = {}): RecordedTraces {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  const startOf = ({ startTime: [seconds, nanoseconds] }: ReadableSpan) => seconds * 1e9 + nanoseconds;
  const spans = () => exporter.getFinishedSpans().toSorted((a, b) => startOf(a) - startOf(b));
  return {
    begin: spansOf(provider.getTracer('test'), systemClock),
    spans,
    tree() {
      const all = spans();
      const ids = new Set(all.map((span) => span.spanContext().spanId));
      const below = (parent: string | undefined, indent: string): string[] =>
        all
          .filter(({ parentSpanContext: above }) => (above && ids.has(above.spanId) ? above.spanId : undefined) === parent)
          .flatMap((span) => [`${indent}${labelOf(span)}`, ...below(span.spanContext().spanId, `${indent}  `)]);
      return below(undefined, '');
    },
  };
}

function labelOf({ name, attributes, status }: ReadableSpan): string {
  return status.code === 2 ? `${name} !${attributes['error.type']}` : name;
}

export function traceparentOf(span: ReadableSpan): string {
  const { traceId, spanId } = span.spanContext();
  return `00-${traceId}-${spanId}-01`;
}

/** A gateway whose traces are kept in memory, before an upstream that says what a test gives it. */
export async function startTracedGateway(
  answer: (socket: Socket, request: ReceivedRequest) => void,
  { ratio = 1, ...options }: Omit<Parameters<typeof startGateway>[0] & {}, 'send' | 'beginTrace'> & { ratio?: number } = {},
) {
  const upstream = await openTcpUpstream(answer);
  const functionGraph = openFunctionGraph({
    upstreams: [
      {
        id: 'main',
        region: 'cn-north-1',
        projectId: '7aad83af3e8d42e99ac194e8419e2c9b',
        endpoint: upstream.origin,
        apiVersion: 'v1.0',
        response: 'envelope',
        maxConcurrency: 100,
        maxConnections: 4,
        connectTimeoutMs: 1_000,
        credentials: { kind: 'aksk', accessKey: { reveal: () => 'EXAMPLEAK' }, secretKey: { reveal: () => 'ExampleSecretKey' } },
      },
    ],
    clock: systemClock,
    random: () => 0,
    onAttempt: () => undefined,
    onUnreadableSummary: () => undefined,
    onRejectedGateway: () => undefined,
    onUnreachable: () => undefined,
    onStaleConnection: () => undefined,
    onIamStatus: () => undefined,
  });
  onTestFinished(() => functionGraph.close());
  const traces = recordTraces({ ratio });
  const gateway = await startGateway({ ...options, send: functionGraph.send, beginTrace: traces.begin });
  onTestFinished(() => gateway[Symbol.asyncDispose]());
  return { gateway, traces, requests: upstream.requests };
}
