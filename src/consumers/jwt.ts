import { hash } from 'node:crypto';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { BoundedMap } from '../bounded-map.ts';
import type { Clock } from '../call.ts';
import type { TokenIssuer } from '../consumer.ts';
import { type Fetched, type KeySet, openJwks } from './jwks.ts';

export type TokenCheck =
  /** `claim`: what it says of who calls; undefined where it says nothing that could be an id. */
  | { readonly kind: 'valid'; readonly claim: string | undefined }
  | { readonly kind: 'invalid' }
  /** Nobody can say: its key is not known, and the issuer does not answer. */
  | { readonly kind: 'unknown' };

export interface Tokens {
  /** At once for a token that was found valid before; else it takes a signature, and the issuer's answer if need be. Never rejects. */
  check(token: string): TokenCheck | Promise<TokenCheck>;
}

export interface TokensOptions {
  readonly issuer: TokenIssuer;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
  /** After every request for the issuer's keys. */
  readonly onFetched: (fetched: Fetched) => void;
}

/**
 * Signatures by a private key alone (RFC 8725 section 3.1). Which of them a token may have, its key says: by its type, its curve, and
 * its `alg`. `none` and the HS family, for which a public key is a password, are none of them.
 */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

/** How far the issuer's clock and ours may be apart. */
const leewaySeconds = 60;

/** What was valid is taken as valid for this long, never beyond its `exp`: a signature takes some 100 µs, this one or two. */
const rememberedForMs = 5 * 60_000;
const rememberedBytes = 4 * 1_048_576;
/** Of one that is remembered, beside its claim. */
const overheadBytes = 200;

interface Remembered {
  readonly check: TokenCheck;
  /** By the wall clock, as the token says it. */
  readonly expiresAtMs: number;
  readonly generation: number;
}

/** JSON Web Tokens of one issuer (RFC 7519), checked as RFC 8725 wants it. The one file that knows `jose`. */
export function openTokens({ issuer: { jwksUrl, issuer, audience, consumerClaim }, clock, fetch, onFetched }: TokensOptions): Tokens {
  // Keys come from here alone: a token's own `jku`, `jwk`, `x5u` and `x5c` are not looked at.
  const read = (json: unknown): JWTVerifyGetKey => createLocalJWKSet(json as JSONWebKeySet);
  const jwks = openJwks({ url: jwksUrl, read, clock, fetch, onFetched });
  const remembered = new BoundedMap<Remembered>({ maxBytes: rememberedBytes, clock });

  async function verify(token: string, name: string): Promise<TokenCheck> {
    let certain = true;
    let set: KeySet<JWTVerifyGetKey> | undefined;
    const key: JWTVerifyGetKey = async (header, input) => {
      set = await jwks.current();
      certain = set !== undefined;
      // The issuer was just asked: nobody waits for it twice.
      if (set === undefined) throw new errors.JWKSNoMatchingKey();
      try {
        return await set.keys(header, input);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        ({ set, certain } = await jwks.renewed(set));
        return set.keys(header, input);
      }
    };
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms,
        issuer,
        audience,
        clockTolerance: leewaySeconds,
        currentDate: new Date(clock.epochMs()),
        requiredClaims: ['exp'],
      });
      const value = payload[consumerClaim];
      const check: TokenCheck = { kind: 'valid', claim: typeof value === 'string' ? value : undefined };
      remember(name, check, payload.exp! * 1_000, set!.generation);
      return check;
    } catch (error) {
      return error instanceof errors.JWKSNoMatchingKey && !certain ? { kind: 'unknown' } : { kind: 'invalid' };
    }
  }

  function remember(name: string, check: TokenCheck & { kind: 'valid' }, expiresAtMs: number, generation: number): void {
    const lifeMs = Math.min(rememberedForMs, expiresAtMs - clock.epochMs());
    const bytes = overheadBytes + 2 * (check.claim?.length ?? 0);
    remembered.set(name, { check, expiresAtMs, generation }, bytes, lifeMs);
  }

  return {
    check(token) {
      const name = hash('sha256', token, 'base64');
      const found = remembered.get(name);
      const set = found && jwks.current();
      const stands =
        found && set && !(set instanceof Promise) && set.generation === found.generation && clock.epochMs() < found.expiresAtMs;
      return stands ? found.check : verify(token, name);
    },
  };
}
