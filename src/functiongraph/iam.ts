import type { UnreachableReason } from '../call.ts';
import type { IamCredentials } from '../upstream.ts';
import type { Exchange, HttpRequest } from './exchange.ts';

export interface IssuedToken {
  readonly token: string;
  /** From now on, by the clock of IAM alone: its dates are compared with each other where it sends both. */
  readonly livesMs: number;
}

export type TokenFailure =
  /** IAM refused the name or password. `message` is for the operator's log. */
  | { readonly kind: 'rejected'; readonly status: number; readonly message: string }
  /** IAM did not answer, or not with a token. */
  | { readonly kind: 'unavailable'; readonly reason: UnreachableReason };

export type TokenAnswer = { readonly kind: 'issued'; readonly issued: IssuedToken } | TokenFailure;

/**
 * `POST /v3/auth/tokens`: the password grant for one project.
 * Source: IAM API reference, "Obtaining a User Token Through Password Authentication".
 */
export function tokenRequest({ endpoint, domain, user, password, project }: IamCredentials): HttpRequest {
  const identity = { methods: ['password'], password: { user: { name: user, password: password.reveal(), domain: { name: domain } } } };
  return {
    method: 'POST',
    // Without the catalogue of services: it is tens of kilobytes that nobody here reads.
    path: '/v3/auth/tokens?nocatalog=true',
    headers: { host: new URL(endpoint).host, 'content-type': 'application/json;charset=utf8', 'accept-encoding': 'identity' },
    body: Buffer.from(JSON.stringify({ auth: { identity, scope: { project: { name: project } } } })),
  };
}

/** The token is a response header; the body says how long it lives. */
export function readTokenAnswer(exchange: Exchange, epochMs: number): TokenAnswer {
  if (exchange.kind === 'ended') return { kind: 'unavailable', reason: 'connect_timeout' };
  if (exchange.kind === 'failed') return { kind: 'unavailable', reason: exchange.phase === 'connect' ? exchange.reason : 'reset' };
  const { status, headers, body } = exchange;
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
    return { kind: 'rejected', status, message: `IAM answered ${status} to a request for a token` };
  }
  const token = headers['x-subject-token'];
  const livesMs = readLifeMs(body, epochMs);
  if (status !== 201 || token === undefined || livesMs === undefined) return { kind: 'unavailable', reason: 'reset' };
  return { kind: 'issued', issued: { token, livesMs } };
}

function readLifeMs(body: Buffer, epochMs: number): number | undefined {
  let answer: { token?: { expires_at?: unknown; issued_at?: unknown } } | null;
  try {
    answer = JSON.parse(body.toString());
  } catch {
    return undefined;
  }
  const expiresAtMs = Date.parse(String(answer?.token?.expires_at));
  const issuedAtMs = Date.parse(String(answer?.token?.issued_at));
  const livesMs = expiresAtMs - (Number.isNaN(issuedAtMs) ? epochMs : issuedAtMs);
  return livesMs > 0 ? livesMs : undefined;
}
