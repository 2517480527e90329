import type { Acceptance, Arrival } from './accept.ts';
import { accept } from './accept.ts';
import type { Admission, Admit } from './admission.ts';
import type { KeptResults } from './cache/kept-results.ts';
import { notCached, Recall, type Recalled } from './cache/recall.ts';
import { type Call, type Clock, type Invoke, isImpatient, mayHaveRun, type Outcome, ownMsOf, type Problem, type Target } from './call.ts';
import type { Catalog } from './catalog/catalog.ts';
import { conditional } from './conditional.ts';
import type { Consumer } from './consumer.ts';
import type { Credentials, Identify, Identity } from './consumers/identify.ts';
import { notPermitted, type Permissions } from './consumers/permissions.ts';
import type { Once } from './idempotency/once.ts';
import { unknownName } from './name.ts';
import { internalError } from './problem.ts';
import type { LimitState } from './quota/state.ts';
import { replayOf, settlementOf } from './replay.ts';
import type { Reply } from './reply.ts';
import { left, refusal, replyTo, statusOf } from './reply.ts';
import type { Breakers } from './resilience/breaker.ts';
import type { RetryBudgets } from './resilience/budget.ts';
import type { Concurrency } from './resilience/concurrency.ts';
import { withDeadline } from './resilience/deadline.ts';
import { standIn } from './resilience/fallback.ts';
import { outlasting } from './resilience/outlasting.ts';
import { withRetry } from './resilience/retry.ts';
import type { Shedding } from './resilience/shedding.ts';
import type { Signal } from './signal.ts';
import type { Metrics } from './telemetry/metrics.ts';

export interface GatewayParts {
  readonly identify: Identify;
  readonly permissions: Permissions;
  readonly catalog: Catalog;
  readonly admit: Admit;
  readonly results: KeptResults;
  readonly once: Once;
  readonly breakers: Breakers;
  readonly concurrency: Concurrency;
  readonly budgets: RetryBudgets;
  readonly shedding: Pick<Shedding, 'overloaded'>;
  /** One attempt at the upstream: signed afresh, sent, classified. */
  readonly send: Invoke;
  readonly metrics: Metrics;
  /** Told of every accepted call, and whether it was answered from what is kept: for the reports of use. */
  readonly onServed: (call: Call, kept: boolean) => void;
  /** Told of every request with its answer, for the log of calls. `target` is undefined when its name is not in the file, or was not looked at. */
  readonly onAnswered: (arrival: Arrival, target: Target | undefined, answered: Measured) => void;
  /** An attempt was billed, and another one repeats it. */
  readonly onRepeated: (call: Call, outcome: Outcome) => void;
  readonly clock: Clock;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  /** A fault of the gateway itself, for the log. */
  readonly onFault: (fault: unknown, requestId: string) => void;
}

/** What a caller gets, and how it came to be. */
export interface Served {
  readonly reply: Reply;
  /** Absent where the request did not become a call. */
  readonly call?: Call;
  /** Of functions whose results are kept: what came of looking, and the tier it was found in. */
  readonly looked?: Recalled['looked'];
  readonly tier?: Recalled['tier'];
  /** Absent for functions whose results are not kept. */
  readonly cacheStatus?: string;
  /** Of a kept result. */
  readonly ageMs?: number;
  /** The end of what is computed in the background because of the call. */
  readonly refresh?: Promise<void>;
  /** Of an answer to `QUERY`: what it can be asked for again by. */
  readonly etag?: string;
  /** The consumer's limits that apply to the call. */
  readonly limits?: readonly LimitState[];
  /** The answer of an earlier call with the same `Idempotency-Key`. */
  readonly replayed?: true;
}

export interface Measured extends Served {
  /** Who called, or `_unknown`. */
  readonly consumer: string;
  readonly durationMs: number;
}

export interface Gateway {
  /** Serves one request; `signal` aborts it, its reason is an `Ending`. Never rejects. */
  run(arrival: Arrival, signal: Signal): Promise<Measured>;
  functions(): readonly Target[];
  /** Those that whoever has these credentials may call. */
  functionsFor(credentials: Credentials): Promise<Exclude<Identity, { kind: 'known' }> | { kind: 'known'; functions: readonly Target[] }>;
  /** Ends what is computed in the background, and resolves when it has ended. */
  close(): Promise<void>;
}

