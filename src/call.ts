/**
 * The vocabulary of the gateway: what is called, what came of it, and what the gateway itself refuses.
 * Types and pure functions. Imports nothing but the words of `consumer.ts`, `signal.ts` and `span.ts`, and everything may import it.
 */

import type { Priority } from './consumer.ts';
import type { Signal } from './signal.ts';
import type { Span } from './span.ts';

/** How often a call may be tried. Decided in `resilience/retry.ts`. */
export interface RetryPolicy {
  /** All attempts, the first included. 1 means: never repeat. */
  readonly attempts: number;
  /** 429: throttled, it did not run. 500: a service error; the function's own error only if the function is idempotent. */
  readonly on: readonly (429 | 500)[];
  /** Exponential from `baseMs`, capped at `maxMs`, full jitter. */
  readonly backoff: { readonly baseMs: number; readonly maxMs: number };
  readonly budget: RetryBudgetPolicy;
}

/** How many repeats there may be in all: a share of the calls, and some each second beside it. */
export interface RetryBudgetPolicy {
  /** Repeats for each call, 0 to 1. */
  readonly ratio: number;
  readonly minPerSecond: number;
}

/** When a function's circuit opens, and for how long. */
export interface BreakerPolicy {
  /** Opens when failures ÷ requests reaches this share, 0 to 1. */
  readonly failureRatio: number;
  /** No verdict below this many requests in the window. */
  readonly minimumRequests: number;
  readonly windowMs: number;
  /** The first time; longer when it opens again and again. */
  readonly openForMs: number;
  /** Calls that take longer are slow; the circuit opens when their share reaches `ratio`. Undefined: slowness does not open it. */
  readonly slowCalls: { readonly afterMs: number; readonly ratio: number } | undefined;
}

/** How many executions of a function may be in flight, and how long others wait for a place. */
export interface ConcurrencyPolicy {
  readonly max: number;
  /** Places in the queue; 0: nobody waits. */
  readonly queue: number;
  readonly queueTimeoutMs: number;
  /** Learns from 429s how many FunctionGraph takes, up to `max`. */
  readonly adaptive: boolean;
}

/** What is answered when the circuit is open or the upstream fails, and nothing is kept. */
export interface Fallback {
  readonly status: number;
  readonly body: Buffer;
}

/** How long a result is kept, and for whom. */
export interface CachePolicy {
  /** How long it is fresh. */
  readonly ttlMs: number;
  /** After that: answered at once, and computed anew in the background. 0: not. */
  readonly staleWhileRevalidateMs: number;
  /** After that too: answered when computing it anew fails. 0: not. */
  readonly staleIfErrorMs: number;
  /** `consumer`: nobody sees another's results. `shared`: one result for all. */
  readonly scope: 'consumer' | 'shared';
  /** Lower-case names of request headers that the result depends on. */
  readonly vary: readonly string[];
}

/** What a name resolves to: one function, where it lives, and how it is to be called. */
export interface Target {
  /** The configured name: a closed set, so it may label a metric. */
  readonly name: string;
  readonly description: string | undefined;
  /** Full form with eight fields, see `urn.ts`. */
  readonly urn: string;
  /** The last field of the URN: `latest`, a version, or `!alias`. */
  readonly version: string;
  /** The id of the upstream that serves the URN's region and project. */
  readonly upstream: string;
  /** Declared by the owner, never guessed: the call may be repeated and its result kept. */
  readonly idempotent: boolean;
  /** The whole call, retries and waiting included. */
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  readonly breaker: BreakerPolicy;
  readonly concurrency: ConcurrencyPolicy;
  readonly fallback: Fallback | undefined;
  readonly cache: CachePolicy | undefined;
}

/** Its caller gives it less time than the function has (`Prefer: wait`): that this is up says nothing of the function. */
export function isImpatient({ acceptedAtMs, deadlineAtMs, target }: Pick<Call, 'acceptedAtMs' | 'deadlineAtMs' | 'target'>): boolean {
  return deadlineAtMs < acceptedAtMs + target.timeoutMs;
}

/** One accepted call on its way. Times are monotonic milliseconds of the gateway's clock. */
export interface Call {
  readonly requestId: string;
  readonly target: Target;
  /** A configured consumer's id, or `anonymous`. */
  readonly consumer: string;
  /** That consumer's: who is served first where places are scarce. */
  readonly priority: Priority;
  /** The event: checked JSON text in UTF-8, passed on as it came. */
  readonly event: Buffer;
  /** Another Runway sent it, and does the repeating. */
  readonly relayed: boolean;
  /** It may be sent again though it may have run: the function is idempotent, and no key asks that it runs at most once. */
  readonly repeatable: boolean;
  /** The caller's `Idempotency-Key`: of calls with the same one, the first runs and the others get its answer. */
  readonly idempotencyKey: string | undefined;
  /** The caller asked for the function's log. */
  readonly wantsLog: boolean;
  /** What the caller allows of kept results. */
  readonly caching: CacheDirectives;
  /** The caller's values of the headers the target's results vary on, in that order. */
  readonly varied: readonly string[];
  readonly trace: TraceContext;
  readonly acceptedAtMs: number;
  /** One number for the whole call; nothing below invents a longer one. */
  readonly deadlineAtMs: number;
  /** What the call has used so far: written by the path, read by metrics, `Server-Timing` and the log. */
  readonly tally: Tally;
}

