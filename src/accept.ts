import type { Call, Clock, Problem, Target, TraceContext } from './call.ts';
import type { Consumer } from './consumer.ts';
import { flawOfEvent } from './event/check.ts';
import { cacheDirectivesOf, cameThroughRunway, idempotencyKeyOf, waitOf } from './request-fields.ts';
import type { Signal } from './signal.ts';

/** FunctionGraph takes 6 MB for a synchronous call ("Notes and Constraints"); MB is 2^20 bytes here. */
export const maxEventBytes = 6 * 1024 * 1024;

/** How a request declares its body. `form`: what `curl -d` says when nobody tells it otherwise; taken if it turns out to be JSON. */
export type EventMedia = 'json' | 'form' | 'unsupported';

/** `QUERY` (RFC 10008) is safe and repeatable: only what is idempotent answers it. */
export type Method = 'POST' | 'QUERY';

export type BodyRead =
  | { readonly kind: 'read'; readonly body: Buffer }
  | { readonly kind: 'too_large' }
  /** It was not whole in time. */
  | { readonly kind: 'too_slow' }
  /** Its sender hung up. */
  | { readonly kind: 'cut_short' };

/** A request as the gateway sees it, whatever brought it. The body is not read before it is known to be wanted. */
export interface Arrival {
  readonly method: Method;
  /** What stands in the place of a function's name: anything at all. */
  readonly name: string;
  /** How long it waited for its turn before anything of it was looked at. */
  readonly waitedMs: number;
  readonly requestId: string;
  readonly trace: TraceContext;
  readonly media: EventMedia;
  readonly wantsLog: boolean;
  /** The value of a header by its lower-case name. */
  header(name: string): string | undefined;
  /** Aborted when the gateway can wait no longer, whether the caller is still there or not. */
  readonly ending: Signal;
  readEvent(limitBytes: number, timeoutMs: number): Promise<BodyRead>;
}

export type Acceptance =
  | { readonly kind: 'accepted'; readonly call: Call }
  | { readonly kind: 'refused'; readonly problem: Problem }
  | { readonly kind: 'left' };

/** Makes a call of a request: one that is JSON, within the limits, and has its deadline from here on. */
export async function accept(
  arrival: Arrival,
  consumer: Consumer,
  target: Target,
  acceptedAtMs: number,
  clock: Clock,
): Promise<Acceptance> {
  if (arrival.method === 'QUERY' && !target.idempotent) return refused('method_not_allowed', notIdempotent);
  if (arrival.media === 'unsupported') return refused('unsupported_media_type', unsupported);
  const read = await arrival.readEvent(maxEventBytes, target.timeoutMs);
  const receivingMs = clock.nowMs() - acceptedAtMs;
  if (read.kind === 'cut_short') return { kind: 'left' };
  if (read.kind === 'too_slow') return refused('deadline_exceeded', 'the time of the call was up before its event had arrived');
  if (read.kind === 'too_large')
    return refused('event_too_large', `the event is larger than 6 MB (${maxEventBytes} bytes), the most that FunctionGraph takes`);

  const event = read.body.length === 0 ? emptyEvent : read.body;
  const checked = flawOfEvent(event);
  const flaw = checked instanceof Promise ? await checked : checked;
  if (flaw !== undefined)
    return arrival.media === 'form' && flaw.kind === 'not_json'
      ? refused('unsupported_media_type', formOf(flaw.detail))
      : refused('invalid_event', flaw.detail);

  const wait = waitOf(arrival.header('prefer'));
  if (wait === 'unreadable')
    return refused('invalid_request', 'the header Prefer has a "wait" that is no number of seconds, allowed is wait=N');
  const idempotency = idempotencyKeyOf(arrival.header('idempotency-key'));
  if (!idempotency.ok) return refused('invalid_request', noKey);
  const { requestId, wantsLog, trace } = arrival;
  const relayed = cameThroughRunway(arrival.header('via'));
  const varied = target.cache?.vary.map((name) => arrival.header(name) ?? '') ?? [];
  const deadlineAtMs = acceptedAtMs + Math.min(target.timeoutMs, wait ?? Number.POSITIVE_INFINITY);
  return {
    kind: 'accepted',
    call: {
      requestId,
      target,
      consumer: consumer.id,
      priority: consumer.priority,
      event,
      relayed,
      repeatable: target.idempotent && idempotency.key === undefined,
      idempotencyKey: idempotency.key,
      wantsLog,
      caching: cacheDirectivesOf(arrival.header('cache-control')),
      varied,
      trace,
      acceptedAtMs,
      deadlineAtMs,
      tally: {
        attempts: 0,
        mayHaveRun: false,
        receivingMs,
        upstreamMs: 0,
        queuedMs: 0,
        pausedMs: 0,
        executions: 0,
        billedMbMs: 0,
      },
    },
  };
}

const emptyEvent = Buffer.from('{}');

const notIdempotent = 'QUERY is for functions that are idempotent, and this one is not; allowed is: POST';
const noKey = 'the header Idempotency-Key is no key, allowed is one token or quoted string of 1 to 255 visible ASCII characters';

const unsupported =
  'the body is the event and must be JSON: send it as content-type: application/json, in UTF-8, not compressed, not as a form of a page';

function formOf(flaw: string): string {
  return `${flaw}; a form, which is what curl -d calls its body, is taken only when it is JSON`;
}

function refused(code: Problem['code'], detail: string): Acceptance {
  return { kind: 'refused', problem: { code, detail } };
}