/** With what else may be asked of the path of its calls. */
export interface OpenGateway extends Gateway {
  /** Whether a call whose result is kept under `key` would wait for an identical one that is under way. Only looks. */
  wouldShare(call: Call, key: string): boolean;
}

/**
 * The path of a call, top to bottom:
 *
 *     identify → shed → resolve → accept → admit → once per key → recall ─ kept ─────────────────────────→ answer
 *                                                     └ deadline(once for all who ask(retry(breaker(limit(sign(send)))))) → keep → answer
 *
 * Who calls is asked first: it says who is shed, and to nobody else a name is told. Resolve comes before the rest: a name that is not in
 * the file reads no body, makes no upstream call, no circuit and no series.
 * Retry stands outside, so that each attempt passes the breaker and a circuit that opens ends the retries under way; the limit stands
 * inside, so that an open circuit takes no place and a pause holds none; signing is innermost, since a signature lives 15 minutes;
 * the deadline stands around them and settles every call.
 */
export function openGateway(parts: GatewayParts): OpenGateway {
  const { identify, permissions, catalog, admit, results, once, breakers, concurrency, shedding, send, metrics, clock, random } = parts;
  const { budgets, onServed, onAnswered, onRepeated, onFault } = parts;
  const deadline = withDeadline(clock);
  const retry = withRetry({
    clock,
    random,
    budgets,
    onRetry(call, reason, outcome) {
      metrics.retried(call.target, reason);
      onRepeated(call, outcome);
    },
    onWithheld: ({ target }, reason) => metrics.withheld(target, reason),
  });
  const attempts = retry(breakers.policy(concurrency.policy(send)));
  const invoke = deadline(attempts);
  const recall = new Recall({
    results,
    attempts,
    deadline,
    clock,
    random,
    onSaved: ({ target }, billedMbMs) => metrics.saved(target, billedMbMs),
    onFault,
  });

  async function serve(arrival: Arrival, consumer: Consumer, signal: Signal, acceptedAtMs: number, target: Target): Promise<Served> {
    if (!permissions.mayCall(consumer, target.name)) return { reply: refusal(notPermitted) };
    const acceptance = await accept(arrival, consumer, target, acceptedAtMs, clock);
    if (acceptance.kind !== 'accepted') return { reply: notAccepted(acceptance) };
    const { call } = acceptance;
    const admitting = admit(consumer, call);
    const admission = admitting instanceof Promise ? await admitting : admitting;
    const { limits } = admission;
    if (admission.kind === 'refused') return { call, limits, reply: refusal(admission.problem) };
    const { idempotencyKey: key } = call;
    let served: Served | undefined;
    try {
      served = await (key === undefined ? answer(call, admission, signal) : answerOnce(call, key, admission, signal, arrival.ending));
    } finally {
      giveBack(admission, served?.refresh);
    }
    onServed(call, served.ageMs !== undefined);
    const fresh = arrival.method === 'QUERY' ? conditional(served.reply, arrival.header('if-none-match')) : {};
    return { ...served, limits, ...fresh };
  }

  async function answer(call: Call, { broke }: Admitted, signal: Signal): Promise<Served> {
    const { target, caching } = call;
    if (target.cache === undefined) {
      if (caching.onlyIfCached) return { call, reply: replyFor(call, notCached) };
      return { call, reply: broke ? refusal(broke()) : replyFor(call, await invoke(call, signal)) };
    }
    const { outcome, ...how } = await recall.run(call, target.cache, signal, broke);
    metrics.recalled(target, how.looked, how.tier);
    return { call, reply: replyFor(call, outcome), ...how };
  }

  /** Of the calls with one `Idempotency-Key` the first runs, whether its caller stays or not, and the others get its answer. */
  async function answerOnce(call: Call, key: string, admitted: Admitted, signal: Signal, ending: Signal): Promise<Served> {
    const entry = await once.enter(call, key);
    metrics.keyed(call.target, entry.kind === 'refused' ? entry.problem.code : entry.kind);
    if (entry.kind === 'refused') return { call, reply: refusal(entry.problem) };
    if (entry.kind === 'replay') return { call, reply: replayOf(entry.reply), replayed: true };
    const work = outlasting(signal, ending);
    const served = await answer(call, admitted, work.signal).catch(faulty(call.requestId, call)).finally(work.release);
    const { reply, stored } = settlementOf(served.reply, call);
    // A claim that is never settled says the same: nobody knows what came of it.
    if (stored !== 'unknown') await entry.settle(stored);
    return { ...served, reply: signal.reason === 'caller_left' ? left : reply };
  }

  /** The one end of every request: it is measured, counted and told. */
  const ended = (arrival: Arrival, acceptedAtMs: number, consumer: string, target: Target | undefined, served: Served): Measured => {
    const durationMs = clock.nowMs() - acceptedAtMs;
    const { reply, call } = served;
    const overheadMs = call && ownMsOf(call.tally, durationMs);
    metrics.requested(target, consumer, statusOf(reply), reply.label, durationMs, overheadMs, arrival.trace);
    const measured = { ...served, consumer, durationMs };
    onAnswered(arrival, target, measured);
    return measured;
  };

  /** As cheap as a refusal can be: nothing is looked up, and nothing read. */
  const refuseEarly = (arrival: Arrival, acceptedAtMs: number, consumer: string, problem: Problem): Measured =>
    ended(arrival, acceptedAtMs, consumer, undefined, { reply: refusal(problem) });

  /** Whatever went wrong in the gateway itself: nobody knows how far the call had come. */
  const faulty =
    (requestId: string, call?: Call) =>
    (fault: unknown): Served => {
      onFault(fault, requestId);
      if (call) call.tally.mayHaveRun = true;
      return { reply: refusal(internalError), ...(call && { call }) };
    };

  return {
    async run(arrival, signal) {
      const acceptedAtMs = clock.nowMs() - arrival.waitedMs;
      const identifying = identify(credentialsOf(arrival));
      const identity = identifying instanceof Promise ? await identifying : identifying;
      if (identity.kind === 'refused') return refuseEarly(arrival, acceptedAtMs, unknownName, identity.problem);
      const { consumer } = identity;
      const shed = shedding.overloaded(consumer.priority);
      if (shed) {
        metrics.shed();
        return refuseEarly(arrival, acceptedAtMs, consumer.id, shed);
      }
      const target = catalog.resolve(arrival.name);
      let served: Served = { reply: unknownFunction };
      try {
        if (target) served = await serve(arrival, consumer, signal, acceptedAtMs, target);
      } catch (fault) {
        served = faulty(arrival.requestId)(fault);
      }
      return ended(arrival, acceptedAtMs, consumer.id, target, served);
    },
    functions: () => catalog.list(),
    async functionsFor(credentials) {
      const identity = await identify(credentials);
      if (identity.kind === 'refused') return identity;
      const functions = catalog.list().filter(({ name }) => permissions.mayCall(identity.consumer, name));
      return { kind: 'known', functions };
    },
    wouldShare: (call, key) => recall.wouldShare(call, key),
    close: () => recall.close(),
  };
}

