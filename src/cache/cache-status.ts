import { wholeSeconds } from './kept-results.ts';

/** Values of `Cache-Status` (RFC 9211): what became of looking for a kept result. */
export const cacheStatus = {
  /** The caller's event, or what the caller asked for, keeps this call out of it. */
  bypass: 'runway; fwd=bypass',
  hit: (ttlMs: number) => `runway; hit; ttl=${wholeSeconds(ttlMs)}`,
  /** `shared`: the answer is that of an identical call that was under way; `stored`: it is kept now. */
  miss: ({ stored, shared }: { readonly stored: boolean; readonly shared: boolean }) =>
    `runway; fwd=uri-miss${stored ? '; stored' : ''}${shared ? '; collapsed' : ''}`,
};
