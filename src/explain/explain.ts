import { type Arrival, accept } from '../accept.ts';
import { resultKey } from '../cache/key.ts';
import type { Call, Clock, Target } from '../call.ts';
import type { Config } from '../config/config.ts';
import { withoutKeys } from '../config/without-keys.ts';
import type { Consumer } from '../consumer.ts';
import { eventMedia } from '../event-media.ts';
import { CallSignal } from '../signal.ts';
import type { Explanation } from './explanation.ts';
import { withOrigins } from './origins.ts';
import { breakerPart } from './parts/breaker.ts';
import { cachePart } from './parts/cache.ts';
import { concurrencyPart } from './parts/concurrency.ts';
import { consumerPart } from './parts/consumer.ts';
import { eventPart } from './parts/event.ts';
import { fallbackPart } from './parts/fallback.ts';
import { functionPart } from './parts/function.ts';
import { limitParts } from './parts/limits.ts';
import { loadPart } from './parts/load.ts';
import { pricePart } from './parts/price.ts';
import { retryPart } from './parts/retry.ts';
import { sharePart } from './parts/share.ts';
import { upstreamPart } from './parts/upstream.ts';
import type { Now, Situation } from './situation.ts';
import type { State } from './state.ts';
import { verdictOf } from './verdict.ts';

/** A call that might come. */
export interface CallToExplain {
  readonly function: string;
  /** The id of a consumer, or `anonymous`: it is taken for granted that the call could show who it comes from. */
  readonly consumer: string;
  /** As it would be sent; empty is the event `{}`. */
  readonly body: Buffer;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Calls nothing, counts nothing, keeps nothing. Undefined: there is no function of this name. */
export type Explain = (call: CallToExplain) => Promise<Explanation | undefined>;

export interface ExplainParts {
  readonly config: Pick<Config, 'targets' | 'upstreams' | 'consumers' | 'keys' | 'jwt' | 'pricing' | 'source'>;
  readonly clock: Clock;
  /** Undefined: no gateway is asked, the file alone. */
  readonly state: State | undefined;
}

/** Says what would become of calls under one configuration, along the path of `gateway.ts` and by the same rules, but with read-only looks. */
export function openExplain({ config, clock, state }: ExplainParts): Explain {
  const { targets, upstreams, consumers, source, keys, jwt, pricing } = config;

  async function situationOf(asked: CallToExplain, target: Target, consumer: Consumer): Promise<Situation> {
    const acceptance = await accept(arrivalOf(asked), consumer, target, clock.nowMs(), clock);
    const call = acceptance.kind === 'accepted' ? acceptance.call : undefined;
    const notAccepted = acceptance.kind === 'refused' ? acceptance.problem : undefined;
    const key = call && (state ? state.keyOf(call) : resultKey(call, ''));
    const now = state && (await nowOf(state, target, consumer, call, key));
    const upstream = upstreams.find(({ id }) => id === target.upstream)!;
    return { target, upstream, consumer, pricing, eventBytes: call?.event.length ?? 0, call, notAccepted, key, now };
  }

  async function nowOf(from: State, target: Target, consumer: Consumer, call: Call | undefined, key: string | undefined): Promise<Now> {
    const isLookedFor = key !== undefined && call?.caching.noCache === false && !call.caching.noStore;
    const [admission, found] = await Promise.all([
      from.foresee(consumer, target.name),
      isLookedFor ? from.peek(key, target.cache!) : undefined,
    ]);
    const { name } = target;
    const shares = call !== undefined && key !== undefined && from.wouldShare(call, key);
    const [shed, circuit, standing] = [from.shed(), from.circuit(name), from.standing(target)];
    const [repeatsLeft, estimate] = [from.repeatsLeft(target), from.estimate(name)];
    return { epochMs: clock.epochMs(), shed, admission, found, shares, circuit, standing, repeatsLeft, estimate };
  }

  return async (asked) => {
    const target = targets.find(({ name }) => name === asked.function);
    if (target === undefined) return undefined;
    const known = consumers.find(({ id }) => id === asked.consumer);
    const situation = await situationOf(asked, target, known ?? stranger(asked.consumer));
    const callers = { id: asked.consumer, consumer: known, keys, takesTokens: jwt !== undefined, epochMs: clock.epochMs() };
    const who = consumerPart(callers, target.name);
    const parts = [
      who,
      ...loadPart(situation),
      functionPart(situation),
      upstreamPart(situation),
      eventPart(situation),
      ...limitParts(situation),
      cachePart(situation),
      ...sharePart(situation),
      retryPart(situation),
      breakerPart(situation),
      concurrencyPart(situation),
      fallbackPart(situation),
      ...pricePart(situation),
    ];
    const [placed, changed] = await Promise.all([withOrigins(parts, source), source.hasChanged()]);
    return {
      function: target.name,
      consumer: withoutKeys(asked.consumer),
      asked: state ? 'gateway' : 'file',
      config: { file: source.file, generated: source.generated, changed },
      verdict: verdictOf(situation, who.refusal),
      parts: placed,
    };
  };
}

/** Whom the configuration does not know: without limits of its own, so that the rest can be explained all the same. */
function stranger(id: string): Consumer {
  return { id, priority: 'normal', functions: [], limits: [], concurrency: undefined };
}

/** The call as if it had come. */
function arrivalOf({ function: name, body, headers }: CallToExplain): Arrival {
  const header = (headerName: string) => (Object.hasOwn(headers, headerName) ? headers[headerName] : undefined);
  return {
    method: 'POST',
    name,
    waitedMs: 0,
    requestId: 'explain',
    trace: { traceparent: '', tracestate: undefined },
    media: eventMedia('POST', header),
    wantsLog: header('x-cff-log-type') === 'tail',
    header,
    ending: new CallSignal(),
    readEvent: async (limitBytes) => (body.length > limitBytes ? { kind: 'too_large' } : { kind: 'read', body }),
  };
}
