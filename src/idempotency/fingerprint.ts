import { hash } from 'node:crypto';

/** The form of RFC 8785. Undefined for an event that has none which is safe to compare. */
export type CanonicalForm = (event: Buffer) => string | undefined;

/**
 * What tells one event from another: two spellings of the same value are the same event where it has a canonical form, and two
 * events that are compared byte by byte are the same only if they are equal. The one kind never meets the other.
 */
export function fingerprintOf(event: Buffer, canonicalForm: CanonicalForm): string {
  const form = canonicalForm(event);
  return form === undefined ? `bytes:${hash('sha256', event, 'base64url')}` : `value:${hash('sha256', form, 'base64url')}`;
}
