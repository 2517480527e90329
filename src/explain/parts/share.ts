import type { Situation } from '../situation.ts';
import type { WantedPart } from '../wanted.ts';

/** Whether the call would wait for an identical one that is under way. */
export function sharePart({ call, key }: Situation): WantedPart[] {
  if (call === undefined || key === undefined) return [];
  const alone = call.caching.noCache || call.caching.noStore;
  const says = alone
    ? 'computed for itself: the caller wants an answer of its own'
    : 'identical calls at the same time are computed once for all';
  return [{ part: 'share', says, settings: [] }];
}
