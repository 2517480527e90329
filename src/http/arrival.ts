import { randomUUID } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { Arrival, BodyRead, EventMedia, Method } from '../accept.ts';
import type { TraceContext } from '../call.ts';
import { eventMedia } from '../event-media.ts';
import type { Signal } from '../signal.ts';
import { continueRequestId } from '../telemetry/request-id.ts';
import type { BeginTrace } from '../telemetry/trace-context.ts';
import { readBody } from './body.ts';

/** A request for a call, as Node's server brings it. */
export class NodeArrival implements Arrival {
  readonly method: Method;
  readonly name: string;
  readonly requestId: string;
  readonly trace: TraceContext;
  readonly media: EventMedia;
  readonly wantsLog: boolean;
  readonly ending: Signal;
  readonly #bindings: HttpBindings;

  constructor(name: string, bindings: HttpBindings, ending: Signal, beginTrace: BeginTrace) {
    this.#bindings = bindings;
    this.method = bindings.incoming.method as Method;
    this.name = name;
    this.requestId = continueRequestId(this.header('x-request-id'), randomUUID);
    this.trace = beginTrace(this.method, this.header('traceparent'), this.header('tracestate'));
    this.media = eventMedia(this);
    this.wantsLog = this.header('x-cff-log-type') === 'tail';
    this.ending = ending;
  }

  header(name: string): string | undefined {
    const value = this.#bindings.incoming.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  readEvent(limitBytes: number, timeoutMs: number): Promise<BodyRead> {
    const { incoming, outgoing } = this.#bindings;
    if (incoming.headers.expect !== undefined) outgoing.writeContinue();
    return readBody(incoming, limitBytes, timeoutMs);
  }
}
