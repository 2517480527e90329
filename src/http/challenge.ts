import type { Problem } from '../call.ts';

/** RFC 6750 section 3: what is asked for, and whether what was sent was no good. Nothing for other problems. */
export function challengeFor(
  { code }: Problem,
  { authorization, apiKey }: { readonly authorization: string | undefined; readonly apiKey: string | undefined },
): Record<string, string> {
  if (code !== 'unauthenticated') return {};
  return { 'www-authenticate': authorization || apiKey ? 'Bearer realm="runway", error="invalid_token"' : 'Bearer realm="runway"' };
}
