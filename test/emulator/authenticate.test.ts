import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type AccessKeyPair, authenticator, type SignedRequest } from '../../src/emulator/authenticate.ts';
import { Tokens } from '../../src/emulator/tokens.ts';
import {
  authorization,
  canonicalRequest,
  sdkDate,
  sha256Hex,
  signature,
  signedHeaders,
  stringToSign,
} from '../../src/functiongraph/signing.ts';
import { FakeClock } from '../support/clock.ts';

const key: AccessKeyPair = { accessKey: 'AK', secretKey: 'SK' };
const nowMs = Date.UTC(2026, 0, 1);
const path = '/v2/project/fgs/functions/urn:fss:r:p:function:default:hello:!stable/invocations';

interface Signing {
  readonly secretKey?: string;
  readonly atMs?: number;
  readonly target?: string;
  readonly body?: string;
  readonly payloadHash?: string;
  readonly extra?: Readonly<Record<string, string>>;
}

/** A request signed as a client does. */
function signed({
  secretKey = 'SK',
  atMs = nowMs,
  target = path,
  body = '{}',
  payloadHash = sha256Hex(body),
  extra = {},
}: Signing = {}): SignedRequest {
  const date = sdkDate(atMs);
  const headers: Record<string, string> = { host: '127.0.0.1:9000', 'x-sdk-date': date, ...extra };
  const [rawPath, query = ''] = target.split('?');
  const canonical = canonicalRequest({ method: 'POST', path: rawPath!, query: [...new URLSearchParams(query)], headers, payloadHash });
  headers.authorization = authorization('AK', signedHeaders(headers), signature(secretKey, stringToSign(canonical, date)));
  return { method: 'POST', target, headers, body: Buffer.from(body) };
}

const check = (request: SignedRequest, atMs = nowMs, keys: readonly AccessKeyPair[] = [key]) =>
  authenticator(keys, undefined)(request, atMs);

