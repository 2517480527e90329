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
  const { target } = call;
  if (target.cache === undefined || !target.idempotent || call.wantsLog) return undefined;
  const event = canonicalForm(call.event);
  if (event === undefined) return undefined;
  const { scope, vary } = target.cache;
  const varied = vary.flatMap((name, index) => [name, call.varied[index] ?? '']);
  const parts = [scope, ownerOf(call) ?? '', target.name, target.urn, generation, event, ...varied];
  return `${format}${target.name}:{${hash('sha256', parts.map(lengthPrefixed).join(''), 'base64url')}}`;
}

/** Whether it is one that {@link resultKey} can have made. */
export function isResultKey(text: string): boolean {
  return /^result:2:[a-z0-9][a-z0-9._-]{0,62}:\{[\w-]{43}\}$/.test(text);
}

/** No part can pretend to be the end of itself and the start of the next one. */
function lengthPrefixed(part: string): string {
  return `${part.length}:${part}`;
}