type Admitted = Extract<Admission, { kind: 'admitted' }>;

function credentialsOf({ header }: Arrival): Credentials {
  return { authorization: header('authorization'), apiKey: header('x-api-key') };
}

/** Gives back what a call holds when it is over; what is computed in the background because of it goes on holding it. */
function giveBack({ release }: Admitted, refresh: Promise<void> | undefined): void {
  if (release === undefined) return;
  if (refresh) void refresh.then(release, release);
  else release();
}

const unknownFunction = refusal({
  code: 'unknown_function',
  detail: 'no function of this name is known here; GET /run lists those there are',
});

/** The static answer of the configuration stands in where the upstream fails; it is counted as the failure that it covers. */
function replyFor(call: Call, outcome: Outcome): Reply {
  const { target, tally } = call;
  tally.mayHaveRun ||= mayHaveRun(outcome);
  // Whoever waits for less than the function's time would else spend what it is held to.
  const reply =
    outcome.kind === 'timeout' && isImpatient(call) ? { ...replyTo(outcome), label: 'client_closed' as const } : replyTo(outcome);
  const answer = standIn(target, outcome);
  return answer ? { kind: 'answer', label: reply.label, answer } : reply;
}

function notAccepted(acceptance: Exclude<Acceptance, { kind: 'accepted' }>): Reply {
  return acceptance.kind === 'left' ? left : refusal(acceptance.problem);
}
