/** Values of `Cache-Status` (RFC 9211): what became of looking for a kept result. */
export const cacheStatus = {
  /** The caller's event, or what the caller asked for, keeps this call out of it. */
  bypass: 'runway; fwd=bypass',
  /** `leftMs` is negative where it is answered stale. */
  hit: (leftMs: number) => `runway; hit; ttl=${wholeSeconds(leftMs)}${leftMs > 0 ? '' : '; detail=stale-while-revalidate'}`,
  staleIfError: (leftMs: number) => `runway; fwd=stale; detail=stale-if-error; ttl=${wholeSeconds(leftMs)}`,
  /** `shared`: the answer is that of an identical call that was under way; `stored`: it is kept now. */
  forward: (why: Forwarded, { stored, shared }: { readonly stored: boolean; readonly shared: boolean }) =>
    `runway; fwd=${why}${stored ? '; stored' : ''}${shared ? '; collapsed' : ''}`,
};

/** `uri-miss`: nothing was kept. `stale`: it was too old. `request`: the caller's `Cache-Control` did not allow it. */
export type Forwarded = 'uri-miss' | 'stale' | 'request';

/** For `Age` (RFC 9111 section 5.1) and `ttl` of `Cache-Status` (RFC 9211): whole seconds, rounded down. */
export function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1_000);
}
