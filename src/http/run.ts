import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import type { Arrival } from '../accept.ts';
import { beginInTurn } from '../begin-in-turn.ts';
import { atEndOfTurn } from '../end-of-turn.ts';
import type { Gateway, Measured } from '../gateway.ts';
import { internalError } from '../problem.ts';
import { CallSignal, type Signal } from '../signal.ts';
import { pooledRandomBytes } from '../telemetry/random-bytes.ts';
import { type BeginTrace, continueTrace } from '../telemetry/trace-context.ts';
import { writeAnswer, writeProblem } from './answer.ts';
import { arrivalOf } from './arrival.ts';
import { discardRest } from './body.ts';
import { factsOf } from './span-facts.ts';
import { gatewayTiming } from './timing.ts';

const randomBytes = pooledRandomBytes();
const unrecorded: BeginTrace = (_method, traceparent, tracestate) => continueTrace(traceparent, tracestate, randomBytes);

type RunContext = Context<{ Bindings: HttpBindings }>;

export interface RunParts {
  readonly gateway: Gateway;
  /** Aborts the calls that are still under way when the gateway can wait no longer. */
  readonly ending: Signal;
  readonly beginTrace?: BeginTrace | undefined;
  /** A fault of our own, for the log. */
  readonly onFault: (fault: unknown, requestId: string) => void;
}

/**
 * `POST` and `QUERY /run/:name`: brings the request to the gateway and its answer back. Nothing of the call is decided here.
 *
 * It talks to Node's own request and response: to make a Fetch `Request` and `Response` of them, with their headers and streams, and to
 * wait for what Hono and the adapter do with a promise of one, costs as much as the whole path of a call behind it.
 */
export function runHandler({ gateway, ending, beginTrace = unrecorded, onFault }: RunParts): (c: RunContext) => Response {
  const underWay = new Set<CallSignal>();
  // One listener for all of them: a signal with a thousand takes its time to let one go.
  ending.addEventListener('abort', () => {
    for (const signal of underWay) signal.abort('shutting_down');
  });

  function answer(outgoing: ServerResponse, served: Measured, arrival: Arrival): void {
    try {
      arrival.trace.span?.end(factsOf(arrival, served));
      writeAnswer(outgoing, served, arrival);
    } catch (fault) {
      fail(outgoing, fault, arrival.requestId);
    }
  }

  /** Neither Hono nor the adapter would answer for what goes wrong here. */
  function fail(outgoing: ServerResponse, fault: unknown, requestId: string): void {
    onFault(fault, requestId);
    if (outgoing.headersSent) outgoing.destroy();
    else writeProblem(outgoing, internalError, requestId, ['server-timing', gatewayTiming(0)]);
  }

  function start({ incoming, outgoing }: HttpBindings, arrival: Arrival): void {
    const signal = new CallSignal();
    underWay.add(signal);
    outgoing.on('close', () => {
      underWay.delete(signal);
      if (!outgoing.writableFinished) signal.abort('caller_left');
      else if (!incoming.complete) discardRest(incoming);
    });
    gateway.run(arrival, signal).then(
      (served) => atEndOfTurn(() => answer(outgoing, served, arrival)),
      (fault: unknown) => fail(outgoing, fault, arrival.requestId),
    );
  }

  function begin(name: string, waitedMs: number, bindings: HttpBindings): void {
    const { outgoing } = bindings;
    // Its caller left while it waited for its turn: as one who left before it was read.
    if (outgoing.destroyed) return;
    try {
      start(bindings, arrivalOf(name, waitedMs, bindings, ending, beginTrace));
    } catch (fault) {
      fail(outgoing, fault, randomUUID());
    }
  }

  return (c) => {
    const name = c.req.param('name')!;
    beginInTurn((waitedMs) => begin(name, waitedMs, c.env));
    return RESPONSE_ALREADY_SENT;
  };
}
