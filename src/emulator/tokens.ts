import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../call.ts';

/** Who may ask for a token. */
export interface TokenUser {
  readonly domain: string;
  readonly user: string;
  readonly password: string;
}

/** A password log-in of Huawei IAM v3, "Obtaining a User Token Through Password Authentication". */
const logIn = z.object({
  auth: z.object({
    identity: z.object({
      methods: z.array(z.string()).refine((methods) => methods.includes('password')),
      password: z.object({ user: z.object({ name: z.string(), password: z.string(), domain: z.object({ name: z.string() }) }) }),
    }),
    scope: z.object({ project: z.object({ name: z.string().optional(), id: z.string().optional() }) }).optional(),
  }),
});

/** Real tokens are several KB: a client that puts them into a header must bear that. */
const tokenBytes = 1536;

export type Grant =
  | { readonly kind: 'granted'; readonly token: string; readonly issuedAtEpochMs: number; readonly expiresAtEpochMs: number }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'wrong_password' };

/** The emulator's IAM: gives tokens to one user. */
export class Tokens {
  readonly #user: TokenUser;
  readonly #lifetimeMs: number;
  readonly #clock: Clock;
  readonly #expiryByToken = new Map<string, number>();

  constructor(user: TokenUser, lifetimeMs: number, clock: Clock) {
    this.#user = user;
    this.#lifetimeMs = lifetimeMs;
    this.#clock = clock;
  }

  /** @param body the parsed body of `POST /v3/auth/tokens` */
  grant(body: unknown): Grant {
    const read = logIn.safeParse(body);
    if (!read.success) return { kind: 'malformed' };
    const { name, password, domain } = read.data.auth.identity.password.user;
    const known = this.#user;
    if (name !== known.user || password !== known.password || domain.name !== known.domain) return { kind: 'wrong_password' };
    const issuedAtEpochMs = this.#clock.epochMs();
    for (const [token, expiresAtEpochMs] of this.#expiryByToken) if (expiresAtEpochMs <= issuedAtEpochMs) this.#expiryByToken.delete(token);
    const token = randomBytes(tokenBytes).toString('base64');
    const expiresAtEpochMs = issuedAtEpochMs + this.#lifetimeMs;
    this.#expiryByToken.set(token, expiresAtEpochMs);
    return { kind: 'granted', token, issuedAtEpochMs, expiresAtEpochMs };
  }

  check(token: string): 'good' | 'expired' | 'unknown' {
    const expiresAtEpochMs = this.#expiryByToken.get(token);
    if (expiresAtEpochMs === undefined) return 'unknown';
    return expiresAtEpochMs > this.#clock.epochMs() ? 'good' : 'expired';
  }
}
