import { hasSecret } from './redact.ts';

/** What may go into logs, headers and metrics of others without a second look. */
const wellFormed = /^[A-Za-z0-9._~:/+=@-]{1,128}$/;

/**
 * The id a call goes by: the caller's `X-Request-Id` when it is well-formed, else a fresh one. A key or a token that got into its place
 * by mistake is not: it would be in every log.
 */
export function continueRequestId(header: string | undefined, freshId: () => string): string {
  return header !== undefined && wellFormed.test(header) && !hasSecret(header) ? header : freshId();
}
