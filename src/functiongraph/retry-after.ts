/**
 * Milliseconds to wait by `Retry-After` (RFC 9110 section 10.2.3): whole seconds, or an HTTP date, which is never in the past.
 * Undefined when absent or neither.
 */
export function parseRetryAfter(text: string | undefined, epochMs: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  // `Date.parse` alone takes almost anything for a date: "1.5" is one of them.
  if (!/^[A-Z][a-z]{2,8}, .+ GMT$/.test(text)) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - epochMs);
}
