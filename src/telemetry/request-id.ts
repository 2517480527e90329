/** What may go into logs, headers and metrics of others without a second look. */
const wellFormed = /^[A-Za-z0-9._~:/+=@-]{1,128}$/;

/** The id a call goes by: the caller's `X-Request-Id` when it is well-formed, else a fresh one. */
export function continueRequestId(header: string | undefined, freshId: () => string): string {
  return header !== undefined && wellFormed.test(header) ? header : freshId();
}
