import type { Situation } from '../situation.ts';
import type { WantedPart } from '../wanted.ts';
import { percent } from '../words.ts';

/** Whether the gateway itself keeps up. Who is shed is a matter of chance and priority. */
export function loadPart({ now }: Situation): WantedPart[] {
  if (now === undefined || now.shed === 0) return [];
  const says = `the gateway cannot keep up: ${percent(now.shed)} of the calls are shed, low priority first`;
  return [{ part: 'load', says, settings: [], now: { shed: now.shed } }];
}
