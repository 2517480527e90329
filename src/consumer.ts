/** Who calls, and what that one may. Types and pure functions, as in `call.ts`. */

/** Who is shed first, and who is served first when places are scarce. */
export type Priority = 'high' | 'normal' | 'low';

export interface Consumer {
  /** A configured id, or `anonymous`: a closed set, so it may label a metric. */
  readonly id: string;
  readonly priority: Priority;
  /** Names of functions it may call, with `*` for any characters. */
  readonly functions: readonly string[];
  readonly limits: readonly Limit[];
  /** Calls of it under way at a time; undefined: any number. */
  readonly concurrency: number | undefined;
}

/** How much a consumer may use of something in a while. */
export interface Limit {
  /** Unique among the consumer's. */
  readonly name: string;
  /** Names of the functions it counts, with `*` for any characters; undefined: all. */
  readonly function: string | undefined;
  readonly unit: 'requests' | 'gbSeconds' | 'cost';
  /** In calls, GB-seconds (GB is 1024 MB), or the currency of the configuration. */
  readonly amount: number;
  readonly window: LimitWindow;
  /** `shadow`: counted and reported, never refused for. */
  readonly mode: 'enforce' | 'shadow';
  /** Share of the amount, above 0 and at most 1, at which its operator is told; undefined: not. */
  readonly warnAt: number | undefined;
}

export type LimitWindow =
  /** From its first call on; it ends as a whole. */
  | { readonly kind: 'duration'; readonly ms: number }
  /** From midnight to midnight, or from the first of a month to that of the next, in an IANA time zone. */
  | { readonly kind: 'calendar'; readonly unit: 'day' | 'month'; readonly timeZone: string };

/** Who calls without saying who. */
export const anonymousId = 'anonymous';

/** An id that can be configured: never `_unknown`, which stands for those who are not, and never an API key. */
export const consumerIdPattern = /^(?!rw_.*_[A-Za-z0-9]{33}$)[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** What an API key looks like wherever it stands, as scanners find it; its parts are in `consumers/api-key.ts`. */
export const apiKeyPattern = /rw_[A-Za-z0-9][A-Za-z0-9._-]{0,62}_[A-Za-z0-9]{33}/g;

/** An API key as the configuration has it: by its hash alone. */
export interface KnownKey {
  /** Whose it is. */
  readonly consumer: string;
  /** SHA-256 of the whole key, in lower-case hex. */
  readonly hash: string;
  /** Milliseconds since 1970 from which on it is refused; undefined: never. */
  readonly expiresAtMs: number | undefined;
}

/** Whose JSON Web Tokens (RFC 7519) are taken, and what of one says who calls. */
export interface TokenIssuer {
  /** Where its public keys are (RFC 7517). */
  readonly jwksUrl: string;
  /** `iss` of its tokens. */
  readonly issuer: string;
  /** What `aud` of a token must be or hold. */
  readonly audience: string;
  /** The claim whose value is a consumer's id. */
  readonly consumerClaim: string;
}

/** Whether `*` in `pattern` can be filled so that it is `name`. Linear in both. */
export function matchesGlob(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === name;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  const last = rest.pop()!;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
