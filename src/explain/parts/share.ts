import type { Situation } from '../situation.ts';
import type { WantedPart } from '../wanted.ts';

/** Whether the call would wait for an identical one that is under way. */
export function sharePart({ call, key, now }: Situation): WantedPart[] {
  if (call === undefined || key === undefined) return [];
  const alone = call.caching.noCache || call.caching.noStore;
  if (alone) return [{ part: 'share', says: 'computed for itself: the caller wants an answer of its own', settings: [] }];
  const says = 'identical calls at the same time are computed once for all';
  if (now === undefined) return [{ part: 'share', says, settings: [] }];
  const underWay = now.shares ? '; one is under way' : '';
  return [{ part: 'share', says: `${says}${underWay}`, settings: [], now: { underWay: now.shares } }];
}
