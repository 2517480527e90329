import type { Attributes, Context, Span as OtelSpan, Tracer } from '@opentelemetry/api';
import { createTraceState, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Clock } from '../call.ts';
import type { Facts, Part, Span } from '../span.ts';
import { gbSecondsOf, words } from './span-words.ts';
import { type BeginTrace, type CallersTrace, readTrace, traceparentOf } from './trace-context.ts';

/** Every request gets a span; the sampler decides whether it is recorded, and with it all that is below. */
export function spansOf(tracer: Tracer, clock: Clock): BeginTrace {
  return (method, traceparent, tracestate) => {
    const caller = readTrace(traceparent, tracestate);
    // Once for all spans of a trace: a jump of the wall clock must not tear them apart.
    const epochStartMs = clock.epochMs() - clock.nowMs();
    const nowMs = () => epochStartMs + clock.nowMs();
    const attributes: Attributes = { 'http.request.method': method, 'http.route': route, 'url.scheme': 'http' };
    const options = { kind: SpanKind.SERVER, startTime: nowMs(), attributes };
    const span = tracer.startSpan(`${method} ${route}`, options, caller ? under(caller) : ROOT_CONTEXT);
    const context = { traceparent: nameOf(span), tracestate: caller?.tracestate };
    return span.isRecording() ? { ...context, span: new Recorded('call', span, tracer, nowMs, undefined) } : context;
  };
}

const route = '/run/{name}';

class Recorded<P extends Part> implements Span<P> {
  readonly #part: P;
  readonly #span: OtelSpan;
  readonly #tracer: Tracer;
  /** Milliseconds since 1970. */
  readonly #nowMs: () => number;
  readonly #above: Recorded<Part> | undefined;
  #context: Context | undefined;
  #billedMbMs: number | undefined;

  constructor(part: P, span: OtelSpan, tracer: Tracer, nowMs: () => number, above: Recorded<Part> | undefined) {
    this.#part = part;
    this.#span = span;
    this.#tracer = tracer;
    this.#nowMs = nowMs;
    this.#above = above;
  }

  get traceparent(): string {
    return nameOf(this.#span);
  }

  begin<Below extends Part>(part: Below): Span<Below> {
    this.#context ??= trace.setSpan(ROOT_CONTEXT, this.#span);
    const kind = part === 'attempt' ? SpanKind.CLIENT : SpanKind.INTERNAL;
    const span = this.#tracer.startSpan(part, { kind, startTime: this.#nowMs() }, this.#context);
    return new Recorded(part, span, this.#tracer, this.#nowMs, this as Recorded<Part>);
  }

  waitedFor(traceparent: string): void {
    const { traceId, parentId: spanId, sampled: traceFlags } = readTrace(traceparent, undefined)!;
    this.#span.addLink({ context: { traceId, spanId, traceFlags } });
  }

  end(facts: Facts[P]): void {
    const { name, attributes, error } = words[this.#part](facts);
    if (name !== undefined) this.#span.updateName(name);
    this.#span.setAttributes(attributes);
    if (this.#billedMbMs !== undefined) this.#span.setAttribute('runway.billed_gb_seconds', gbSecondsOf(this.#billedMbMs)!);
    if (error !== undefined) this.#span.setAttribute('error.type', error).setStatus({ code: SpanStatusCode.ERROR });
    this.#span.end(this.#nowMs());
    if (this.#above && 'billedMbMs' in facts) this.#above.#bill(facts.billedMbMs);
  }

  /** A call is billed the sum of its attempts. */
  #bill(mbMs: number | undefined): void {
    if (mbMs !== undefined) this.#billedMbMs = (this.#billedMbMs ?? 0) + mbMs;
  }
}

/** The caller's span as the parent, in a context that knows nothing else. */
function under({ traceId, parentId, sampled, tracestate }: CallersTrace): Context {
  const state = tracestate === undefined ? {} : { traceState: createTraceState(tracestate) };
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: parentId, traceFlags: sampled, isRemote: true, ...state });
}

function nameOf(span: OtelSpan): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return traceparentOf(traceId, spanId, traceFlags & 1 ? 1 : 0);
}
