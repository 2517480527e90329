import { hasNoTime, noTime } from '../no-time.ts';
import { refusalOf } from '../refusal.ts';
import type { Situation } from '../situation.ts';
import type { WantedPart } from '../wanted.ts';
import { count, spoken } from '../words.ts';

/** Whether the request would be accepted, and how long the call would have. */
export function eventPart({ target, call, notAccepted, eventBytes }: Situation): WantedPart {
  if (call === undefined) return { part: 'event', says: notAccepted!.detail, settings: [], refusal: refusalOf(notAccepted!) };
  const wholeMs = call.deadlineAtMs - call.acceptedAtMs;
  const says = [
    `${count(eventBytes, 'byte')} of JSON`,
    ...(wholeMs < target.timeoutMs ? [`the caller gives it ${spoken(wholeMs)}`] : []),
    ...(call.idempotencyKey === undefined ? [] : ['with an Idempotency-Key: it runs once, and a repeat gets the answer of the first']),
  ];
  const refusal = hasNoTime(call) ? { refusal: refusalOf(noTime) } : {};
  return { part: 'event', says: says.join('; '), settings: [], ...refusal };
}
