import { hash } from 'node:crypto';
import type { Call } from '../call.ts';
import { canonicalForm } from './canonical.ts';

/** Stands before every key: when what goes into a key changes, so does this, and old results are not found. */
const format = 'result:2:';

/** What of a call goes into its key. */
export type Keyed = Pick<Call, 'target' | 'consumer' | 'event' | 'varied' | 'wantsLog'>;

/** Whose result it is; undefined when consumers share it. */
export function ownerOf({ target, consumer }: Pick<Keyed, 'target' | 'consumer'>): string | undefined {
  return target.cache?.scope === 'shared' ? undefined : consumer;
}

/**
 * Where a call's result is kept: `result:2:NAME:{HASH}`, a SHA-256 in base64url; the braces keep it and its lease on one node of a
 * Redis cluster. Undefined when it may not be kept: the function is not idempotent or has no `cache`, the caller asked for the log, or
 * the event has no safe canonical form.
 *
 * Two different inputs never share a key, and two consumers do not unless the file says `shared`. `generation` is what purges count.
 */
export function resultKey(call: Keyed, generation: string): string | undefined {
  const event = mayBeKept(call) ? canonicalForm(call.event) : undefined;
  if (event === undefined) return undefined;
  return `${format}${call.target.name}:{${hash('sha256', inputOf(call, generation, event), 'base64url')}}`;
}

/** But for its event. */
export function mayBeKept({ target, wantsLog }: Keyed): boolean {
  return target.cache !== undefined && target.idempotent && !wantsLog;
}

/** All that goes into a key, in one text, with `event` in the place of the call's. Two different inputs have different texts. */
export function inputOf(call: Keyed, generation: string, event: string): string {
  const { target, varied } = call;
  const { scope, vary } = target.cache!;
  let input = '';
  for (const part of [scope, ownerOf(call) ?? '', target.name, target.urn, generation, event]) input += lengthPrefixed(part);
  for (let i = 0; i < vary.length; i++) input += lengthPrefixed(vary[i]!) + lengthPrefixed(varied[i] ?? '');
  return input;
}

/** Whether it is one that {@link resultKey} can have made. */
export function isResultKey(text: string): boolean {
  return /^result:2:[a-z0-9][a-z0-9._-]{0,62}:\{[\w-]{43}\}$/.test(text);
}

/** No part can pretend to be the end of itself and the start of the next one. */
function lengthPrefixed(part: string): string {
  return `${part.length}:${part}`;
}