/** Of the request's `Cache-Control` (RFC 9111 section 5.2.1) what matters here. */
export interface CacheDirectives {
  /** `no-cache`: nothing that is kept already. */
  readonly noCache: boolean;
  /** `no-store`: nothing that is kept, and nothing is kept of it. */
  readonly noStore: boolean;
  /** `only-if-cached`: nothing but what is kept. */
  readonly onlyIfCached: boolean;
  /** `max-age`: nothing that is older, and nothing stale. */
  readonly maxAgeMs: number | undefined;
}

export interface Tally {
  attempts: number;
  /** One of the attempts ran, or nobody can say that it did not. */
  mayHaveRun: boolean;
  /** Time spent waiting for the caller's event. */
  receivingMs: number;
  /** Time spent waiting for the upstream, over all attempts. */
  upstreamMs: number;
  /** Time spent waiting for a place among the executions in flight. */
  queuedMs: number;
  /** Time spent waiting before repeats. */
  pausedMs: number;
  /** Executions that are charged for the call, and what for: of those that were cut off what is known of them. */
  executions: number;
  billedMbMs: number;
}

/** What of a call's time was the gateway's own work. */
export function ownMsOf({ receivingMs, upstreamMs, queuedMs, pausedMs }: Tally, durationMs: number): number {
  return Math.max(0, durationMs - receivingMs - upstreamMs - queuedMs - pausedMs);
}

/** W3C Trace Context, as it goes upstream: its flag "sampled" says whether the trace is recorded. */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate: string | undefined;
  /** Where the gateway itself records the trace: what the parts of the call are recorded under. */
  readonly span?: Span;
}

/** What FunctionGraph's work costs, in one currency. */
export interface Pricing {
  /** ISO 4217. */
  readonly currency: string;
  readonly perMillionRequests: number;
  /** GB is 1024 MB. */
  readonly perGbSecond: number;
  /** What a calendar month may cost. */
  readonly monthlyBudget?: number | undefined;
}

/** What FunctionGraph bills, from `X-Cff-Invoke-Summary`. */
export interface Summary {
  readonly durationMs: number;
  readonly billedMs: number;
  readonly memorySizeMb: number;
  readonly memoryUsedMb: number;
}

/** MB·ms of a GB-second: GB is 1024 MB, as FunctionGraph bills it. */
export const mbMsPerGbSecond = 1_024_000;

/** What an execution is billed for, in whole MB·ms. */
export function mbMsOf({ billedMs, memorySizeMb }: Summary): number {
  return Math.round(billedMs * memorySizeMb);
}

/** As FunctionGraph bills: each request, and what it took. In the currency of the prices; no free tier is taken off. */
export function costOf({ perMillionRequests, perGbSecond }: Pricing, requests: number, mbMs: number): number {
  return (requests * perMillionRequests) / 1_000_000 + (mbMs / mbMsPerGbSecond) * perGbSecond;
}

/** An answer of FunctionGraph or of the function, as the caller is to see it. */
export interface Answer {
  readonly status: number;
  /** Lower-case names; only fields that may cross the gateway. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** What the answer's own `Cache-Control` says; it decides about keeping, and goes no further. */
  readonly cacheControl?: string;
  /** Absent when FunctionGraph sent none, or one that could not be read. */
  readonly summary: Summary | undefined;
}

/**
 * What came of one attempt, and in the end of the call. Failure is data: no exception crosses a policy.
 * Made by the one classifier in `functiongraph/classify.ts`; retry, breaker, kept results and metrics all decide by it.
 */
export type Outcome =
  | { readonly kind: 'ok'; readonly answer: Answer }
  /** The function ran and failed by its own fault. */
  | { readonly kind: 'function_error'; readonly answer: Answer }
  /** Too many calls. `disabled`: the function is switched off, waiting does not help. `ran`: marks of an execution came all the same. */
  | {
      readonly kind: 'throttled';
      readonly answer: Answer;
      readonly disabled: boolean;
      readonly ran: boolean;
      readonly retryAfterMs: number | undefined;
    }
  | UpstreamError
  /** No answer came. `sent`: something of the request had been written, so it may have run. */
  | { readonly kind: 'unreachable'; readonly reason: UnreachableReason; readonly sent: boolean }
  /** The call's time was up. */
  | { readonly kind: 'timeout'; readonly sent: boolean }
  /** The caller left before the answer came. */
  | { readonly kind: 'abandoned' }
  /** The gateway itself did not let the attempt through. */
  | { readonly kind: 'refused'; readonly problem: Problem };

