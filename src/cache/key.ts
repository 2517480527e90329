import { hash } from 'node:crypto';
import type { Call } from '../call.ts';
import { canonicalForm } from './canonical.ts';

/** Stands before every key: when what goes into a key changes, so does this, and old results are not found. */
const format = 'result:1:';

/**
 * Where a call's result is kept: `result:1:` and a SHA-256 in base64url. Undefined when it may not be kept: the function
 * is not idempotent or has no `cache`, the caller asked for the log, or the event has no safe canonical form.
 *
 * Two different inputs never share a key, and two consumers do not unless the file says `shared`.
 */
export function resultKey(call: Call): string | undefined {
  const { target } = call;
  if (target.cache === undefined || !target.idempotent || call.wantsLog) return undefined;
  const event = canonicalForm(call.event);
  if (event === undefined) return undefined;
  const { scope, vary } = target.cache;
  const varied = vary.flatMap((name, index) => [name, call.varied[index] ?? '']);
  const parts = [scope, scope === 'consumer' ? call.consumer : '', target.urn, event, ...varied];
  return format + hash('sha256', parts.map(lengthPrefixed).join(''), 'base64url');
}

/** No part can pretend to be the end of itself and the start of the next one. */
function lengthPrefixed(part: string): string {
  return `${part.length}:${part}`;
}
