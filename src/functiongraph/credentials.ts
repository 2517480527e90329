import { type Clock, endedBy, type Outcome } from '../call.ts';
import type { Signal } from '../signal.ts';
import type { IamCredentials, Upstream } from '../upstream.ts';
import { signer } from './aksk.ts';
import type { HttpRequest } from './exchange.ts';
import { openTokens, type TokenResult } from './tokens.ts';
import { openTransport } from './transport.ts';

/** Makes a request one that FunctionGraph lets in: signed, with a token, or as it is. */
export interface Credentials {
  /** Once for each attempt: a signature lives 15 minutes, a token may have changed. Never rejects. */
  admit(request: HttpRequest, signal: Signal): Admission | Promise<Admission>;
  /** Gives up a request to IAM that is in flight. */
  close(): Promise<void>;
}

export type Admission =
  | {
      readonly kind: 'admitted';
      readonly request: HttpRequest;
      /** FunctionGraph answered 401: true when to admit the request again may help. */
      readonly renew: () => boolean;
    }
  | { readonly kind: 'not_admitted'; readonly outcome: Outcome };

/** What credentials need from outside. */
export interface CredentialsContext {
  readonly clock: Clock;
  readonly random: () => number;
  /** Whether IAM gave a token, after every request to it, and when that ends, in milliseconds since 1970. */
  readonly onIamStatus: (up: boolean, expiresAtEpochMs?: number) => void;
}

/** A token's answer is some kilobytes, with long lists of roles at the most. */
const tokenAnswerLimitBytes = 2 ** 20;

export function openCredentials(upstream: Upstream, context: CredentialsContext): Credentials {
  const { credentials, projectId, connectTimeoutMs } = upstream;
  if (credentials === undefined) return { admit: admitted, close: async () => {} };
  if (credentials.kind === 'iam') return withTokens(credentials, connectTimeoutMs, context);
  const sign = signer(credentials, projectId);
  return { admit: (request) => admitted(sign(request, context.clock.epochMs())), close: async () => {} };
}

function withTokens(
  credentials: IamCredentials,
  connectTimeoutMs: number,
  { clock, random, onIamStatus }: CredentialsContext,
): Credentials {
  const transport = openTransport({
    origin: credentials.endpoint,
    maxConnections: 1,
    connectTimeoutMs,
    maxAnswerBytes: tokenAnswerLimitBytes,
  });
  const tokens = openTokens({ credentials, transport, clock, random, onStatus: onIamStatus });
  return {
    async admit(request, signal) {
      const result = await tokens.current(signal);
      if (result.kind !== 'token') return { kind: 'not_admitted', outcome: withoutToken(result, signal) };
      const headers = { ...request.headers, 'x-auth-token': result.token };
      return { kind: 'admitted', request: { ...request, headers }, renew: () => tokens.invalidate(result.token) };
    },
    close: () => transport.destroy(),
  };
}

/** Without a token nothing was sent: IAM away is the upstream away, IAM's refusal is the gateway's fault. */
function withoutToken(result: Exclude<TokenResult, { kind: 'token' }>, signal: Signal): Outcome {
  if (result.kind === 'ended') return endedBy(signal.reason, false);
  if (result.kind === 'unavailable') return { kind: 'unreachable', reason: result.reason, sent: false };
  return { kind: 'upstream_error', cause: 'rejected_gateway', status: result.status, message: result.message };
}

function admitted(request: HttpRequest): Admission {
  return { kind: 'admitted', request, renew: () => false };
}
