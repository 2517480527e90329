import type { CacheDirectives } from './call.ts';

/** `Prefer: wait=N` (RFC 7240 section 4.3) in milliseconds; undefined where it is not asked for. Other preferences do not matter here. */
export function waitOf(prefer: string | undefined): number | 'unreadable' | undefined {
  if (prefer === undefined) return undefined;
  for (const preference of prefer.split(',')) {
    const [name = '', value = ''] = preference.split(';', 1)[0]!.split('=');
    if (name.trim().toLowerCase() !== 'wait') continue;
    const seconds = /^"?(\d{1,6})"?$/.exec(value.trim())?.[1];
    return seconds === undefined ? 'unreadable' : Number(seconds) * 1000;
  }
  return undefined;
}

/** Whether `Via` (RFC 9110 section 7.6.3) names a Runway among those a request came through: the mark each of them leaves. */
export function cameThroughRunway(via: string | undefined): boolean {
  return via !== undefined && /(?:^|,)\s*(?:[\w.-]+\/)?[\d.]+\s+runway\s*(?:\(|,|$)/i.test(via);
}

export type IdempotencyKeyField =
  | { readonly ok: true; readonly key: string | undefined }
  /** There is a header, and it is no key. */
  | { readonly ok: false };

/** A string of RFC 9651 section 3.3.3, as the draft of the header asks for. */
const quotedKey = /^"((?:[ !#-[\]-~]|\\["\\])+)"$/;
/** What clients send bare: UUIDs, ULIDs, hashes, Base64. */
const bareKey = /^[A-Za-z0-9!#$%&'*+./:=^_`|~-]+$/;
const longestKey = 255;

/**
 * `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07): a quoted string or a bare token of 1 to 255 characters, quotes
 * not counted. `"abc"` and `abc` are the same key.
 */
export function idempotencyKeyOf(header: string | undefined): IdempotencyKeyField {
  if (header === undefined) return { ok: true, key: undefined };
  const text = header.trim();
  const key = quotedKey.exec(text)?.[1]?.replace(/\\(["\\])/g, '$1') ?? bareKey.exec(text)?.[0];
  return key === undefined || key.length > longestKey ? { ok: false } : { ok: true, key };
}

const noDirectives: CacheDirectives = { noCache: false, noStore: false, onlyIfCached: false, maxAgeMs: undefined };

/** Of the request's `Cache-Control` (RFC 9111 section 5.2.1). A `max-age` that cannot be read is taken for 0, which is on the safe side. */
export function cacheDirectivesOf(cacheControl: string | undefined): CacheDirectives {
  if (cacheControl === undefined) return noDirectives;
  const directives = new Map(
    cacheControl.split(',').map((directive) => {
      const [name = '', value = ''] = directive.split('=', 2);
      return [name.trim().toLowerCase(), value.trim()] as const;
    }),
  );
  const maxAge = directives.get('max-age');
  return {
    noCache: directives.has('no-cache'),
    // What may not be transformed may not be compared in another form either (RFC 10008).
    noStore: directives.has('no-store') || directives.has('no-transform'),
    onlyIfCached: directives.has('only-if-cached'),
    maxAgeMs: maxAge === undefined ? undefined : secondsIn(maxAge) * 1_000,
  };
}

function secondsIn(value: string): number {
  const digits = /^"?(\d{1,10})"?$/.exec(value)?.[1];
  return digits === undefined ? 0 : Number(digits);
}
