import { formatDuration } from '../../config/units.ts';
import type { Standing } from '../../resilience/concurrency.ts';
import { refusalOf } from '../refusal.ts';
import type { Situation } from '../situation.ts';
import { at, ofFunction, type WantedPart } from '../wanted.ts';
import { count } from '../words.ts';

/** Whether there is a place for the call. */
export function concurrencyPart({ target, upstream, now }: Situation): WantedPart {
  const { max, queue, queueTimeoutMs, adaptive } = target.concurrency;
  const own = (key: string, value: unknown, says: string) => ofFunction(target.name, `concurrency.${key}`, value, says);
  const settings = [
    own('max', max, `${max} in flight`),
    own('queue', queue, `${queue} waiting`),
    own('queueTimeout', queueTimeoutMs, `for ${formatDuration(queueTimeoutMs)}`),
    own('adaptive', adaptive, adaptive ? 'fewer when FunctionGraph throttles' : 'whatever FunctionGraph says'),
    at(['upstreams', upstream.id, 'maxConcurrency'], upstream.maxConcurrency, `${upstream.maxConcurrency} over the account`),
  ];
  if (now === undefined) return { part: 'concurrency', says: '', settings };
  const { standing } = now;
  const place = placeIn(standing, queue);
  const seen = seenIn(standing, max, queue);
  const refusal = place === 'none' ? { refusal: refusalOf({ code: 'overloaded', detail: `no place is free: ${seen}` }) } : {};
  return { part: 'concurrency', says: `${seen}${ends[place]}`, settings, now: { ...standing, place }, ...refusal };
}

/** `none`: the queue is full as well; a consumer that has less than its share of it may still get in. */
export type Place = 'free' | 'queue' | 'none';

const ends: Readonly<Record<Place, string>> = {
  free: '',
  queue: ': the call would wait',
  none: ': the call would not pass, unless others have more than their share of the queue',
};

export function placeIn({ inFlight, limit, queued, account }: Standing, queue: number): Place {
  if (inFlight < limit && account.inFlight < account.max) return 'free';
  return queued < queue ? 'queue' : 'none';
}

function seenIn({ inFlight, limit, queued, account }: Standing, max: number, queue: number): string {
  const learned = limit < max ? ` (no more, since FunctionGraph throttled)` : '';
  const ofFunction = `${inFlight} of ${count(limit, 'place')}${learned} taken, ${queued} of ${queue} wait`;
  return `${ofFunction}, ${account.inFlight} of ${account.max} over the account`;
}