export type UpstreamError =
  /** FunctionGraph said so itself (`FSS.0500`, `FSS.1051` …): passed on as it is. `ran`: marks of an execution came with it. */
  | {
      readonly kind: 'upstream_error';
      readonly cause: 'service';
      readonly code: string;
      readonly answer: Answer;
      readonly ran: boolean;
      readonly retryAfterMs: number | undefined;
    }
  /** FunctionGraph refused the gateway's own credentials: `message` is for the operator's log, never for the caller. */
  | { readonly kind: 'upstream_error'; readonly cause: 'rejected_gateway'; readonly status: number; readonly message: string }
  /** Not an answer of FunctionGraph: garbage, cut short, too large. `status` where one was read. */
  | {
      readonly kind: 'upstream_error';
      readonly cause: 'invalid';
      readonly flaw: InvalidAnswer;
      readonly status: number | undefined;
      readonly detail: string;
      /** Of an execution whose answer was lost on its way. */
      readonly summary?: Summary;
    };

/** `protocol`: not HTTP, or not what FunctionGraph says. */
export type InvalidAnswer = 'protocol' | 'cut_short' | 'too_large';

export type UnreachableReason = 'refused' | 'dns' | 'tls' | 'connect_timeout' | 'reset';

/** The codes of what the gateway itself refuses; status and title of each are in `problem.ts`. */
export type ProblemCode =
  | 'invalid_event'
  | 'invalid_request'
  | 'unauthenticated'
  | 'issuer_unreachable'
  | 'forbidden'
  | 'unknown_function'
  | 'not_found'
  | 'method_not_allowed'
  | 'idempotency_in_flight'
  | 'idempotency_mismatch'
  | 'rate_limited'
  | 'quota_exhausted'
  | 'event_too_large'
  | 'unsupported_media_type'
  | 'overloaded'
  | 'circuit_open'
  | 'upstream_unreachable'
  | 'upstream_invalid'
  | 'upstream_rejected_gateway'
  | 'deadline_exceeded'
  | 'not_cached'
  | 'shutting_down'
  | 'internal_error';

export interface Problem {
  readonly code: ProblemCode;
  /** For the caller: what could not be done, the value seen, what is allowed. Never a host, a secret or the event. */
  readonly detail: string;
  readonly retryAfterMs?: number;
  /** The same call gets the same problem again, whatever its code says elsewhere. */
  readonly retryable?: false;
  /** The error type of RFC 9209 section 2.3, where it says more than the code's own. */
  readonly proxyError?: string;
}

/** One attempt or a whole call: `signal` aborts it, and its reason is an {@link Ending}. Never rejects. */
export type Invoke = (call: Call, signal: Signal) => Promise<Outcome>;

/** What stands around a call: retry, breaker, deadline. */
export type Policy = (next: Invoke) => Invoke;

/** Why a call's signal was aborted: the only reasons in use. */
export type Ending = 'deadline' | 'caller_left' | 'shutting_down';

/** Outcome of a call that was ended from outside; `sent` as in {@link Outcome}. */
export function endedBy(reason: unknown, sent: boolean): Outcome {
  if (reason === 'deadline') return { kind: 'timeout', sent };
  if (reason !== 'shutting_down') return { kind: 'abandoned' };
  return {
    kind: 'refused',
    problem: { code: 'shutting_down', detail: 'the gateway is shutting down and could not wait for the answer', retryAfterMs: 1_000 },
  };
}

/** What an attempt was billed, as far as FunctionGraph has said it, whatever became of its answer. */
export function summaryOf(outcome: Outcome): Summary | undefined {
  if ('answer' in outcome) return outcome.answer.summary;
  return outcome.kind === 'upstream_error' && outcome.cause === 'invalid' ? outcome.summary : undefined;
}

/** Service errors that say of themselves that the function did not do its work. */
const didNotRun: ReadonlySet<string> = new Set(['FSS.0500', 'FSS.0502']);

/** Whether an outcome leaves it open that the function ran. What is known not to have run may always be sent again. */
export function mayHaveRun(outcome: Outcome): boolean {
  switch (outcome.kind) {
    case 'throttled':
      return outcome.ran;
    case 'unreachable':
    case 'timeout':
      return outcome.sent;
    case 'refused':
      return false;
    case 'upstream_error':
      if (outcome.cause !== 'service') return outcome.cause === 'invalid';
      return outcome.ran || (outcome.answer.status >= 500 && !didNotRun.has(outcome.code));
    default:
      return true;
  }
}

/** Time as the gateway sees it. Tests bring one they can move. */
export interface Clock {
  /** Monotonic milliseconds, for durations and deadlines: a jump of the wall clock does not move it. */
  nowMs(): number;
  /** Milliseconds since 1970, for dates others read. */
  epochMs(): number;
  /** Resolves after `ms`, or as soon as `signal` aborts. Never rejects. */
  sleep(ms: number, signal: Signal): Promise<void>;
}
