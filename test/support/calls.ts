import { newTally } from '../../src/cache/single-flight.ts';
import type { Answer, CachePolicy, Call, Outcome, Target } from '../../src/call.ts';

/** A function with the defaults of the configuration, and what a test cares about put in its place. */
export function targetOf(over: Partial<Target> = {}): Target {
  return {
    name: 'hello',
    description: undefined,
    urn: 'urn:fss:cn-north-1:7aad83af3e8d42e99ac194e8419e2c9b:function:default:hello:latest',
    version: 'latest',
    upstream: 'main',
    idempotent: false,
    timeoutMs: 30_000,
    retry: { attempts: 3, on: [429, 500], backoff: { baseMs: 100, maxMs: 2_000 }, budget: { ratio: 0.1, minPerSecond: 3 } },
    breaker: { failureRatio: 0.5, minimumRequests: 20, windowMs: 10_000, openForMs: 5_000, slowCalls: undefined },
    concurrency: { max: 50, queue: 100, queueTimeoutMs: 1_000, adaptive: true },
    fallback: undefined,
    cache: undefined,
    ...over,
  };
}

/** Results are kept for a minute, for each consumer, and never stale, but for what a test cares about. */
export function cachePolicyOf(over: Partial<CachePolicy> = {}): CachePolicy {
  return { ttlMs: 60_000, staleWhileRevalidateMs: 0, staleIfErrorMs: 0, scope: 'consumer', vary: [], ...over };
}

export function callOf({ target = targetOf(), ...over }: Partial<Call> = {}): Call {
  return {
    requestId: 'request-1',
    target,
    consumer: 'anonymous',
    priority: 'normal',
    event: Buffer.from('{"message":"Hello World"}'),
    relayed: false,
    repeatable: target.idempotent,
    idempotencyKey: undefined,
    wantsLog: false,
    caching: { noCache: false, noStore: false, onlyIfCached: false, maxAgeMs: undefined },
    varied: [],
    trace: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: undefined },
    acceptedAtMs: 0,
    deadlineAtMs: target.timeoutMs,
    tally: newTally(),
    ...over,
  };
}

export function answerOf(status = 200, over: Partial<Answer> = {}): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from('{}'), summary: undefined, ...over };
}

/** One outcome of each kind there is, by a name that says which. */
export const outcomes = {
  ok: { kind: 'ok', answer: answerOf() },
  functionError: { kind: 'function_error', answer: answerOf(500) },
  throttled: { kind: 'throttled', answer: answerOf(429), disabled: false, ran: false, retryAfterMs: undefined },
  disabled: { kind: 'throttled', answer: answerOf(429), disabled: true, ran: false, retryAfterMs: undefined },
  serviceError: { kind: 'upstream_error', cause: 'service', code: 'FSS.0500', answer: answerOf(500), ran: false, retryAfterMs: undefined },
  badGateway: { kind: 'upstream_error', cause: 'service', code: 'FSS.0502', answer: answerOf(502), ran: false, retryAfterMs: undefined },
  unavailable: { kind: 'upstream_error', cause: 'service', code: 'FSS.0503', answer: answerOf(503), ran: false, retryAfterMs: undefined },
  noSuchFunction: {
    kind: 'upstream_error',
    cause: 'service',
    code: 'FSS.1051',
    answer: answerOf(404),
    ran: false,
    retryAfterMs: undefined,
  },
  rejected: { kind: 'upstream_error', cause: 'rejected_gateway', status: 401, message: 'no' },
  garbage: { kind: 'upstream_error', cause: 'invalid', flaw: 'protocol', status: undefined, detail: 'garbage' },
  notSent: { kind: 'unreachable', reason: 'refused', sent: false },
  reset: { kind: 'unreachable', reason: 'reset', sent: true },
  timeout: { kind: 'timeout', sent: true },
  abandoned: { kind: 'abandoned' },
  refused: { kind: 'refused', problem: { code: 'circuit_open', detail: 'open' } },
} satisfies Record<string, Outcome>;
