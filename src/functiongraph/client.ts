import type { Call, Clock, Invoke, Outcome, UnreachableReason, UpstreamError } from '../call.ts';
import { mayHaveRun, mbMsOf, summaryOf } from '../call.ts';
import type { Signal } from '../signal.ts';
import type { Facts, Span } from '../span.ts';
import type { Upstream } from '../upstream.ts';
import { hasUnreadableSummary } from './answer.ts';
import { classify } from './classify.ts';
import { type Admission, type Credentials, openCredentials } from './credentials.ts';
import type { Exchange, HttpRequest } from './exchange.ts';
import { requestBuilder } from './request.ts';
import { openTransport, type Transport } from './transport.ts';

/** What is worth counting or logging; none of it changes what a call comes to. */
export interface FunctionGraphEvents {
  /** After every request to FunctionGraph. `status` is the HTTP status, `reset`, `timeout` or `refused`. */
  readonly onAttempt: (call: Call, status: string, outcome: Outcome, tookMs: number) => void;
  /** A summary header came that is none. */
  readonly onUnreadableSummary: (call: Call) => void;
  /** The gateway's own credentials were refused; `message` is for the log, and holds no secret. */
  readonly onRejectedGateway: (upstreamId: string, status: number, message: string) => void;
  /** No answer came; `detail` is for the log, and names hosts and addresses. */
  readonly onUnreachable: (upstreamId: string, reason: UnreachableReason, detail: string) => void;
  /** An idle connection was closed just as a request went out on it: the request is repeated at once on a fresh one. */
  readonly onStaleConnection: (call: Call) => void;
  /** After every request to IAM: whether it gave a token, and when that ends, in milliseconds since 1970. */
  readonly onIamStatus: (upstreamId: string, up: boolean, expiresAtEpochMs?: number) => void;
}

export interface FunctionGraphOptions extends FunctionGraphEvents {
  readonly upstreams: readonly Upstream[];
  readonly clock: Clock;
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number;
}

export interface FunctionGraph {
  /** One attempt at the target's upstream, which must be one of those opened. Repeated only when a token has to be renewed. */
  readonly send: Invoke;
  /** Resolves when every attempt in flight has ended. */
  close(): Promise<void>;
}

/** An upstream with its connections open. */
interface Route {
  readonly id: string;
  readonly build: (call: Call) => HttpRequest;
  readonly credentials: Credentials;
  readonly transport: Transport;
}

export function openFunctionGraph({ upstreams, clock, random, ...events }: FunctionGraphOptions): FunctionGraph {
  const routes = new Map(upstreams.map((upstream) => [upstream.id, openRoute(upstream)]));

  function openRoute(upstream: Upstream): Route {
    const { id, endpoint, maxConnections, connectTimeoutMs } = upstream;
    return {
      id,
      build: requestBuilder(upstream),
      credentials: openCredentials(upstream, { clock, random, onIamStatus: (up, expires) => events.onIamStatus(id, up, expires) }),
      transport: openTransport({ origin: endpoint, maxConnections, connectTimeoutMs }),
    };
  }

  async function attempt(call: Call, route: Route, request: HttpRequest, signal: Signal, fresh?: 'fresh'): Promise<Outcome> {
    const { transport, id } = route;
    const span = call.trace.span?.begin('attempt');
    const startedAtMs = clock.nowMs();
    const exchange = await transport.exchange(span ? under(span, request) : request, signal, fresh);
    call.tally.attempts += 1;
    const tookMs = clock.nowMs() - startedAtMs;
    call.tally.upstreamMs += tookMs;
    const outcome = classify(exchange, clock.epochMs());
    call.tally.mayHaveRun ||= exchange.kind === 'ended' ? exchange.sent : mayHaveRun(outcome);
    const status = attemptStatus(exchange);
    span?.end(factsOf(call, status, outcome));
    events.onAttempt(call, status, outcome, tookMs);
    if (exchange.kind === 'failed' && outcome.kind === 'unreachable') events.onUnreachable(id, outcome.reason, exchange.detail);
    if ('answer' in outcome && hasUnreadableSummary(outcome.answer)) events.onUnreadableSummary(call);
    if (fresh || !isStale(exchange) || !call.repeatable) return outcome;
    events.onStaleConnection(call);
    return attempt(call, route, request, signal, 'fresh');
  }

  /** A 401 may mean that the token has ended early: then once more with a new one. It did not run, so this is no retry of the call. */
  async function attemptWith(admission: Admission, call: Call, route: Route, request: HttpRequest, signal: Signal): Promise<Outcome> {
    if (admission.kind === 'not_admitted') return told(route, admission.outcome);
    const outcome = await attempt(call, route, admission.request, signal);
    if (!isUnauthorized(outcome) || !admission.renew()) return told(route, outcome);
    const renewed = await route.credentials.admit(request, signal);
    return told(route, renewed.kind === 'admitted' ? await attempt(call, route, renewed.request, signal) : renewed.outcome);
  }

  function told({ id }: Route, outcome: Outcome): Outcome {
    if (isRejected(outcome)) events.onRejectedGateway(id, outcome.status, outcome.message);
    return outcome;
  }

  return {
    send(call, signal) {
      const route = routes.get(call.target.upstream)!;
      const request = route.build(call);
      const asked = route.credentials.admit(request, signal);
      if (!(asked instanceof Promise)) return attemptWith(asked, call, route, request, signal);
      return asked.then((admission) => attemptWith(admission, call, route, request, signal));
    },
    async close() {
      const open = [...routes.values()];
      await Promise.all(open.map(({ transport }) => transport.close()));
      await Promise.all(open.map(({ credentials }) => credentials.close()));
    },
  };
}

/** The server closed an idle connection while a request was on its way to it, or so it seems: it may have run all the same. */
function isStale(exchange: Exchange): boolean {
  return exchange.kind === 'failed' && exchange.phase === 'sent' && exchange.reason === 'reset' && exchange.reused;
}

function isRejected(outcome: Outcome): outcome is Extract<UpstreamError, { cause: 'rejected_gateway' }> {
  return outcome.kind === 'upstream_error' && outcome.cause === 'rejected_gateway';
}

function isUnauthorized(outcome: Outcome): boolean {
  return isRejected(outcome) && outcome.status === 401;
}

/** The function's own spans hang below the attempt that called it. `traceparent` is not signed: a proxy may put itself between. */
function under({ traceparent }: Span, request: HttpRequest): HttpRequest {
  return { ...request, headers: { ...request.headers, traceparent } };
}

/** Of an attempt that is counted already. */
function factsOf({ target, tally }: Call, status: string, outcome: Outcome): Facts['attempt'] {
  const summary = summaryOf(outcome);
  const billedMbMs = summary && mbMsOf(summary);
  return { target, earlier: tally.attempts - 1, status, outcome: outcome.kind, cause: causeOf(outcome), billedMbMs };
}

function causeOf(outcome: Outcome): string | undefined {
  if (outcome.kind === 'unreachable') return outcome.reason;
  return outcome.kind === 'upstream_error' ? outcome.cause : undefined;
}

/** The label of `runway_upstream_attempts_total`: a status where one came, else how it ended. A caller who leaves resets it. */
function attemptStatus(exchange: Exchange): string {
  if (exchange.kind === 'answered') return String(exchange.status);
  if (exchange.kind === 'ended') return exchange.reason === 'deadline' ? 'timeout' : 'reset';
  if (exchange.phase === 'answering') return String(exchange.status);
  if (exchange.reason === 'connect_timeout') return 'timeout';
  return exchange.reason === 'reset' || exchange.reason === 'garbage' ? 'reset' : 'refused';
}
