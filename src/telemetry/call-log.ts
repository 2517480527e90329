import { type Call, type Clock, costOf, mbMsPerGbSecond, ownMsOf, type Pricing, type Target, type TraceContext } from '../call.ts';
import { unknownName } from '../name.ts';
import { type Reply, statusOf } from '../reply.ts';
import { AtMostPerSecond } from './at-most-per-second.ts';
import type { Log, LogFields } from './log.ts';
import { isSampled } from './sampling.ts';

/** The message of every line about a call. */
export const callMessage = 'call';

/** FunctionGraph's ids are UUIDs, those of the gateway before it 32 digits: text of any other form is no id, and may be anything. */
const upstreamIdForm = /^[0-9A-Fa-f-]{16,64}$/;

/** Callers choose the ids of their traces, and so could have every call in the log. */
const mostSamplesPerSecond = 100;

/** What of a request its line names. Nothing else of what a caller sends is in it. */
export interface Asked {
  readonly requestId: string;
  readonly trace: TraceContext;
}

/** What a request came to. */
export interface Answered {
  readonly reply: Reply;
  /** Absent where the request did not become a call. */
  readonly call?: Call;
  /** An id of the file, `anonymous` or `_unknown`. */
  readonly consumer: string;
  /** Of functions whose results are kept: what came of looking, and where it was found. */
  readonly looked?: string;
  readonly tier?: string;
  readonly cacheStatus?: string;
  readonly replayed?: true;
  readonly durationMs: number;
}

export interface CallLogOptions {
  readonly log: Log;
  /** 0 to 1: the share of calls that went well which have a line. */
  readonly successes: number;
  /** Lines, for each reason there is to refuse a call. */
  readonly refusalsPerSecond: number;
  readonly pricing: Pricing | undefined;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** `target` is undefined when its name is not in the file or was not looked at. */
export type TellCall = (asked: Asked, target: Target | undefined, answered: Answered) => void;

/**
 * A line for every call that failed; of those that went well a share, by their trace; of those that were refused for what the
 * caller did, and of callers who left, so many a second, since anybody can make them by the million. A line that stands for others says for how many.
 */
export function openCallLog({ log, successes, refusalsPerSecond, pricing, clock }: CallLogOptions): TellCall {
  const refusals = new AtMostPerSecond(refusalsPerSecond, clock);
  const sampled = successes < 1 ? { sampled: successes } : {};
  const samples = new AtMostPerSecond(successes < 1 ? mostSamplesPerSecond : Number.POSITIVE_INFINITY, clock);
  return (asked, target, answered) => {
    const { reply } = answered;
    if (reply.label === 'ok') {
      if (!isSampled(asked.trace.traceparent, successes)) return;
      samples.say(reply.label, (unsaid) =>
        log.info({ ...callFields(asked, target, answered, pricing), ...sampled, ...(unsaid > 0 && { unsaid }) }, callMessage),
      );
    } else if (isOfTheCaller(reply)) {
      refusals.say(reply.kind === 'problem' ? reply.problem.code : reply.label, (unsaid) =>
        log.info({ ...callFields(asked, target, answered, pricing), ...(unsaid > 0 && { unsaid }) }, callMessage),
      );
    } else {
      const level = reply.label === 'gateway_error' ? 'error' : 'warn';
      log[level](callFields(asked, target, answered, pricing), callMessage);
    }
  };
}

/** Whether callers alone decide how often it happens. */
function isOfTheCaller(reply: Reply): boolean {
  if (reply.label === 'client_closed') return true;
  return reply.label === 'refused' && (statusOf(reply) < 500 || (reply.kind === 'problem' && reply.problem.code === 'not_cached'));
}

/** What a line says of a call: names of the configuration, ids of a known form, words of closed sets, and numbers. */
export function callFields(
  { requestId, trace }: Asked,
  target: Target | undefined,
  { reply, call, consumer, looked, tier, cacheStatus, replayed, durationMs }: Answered,
  pricing: Pricing | undefined,
): LogFields {
  const upstreamRequestId = reply.kind === 'answer' ? reply.answer.headers['x-cff-request-id'] : undefined;
  return {
    requestId,
    traceId: trace.traceparent.slice(3, 35),
    function: target?.name ?? unknownName,
    ...(target && { version: target.version }),
    consumer,
    outcome: reply.label,
    ...(reply.kind === 'problem' && { problem: reply.problem.code }),
    status: statusOf(reply),
    totalMs: rounded(durationMs),
    ...(call && usedBy(call, durationMs, pricing)),
    ...(looked !== undefined && { cache: looked, cacheTier: tier }),
    ...(cacheStatus !== undefined && { cacheStatus }),
    ...(replayed && { replayed }),
    ...(upstreamRequestId !== undefined && upstreamIdForm.test(upstreamRequestId) && { upstreamRequestId }),
  };
}

function usedBy({ tally }: Call, durationMs: number, pricing: Pricing | undefined): LogFields {
  const { attempts, upstreamMs, queuedMs, pausedMs, receivingMs, executions, billedMbMs } = tally;
  return {
    attempts,
    gatewayMs: rounded(ownMsOf(tally, durationMs)),
    upstreamMs: rounded(upstreamMs),
    queueMs: rounded(queuedMs),
    backoffMs: rounded(pausedMs),
    receivingMs: rounded(receivingMs),
    billedGbSeconds: billedMbMs / mbMsPerGbSecond,
    ...(pricing && { cost: costOf(pricing, executions, billedMbMs) }),
  };
}

/** To a hundredth of a millisecond, as in `Server-Timing`. */
function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
