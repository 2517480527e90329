import { hash } from 'node:crypto';
import type { Call } from '../call.ts';

/** Stands before every key: when what goes into a key changes, so does this, and old records are not found. */
const format = 'once:1:';

/**
 * Where the record of a call stands: `once:1:` and a SHA-256 in base64url, of consumer, function name and `Idempotency-Key`.
 * Two different triples never share a record; the version a name resolves to does not matter, a repeat may meet another.
 */
export function recordKey({ consumer, target }: Pick<Call, 'consumer' | 'target'>, idempotencyKey: string): string {
  const parts = [consumer, target.name, idempotencyKey].map(lengthPrefixed).join('');
  // UTF-8 would make one of all lone surrogates.
  return format + hash('sha256', Buffer.from(parts, 'utf16le'), 'base64url');
}

/** No part can pretend to be the end of itself and the start of the next one. */
function lengthPrefixed(part: string): string {
  return `${part.length}:${part}`;
}
