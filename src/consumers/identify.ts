import type { Clock, Problem } from '../call.ts';
import { anonymousId, type Consumer, type KnownKey } from '../consumer.ts';
import type { TokenCheck, Tokens } from './jwt.ts';
import { Keyring } from './keyring.ts';

/** What a request says of who sends it, as its headers have it. Keys in its URL are not read. */
export interface Credentials {
  readonly authorization: string | undefined;
  /** `X-Api-Key` */
  readonly apiKey: string | undefined;
}

export type Identity =
  | { readonly kind: 'known'; readonly consumer: Consumer }
  /** `unauthenticated`, `forbidden` or `issuer_unreachable`. */
  | { readonly kind: 'refused'; readonly problem: Problem };

/** At once, but for a token that has to be checked. Never rejects. */
export type Identify = (credentials: Credentials) => Identity | Promise<Identity>;

export interface IdentifyOptions {
  /** All who may call; `anonymous` among them where callers without credentials are let in. */
  readonly consumers: readonly Consumer[];
  readonly keys: readonly KnownKey[];
  /** Undefined: no tokens are taken. */
  readonly tokens: Tokens | undefined;
  readonly clock: Clock;
}

/**
 * Who calls. Credentials that are no good are refused where callers without any are let in, too: who sends some counts on them.
 * Only where nobody could have any are they not read.
 */
export function identifier({ consumers, keys, tokens, clock }: IdentifyOptions): Identify {
  const keyring = new Keyring(keys, clock);
  const known = new Map(consumers.map((consumer): [string, Identity] => [consumer.id, { kind: 'known', consumer }]));
  const withoutCredentials = known.get(anonymousId) ?? refused(notSaid);
  const nobodyHasAny = keyring.size === 0 && tokens === undefined && known.has(anonymousId);
  // No credentials are those of who has none.
  known.delete(anonymousId);

  const ofKey = (key: string): Identity => known.get(keyring.ownerOf(key, clock.epochMs()) ?? '') ?? bad;
  const ofToken = (check: TokenCheck): Identity => {
    if (check.kind === 'invalid') return bad;
    if (check.kind === 'unknown') return refused(issuerUnreachable);
    return known.get(check.claim ?? '') ?? namesNobody;
  };

  return ({ authorization, apiKey }) => {
    if (nobodyHasAny || (!authorization && !apiKey)) return withoutCredentials;
    const credential = credentialOf(authorization, apiKey);
    if (credential === undefined) return bad;
    if (tokens === undefined || !isToken(credential)) return ofKey(credential);
    // As a token is only what comes as a bearer.
    if (!authorization) return bad;
    const checked = tokens.check(credential);
    return checked instanceof Promise ? checked.then(ofToken) : ofToken(checked);
  };
}

/** RFC 6750 section 2.1; the scheme in any case (RFC 9110 section 11.1). */
const bearer = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i;

/** The one credential there is: two that differ would leave it open which of them counts. */
function credentialOf(authorization: string | undefined, apiKey: string | undefined): string | undefined {
  if (!authorization) return apiKey;
  const token = bearer.exec(authorization)?.[1];
  return apiKey && apiKey !== token ? undefined : token;
}

/** Three parts, and no key: the consumer in that may have dots. */
function isToken(credential: string): boolean {
  return /^[\w-]+\.[\w-]*\.[\w-]*$/.test(credential) && !credential.startsWith('rw_');
}

function refused(problem: Problem): Identity {
  return { kind: 'refused', problem };
}

function unauthenticated(detail: string): Problem {
  return { code: 'unauthenticated', detail };
}

/** What is said to who calls without credentials where that is denied. */
export const notSaid = unauthenticated('the call does not say who calls, allowed is Authorization: Bearer KEY or X-Api-Key: KEY');

/** The same for everything that can be wrong with them: which it is would help to guess. */
const bad = refused(
  unauthenticated('the credentials of the call are not good: malformed, unknown, expired, or two that differ; allowed is one key or token'),
);

const namesNobody = refused({ code: 'forbidden', detail: 'the token is valid, but names no consumer of this gateway' });

const issuerUnreachable: Problem = {
  code: 'issuer_unreachable',
  detail: 'the token cannot be checked: its key is not known here, and the issuer, which would know, does not answer',
  retryAfterMs: 30_000,
};
