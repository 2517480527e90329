import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { canonicalRequest, type SignableRequest, sha256Hex, signature, stringToSign } from '../functiongraph/signing.ts';
import type { Tokens } from './tokens.ts';

/** A key pair the emulator knows; with a security token it is a temporary one. */
export interface AccessKeyPair {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly securityToken?: string;
}

/** A request as it came in. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query as on the request line. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Gives why a request is refused, in the words of the API gateway; nothing when it is let in. */
export type Authenticate = (request: SignedRequest, nowEpochMs: number) => string | undefined;

const maxSkewMs = 15 * 60_000;

/** With neither keys nor tokens everybody is let in, signed or not. */
export function authenticator(keys: readonly AccessKeyPair[], tokens: Tokens | undefined): Authenticate {
  if (keys.length === 0 && tokens === undefined) return () => undefined;
  return (request, nowEpochMs) => {
    const token = request.headers['x-auth-token'];
    if (typeof token === 'string' && tokens !== undefined) return tokenProblem(tokens.check(token));
    if (request.headers.authorization === undefined) return 'x-auth-token not found';
    return signatureProblem(request, keys, nowEpochMs);
  };
}

function tokenProblem(check: 'good' | 'expired' | 'unknown'): string | undefined {
  if (check === 'good') return undefined;
  return check === 'expired' ? 'The token must be updated' : 'decrypt token fail';
}

/** Verifies SDK-HMAC-SHA256, source: "AK/SK Signing and Authentication Algorithm". */
function signatureProblem(request: SignedRequest, keys: readonly AccessKeyPair[], nowEpochMs: number): string | undefined {
  const { authorization = '' } = request.headers;
  const match = /^SDK-HMAC-SHA256 Access=([^,\s]+), ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})$/.exec(authorization);
  if (match === null) return 'authorization header is not "SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…"';
  const [, accessKey, names, given] = match as unknown as [string, string, string, string];

  const key = keys.find((candidate) => candidate.accessKey === accessKey);
  if (key === undefined) return `Get secretKey failed,ak:${accessKey},err:ak not exist`;
  const wrongToken = key.securityToken !== undefined && !equal(single(request.headers['x-security-token']), key.securityToken);
  if (wrongToken) return `verify security token fail,ak:${accessKey}`;

  const signed: Record<string, string> = {};
  for (const name of names.split(';')) {
    const value = Object.hasOwn(request.headers, name) ? single(request.headers[name]) : undefined;
    if (value === undefined) return `signed header ${name} is not in the request`;
    signed[name] = value;
  }
  if (!Object.hasOwn(signed, 'x-sdk-date')) return 'x-sdk-date is not signed';
  const date = signed['x-sdk-date']!;
  if (!(Math.abs(epochMsOf(date) - nowEpochMs) <= maxSkewMs)) return `signature expired,x-sdk-date:${date}`;

  const bodyHash = sha256Hex(request.body);
  const claimedHash = single(request.headers['x-sdk-content-sha256']) ?? bodyHash;
  if (claimedHash !== 'UNSIGNED-PAYLOAD' && claimedHash !== bodyHash) return 'x-sdk-content-sha256 is not the hash of the body';

  const canonical = canonicalRequest(signable(request, signed, claimedHash));
  if (equal(given, signature(key.secretKey, stringToSign(canonical, date)))) return undefined;
  return `verify aksk signature fail,canonicalRequest:${canonical.replaceAll('\n', '|')}`;
}

/** The path is decoded first: a URN may come raw or percent-encoded, and clients sign either in the same form. */
function signable({ method, target }: SignedRequest, headers: Record<string, string>, payloadHash: string): SignableRequest {
  const [path = '', query = ''] = target.split(/\?(.*)/s);
  return { method, path: decodePath(path), query: [...new URLSearchParams(query)], headers, payloadHash };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function epochMsOf(sdkDate: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(sdkDate);
  if (match === null) return Number.NaN;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [number, number, number, number, number, number];
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

/** Takes the same time whatever differs, the length apart. */
function equal(a: string | undefined, b: string): boolean {
  const [left, right] = [Buffer.from(a ?? ''), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