describe('signatures', () => {
  test('a good one is let in, whatever the path and query hold', () => {
    expect(check(signed())).toBeUndefined();
    expect(check(signed({ target: `${path}?b=2&a=1&a=0&c=x%20y` }))).toBeUndefined();
    expect(check(signed({ body: '{"message":"你好 🌍"}' }))).toBeUndefined();
  });

  test('a URN that travels percent-encoded has the signature of the raw one', () => {
    const request = signed();
    expect(check({ ...request, target: request.target.replaceAll(':', '%3A').replace('!', '%21') })).toBeUndefined();
  });

  test('a wrong secret is told the canonical request, with | for newlines', () => {
    const problem = check(signed({ secretKey: 'other' }));
    expect(problem).toMatch(/^verify aksk signature fail,canonicalRequest:POST\|\/v2\/project\/fgs\/functions\/urn%3Afss%3A/);
    expect(problem).not.toContain('\n');
  });

  test('a request changed after it was signed is refused', () => {
    const request = signed({ extra: { 'x-cff-log-type': 'tail' } });
    expect(check({ ...request, body: Buffer.from('{"more":1}') })).toMatch(/^verify aksk/);
    expect(check({ ...request, method: 'GET' })).toMatch(/^verify aksk/);
    expect(check({ ...request, target: `${path}?a=1` })).toMatch(/^verify aksk/);
    expect(check({ ...request, headers: { ...request.headers, 'x-cff-log-type': '' } })).toMatch(/^verify aksk/);
  });

  test('an unknown access key is refused', () => {
    expect(check(signed(), nowMs, [{ accessKey: 'OTHER', secretKey: 'SK' }])).toBe('Get secretKey failed,ak:AK,err:ak not exist');
  });

  test('a date may be 15 minutes off, not more, and must be signed', () => {
    const limitMs = 15 * 60_000;
    expect(check(signed(), nowMs + limitMs)).toBeUndefined();
    expect(check(signed(), nowMs - limitMs)).toBeUndefined();
    expect(check(signed(), nowMs + limitMs + 1000)).toMatch(/^signature expired/);
    expect(check(signed(), nowMs - limitMs - 1000)).toMatch(/^signature expired/);
    const request = signed();
    const authorization = request.headers.authorization!.replace(';x-sdk-date', '');
    expect(check({ ...request, headers: { ...request.headers, authorization } })).toBe('x-sdk-date is not signed');
  });

  test('UNSIGNED-PAYLOAD leaves the body open, any other hash must be the body’s', () => {
    const open = signed({ payloadHash: 'UNSIGNED-PAYLOAD', extra: { 'x-sdk-content-sha256': 'UNSIGNED-PAYLOAD' } });
    expect(check({ ...open, body: Buffer.from('anything') })).toBeUndefined();
    const wrong = signed({ payloadHash: sha256Hex('x'), extra: { 'x-sdk-content-sha256': sha256Hex('x') } });
    expect(check(wrong)).toBe('x-sdk-content-sha256 is not the hash of the body');
  });

  test('temporary keys need their security token', () => {
    const temporary = [{ ...key, securityToken: 'secret-token' }];
    expect(check(signed({ extra: { 'x-security-token': 'secret-token' } }), nowMs, temporary)).toBeUndefined();
    expect(check(signed({ extra: { 'x-security-token': 'another' } }), nowMs, temporary)).toBe('verify security token fail,ak:AK');
    expect(check(signed(), nowMs, temporary)).toBe('verify security token fail,ak:AK');
  });

  test.each([
    ['nothing', undefined, 'x-auth-token not found'],
    ['another scheme', 'Bearer abc', /^authorization header is not/],
    ['a header that was not sent', `SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-sdk-date;x-gone, Signature=${'0'.repeat(64)}`, /x-gone/],
    [
      'a name that objects have',
      `SDK-HMAC-SHA256 Access=AK, SignedHeaders=__proto__;constructor, Signature=${'0'.repeat(64)}`,
      /__proto__/,
    ],
  ])('a request with %s is refused', (_what, authorization, problem) => {
    const { headers, ...request } = signed();
    expect(check({ ...request, headers: { ...headers, authorization } })).toMatch(problem);
  });

  const vectorsFile = new URL('../functiongraph/signing-vectors.json', import.meta.url);
  const { vectors } = JSON.parse(readFileSync(vectorsFile, 'utf8')) as { vectors: Vector[] };

  test.each(vectors.map((vector) => [vector.name, vector] as const))('what the official SDK signed is let in: %s', (_name, vector) => {
    const { pathname, search } = new URL(vector.url);
    const headers = Object.fromEntries(Object.entries(vector.signedHeaders).map(([name, value]) => [name.toLowerCase(), value]));
    const request: SignedRequest = {
      method: vector.method,
      target: pathname + search,
      headers: { ...headers, authorization: vector.authorization },
      body: Buffer.from(vector.body),
    };
    const at = Date.parse(vector.date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
    const keys = [{ accessKey: vector.ak, secretKey: vector.sk }];
    expect(check(request, at, keys)).toBeUndefined();
    expect(check(request, at, [{ ...keys[0]!, secretKey: `${vector.sk}x` }])).toContain(vector.canonicalRequest.replaceAll('\n', '|'));
  });
});

interface Vector {
  readonly name: string;
  readonly ak: string;
  readonly sk: string;
  readonly date: string;
  readonly method: string;
  readonly url: string;
  readonly signedHeaders: Record<string, string>;
  readonly body: string;
  readonly canonicalRequest: string;
  readonly authorization: string;
}

describe('tokens', () => {
  const user = { domain: 'account', user: 'runway', password: 'secret' };
  const logIn = (password: string) => ({
    auth: {
      identity: { methods: ['password'], password: { user: { name: 'runway', password, domain: { name: 'account' } } } },
      scope: { project: { name: 'cn-north-1' } },
    },
  });
  const withToken = (token: string): SignedRequest => ({
    method: 'POST',
    target: path,
    headers: { 'x-auth-token': token },
    body: Buffer.alloc(0),
  });

  test('a token that was granted lets in until it expires', () => {
    const clock = new FakeClock();
    const tokens = new Tokens(user, 1000, clock);
    const grant = tokens.grant(logIn('secret'));
    if (grant.kind !== 'granted') throw new Error(grant.kind);
    const authenticate = authenticator([], tokens);
    expect(authenticate(withToken(grant.token), clock.epochMs())).toBeUndefined();
    void clock.advance(1000);
    expect(authenticate(withToken(grant.token), clock.epochMs())).toBe('The token must be updated');
  });

  test('a made-up token does not', () => {
    expect(authenticator([], new Tokens(user, 1000, new FakeClock()))(withToken('made-up'), 0)).toBe('decrypt token fail');
  });

  test('only the right password is granted one', () => {
    const tokens = new Tokens(user, 1000, new FakeClock());
    expect(tokens.grant(logIn('wrong')).kind).toBe('wrong_password');
    expect(tokens.grant({ auth: {} }).kind).toBe('malformed');
  });

  test('with neither keys nor tokens everybody is let in', () => {
    expect(authenticator([], undefined)(withToken('made-up'), 0)).toBeUndefined();
  });
});
