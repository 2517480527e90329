import { createHmac, type KeyObject } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Fetched } from '../../src/consumers/jwks.ts';
import { openTokens, type Tokens } from '../../src/consumers/jwt.ts';
import { FakeClock } from '../support/clock.ts';
import { issuer, type Json, signatureBy, signingKey, token, tokenBy } from '../support/jwks.ts';
import { until } from '../support/until.ts';

const iss = 'https://id.example.com';
const aud = 'runway';

const es256 = signingKey('ES256', 'es256');
const rs256 = signingKey('RS256', 'rs256');
const others = ['ES384', 'ES512', 'PS256', 'RS512', 'EdDSA'].map((alg) => signingKey(alg, alg));
/** An RSA key that says nothing of its algorithm. */
const bare = signingKey('RS256', 'bare', { bare: true });
const attackers = signingKey('ES256', 'es256');
const published = [es256, rs256, bare, ...others];

const server = await issuer(published);
afterAll(() => server[Symbol.asyncDispose]());

let clock: FakeClock;
let fetched: Fetched[];
/** Requests to the issuer that have left, whether it has them yet or not. */
let begun = 0;
let tokens: Tokens;
let asked: number;
const seconds = () => Math.floor(clock.epochMs() / 1_000);
const claims = (more: Json = {}): Json => ({ iss, aud, sub: 'billing', exp: seconds() + 300, ...more });
const askedSince = () => server.asked() - asked;
const open = (url = server.url, consumerClaim = 'sub') =>
  openTokens({
    issuer: { jwksUrl: url, issuer: iss, audience: aud, consumerClaim },
    clock,
    fetch(...request) {
      begun++;
      return fetch(...request);
    },
    onFetched: (result) => fetched.push(result),
  });

beforeEach(() => {
  clock = new FakeClock();
  fetched = [];
  begun = 0;
  server.publish(published);
  asked = server.asked();
  tokens = open();
});

const valid = { kind: 'valid', claim: 'billing' };

describe('a token', () => {
  test.each([es256, rs256, bare, ...others])('signed by $alg is valid', async (key) => {
    expect(await tokens.check(tokenBy(key, claims()))).toEqual(valid);
  });

  test('for several audiences, ours among them, is valid', async () => {
    expect(await tokens.check(tokenBy(es256, claims({ aud: ['other', aud] })))).toEqual(valid);
  });

  test('says who calls by the claim that the configuration names', async () => {
    const named = open(server.url, 'https://example.com/team');
    expect(await named.check(tokenBy(es256, claims({ 'https://example.com/team': 'search' })))).toEqual({ kind: 'valid', claim: 'search' });
    expect(await named.check(tokenBy(es256, claims()))).toEqual({ kind: 'valid', claim: undefined });
    expect(await named.check(tokenBy(es256, claims({ 'https://example.com/team': ['search'] })))).toEqual({
      kind: 'valid',
      claim: undefined,
    });
  });

  test('is good for a minute past its exp and a minute before its nbf, since clocks differ', async () => {
    expect(await tokens.check(tokenBy(es256, claims({ exp: seconds() - 59 })))).toEqual(valid);
    expect(await tokens.check(tokenBy(es256, claims({ nbf: seconds() + 59 })))).toEqual(valid);
  });
});

const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }) as string;
const hs256 = (secret: string) => (input: string) => createHmac('sha256', secret).update(input).digest();
const nothing = () => Buffer.alloc(0);

/** Each with what makes it one. Claims are made when the clock is there. */
const invalid: [string, () => string][] = [
  ['alg none, without a signature', () => token({ alg: 'none' }, claims(), nothing)],
  ['alg None, in another case', () => token({ alg: 'nOnE', kid: 'es256' }, claims(), nothing)],
  ['alg none, with a signature', () => token({ alg: 'none', kid: 'es256' }, claims(), signatureBy(es256))],
  ['no alg', () => token({ kid: 'es256' }, claims(), signatureBy(es256))],
  ['HS256 with the public key as PEM for a secret', () => token({ alg: 'HS256', kid: 'rs256' }, claims(), hs256(pem(rs256.publicKey)))],
  ['HS256 with the public JWK for a secret', () => token({ alg: 'HS256', kid: 'rs256' }, claims(), hs256(JSON.stringify(rs256.jwk)))],
  ['HS256 with an empty secret', () => token({ alg: 'HS256' }, claims(), hs256(''))],
  ['another issuer', () => tokenBy(es256, claims({ iss: 'https://id.example.org' }))],
  ['no issuer', () => tokenBy(es256, claims({ iss: undefined }))],
  ['another audience', () => tokenBy(es256, claims({ aud: 'runway2' }))],
  ['other audiences', () => tokenBy(es256, claims({ aud: ['a', 'b'] }))],
  ['no audience', () => tokenBy(es256, claims({ aud: undefined }))],
  ['an exp that is past', () => tokenBy(es256, claims({ exp: seconds() - 61 }))],
  ['no exp', () => tokenBy(es256, claims({ exp: undefined }))],
  ['an exp that is text', () => tokenBy(es256, claims({ exp: '9999999999' }))],
  ['an nbf to come', () => tokenBy(es256, claims({ nbf: seconds() + 61 }))],
  ['an nbf that is text', () => tokenBy(es256, claims({ nbf: '0' }))],
  ['an unknown kid', () => tokenBy(es256, claims(), { kid: 'nobody' })],
  ["another key's kid", () => tokenBy(es256, claims(), { kid: 'rs256' })],
  ['no kid where several keys fit', () => token({ alg: 'RS256' }, claims(), signatureBy(bare))],
  ['a kid that is a path', () => tokenBy(es256, claims(), { kid: '../../../dev/null' })],
  ['a kid that is no text', () => tokenBy(es256, claims(), { kid: 0 })],
  ['a crit that nobody knows', () => tokenBy(es256, claims(), { crit: ['x'], x: 1 })],
  ['an empty crit', () => tokenBy(es256, claims(), { crit: [] })],
  ['an unencoded payload (b64)', () => tokenBy(es256, claims(), { crit: ['b64'], b64: false })],
  ["the attacker's key under a known kid", () => tokenBy(attackers, claims())],
  ["the attacker's key as jwk", () => tokenBy(attackers, claims(), { jwk: attackers.jwk })],
  ["the attacker's key as jku", () => tokenBy(attackers, claims(), { jku: attackersUrl() })],
  ["the attacker's key as x5u", () => tokenBy(attackers, claims(), { x5u: attackersUrl() })],
  ["the attacker's key as jku, and a kid of its own", () => tokenBy(attackers, claims(), { jku: attackersUrl(), kid: 'attackers' })],
  [
    'a payload that was changed',
    () => {
      const [header, , signature] = tokenBy(es256, claims()).split('.');
      return `${header}.${Buffer.from(JSON.stringify(claims({ sub: 'admin' }))).toString('base64url')}.${signature}`;
    },
  ],
  [
    'a header that was changed',
    () => {
      const [, payload, signature] = tokenBy(es256, claims()).split('.');
      return `${Buffer.from(JSON.stringify({ alg: 'ES256', kid: 'es256', typ: 'at+jwt' })).toString('base64url')}.${payload}.${signature}`;
    },
  ],
  ['another curve than that of its key', () => token({ alg: 'ES384', kid: 'es256' }, claims(), signatureBy(es256))],
  ['another hash than that of its key', () => token({ alg: 'RS512', kid: 'rs256' }, claims(), signatureBy({ ...rs256, alg: 'RS512' }))],
  ['another padding than that of its key', () => token({ alg: 'PS256', kid: 'rs256' }, claims(), signatureBy({ ...rs256, alg: 'PS256' }))],
  ['a signature of zeros (CVE-2022-21449)', () => token({ alg: 'ES256', kid: 'es256' }, claims(), () => Buffer.alloc(64))],
  ['an empty signature', () => token({ alg: 'ES256', kid: 'es256' }, claims(), nothing)],
  ['a signature cut short', () => tokenBy(es256, claims()).slice(0, -10)],
  ['a payload that is no JSON', () => token({ alg: 'ES256', kid: 'es256' }, 'not json', signatureBy(es256))],
  ['a payload that is a list', () => token({ alg: 'ES256', kid: 'es256' }, '[]', signatureBy(es256))],
  ['five parts, as an encrypted one', () => 'e30.e30.e30.e30.e30'],
  ['a header that is no JSON', () => 'AAAA.e30.AAAA'],
  ['nothing', () => ''],
];

const attackersServer = await issuer([attackers]);
afterAll(() => attackersServer[Symbol.asyncDispose]());
const attackersUrl = () => attackersServer.url;

describe('a token is refused with', () => {
  test.each(invalid)('%s', async (_, make) => {
    const made = make();
    expect([await tokens.check(made), await tokens.check(made)]).toEqual([{ kind: 'invalid' }, { kind: 'invalid' }]);
    expect(attackersServer.asked()).toBe(0);
  });

  test('what no key has to decide costs no request for keys', async () => {
    for (const alg of ['none', 'HS256', 'RSA1_5', '']) {
      expect(await tokens.check(token({ alg, kid: 'es256' }, claims(), nothing))).toEqual({ kind: 'invalid' });
    }
    expect(askedSince()).toBe(0);
  });
});

describe('what was valid', () => {
  test('is valid at once the next time, and not beyond its exp', async () => {
    const made = tokenBy(es256, claims({ exp: seconds() + 10 }));
    expect(tokens.check(made)).toBeInstanceOf(Promise);
    await tokens.check(made);
    expect(tokens.check(made)).toEqual(valid);
    await clock.advance(10_000);
    // Checked again; the leeway is still its own.
    expect(tokens.check(made)).toBeInstanceOf(Promise);
    await clock.advance(61_000);
    expect(await tokens.check(made)).toEqual({ kind: 'invalid' });
  });

  test('is checked again after five minutes', async () => {
    const made = tokenBy(es256, claims({ exp: seconds() + 3_600 }));
    await tokens.check(made);
    await clock.advance(299_000);
    expect(tokens.check(made)).toEqual(valid);
    await clock.advance(1_000);
    expect(tokens.check(made)).toBeInstanceOf(Promise);
  });

  test('is checked again when the issuer has other keys, and refused when its key is not among them', async () => {
    const made = tokenBy(es256, claims({ exp: seconds() + 3_600 }));
    const next = signingKey('ES256', 'next');
    await tokens.check(made);
    server.publish([next]);
    await clock.advance(30_000);
    expect(await tokens.check(tokenBy(next, claims()))).toEqual(valid);
    expect(await tokens.check(made)).toEqual({ kind: 'invalid' });
  });
});

describe('the keys', () => {
  test('are fetched when the first token comes, once for all that wait', async () => {
    expect(askedSince()).toBe(0);
    const made = Array.from({ length: 50 }, (_, i) => tokenBy(es256, claims({ jti: i })));
    expect(new Set((await Promise.all(made.map((each) => tokens.check(each)))).map(({ kind }) => kind))).toEqual(new Set(['valid']));
    expect(askedSince()).toBe(1);
    expect(fetched).toEqual([{ ok: true }]);
  });

  test('are fetched again for a new kid, and its token is valid at once', async () => {
    await tokens.check(tokenBy(es256, claims()));
    await clock.advance(30_000);
    const next = signingKey('ES256', 'next');
    server.publish([es256, next]);
    expect(await tokens.check(tokenBy(next, claims()))).toEqual(valid);
    expect(askedSince()).toBe(2);
  });

  test('are asked for twice in a minute at most, however many unknown kids come in', async () => {
    for (let i = 0; i < 1_000; i++) {
      expect(await tokens.check(tokenBy(attackers, claims(), { kid: `k${i}` }))).toEqual({ kind: 'invalid' });
      await clock.advance(59);
    }
    expect(askedSince()).toBeLessThanOrEqual(2);
  });

  test('go on while the issuer is down for ten minutes, and long after', async () => {
    await tokens.check(tokenBy(es256, claims()));
    server.answer(503, 'down');
    for (let minute = 0; minute < 60; minute++) {
      await clock.advance(60_000);
      expect(await tokens.check(tokenBy(rs256, claims())), `${minute}`).toEqual(valid);
    }
    await until('it was asked again', () => askedSince() > 1);
    expect(fetched).toContainEqual({ ok: false, reason: 'status 503' });
    // It came back with another key: known within a pause, once what was asked of it before has come back.
    await until('nothing is on its way', () => fetched.length === begun);
    const next = signingKey('EdDSA', 'next');
    server.publish([next]);
    await clock.advance(30_000);
    expect(await tokens.check(tokenBy(next, claims()))).toEqual(valid);
  });

  test('that the issuer took back are good for ten minutes at most, without anybody waiting', async () => {
    await tokens.check(tokenBy(es256, claims()));
    server.publish([rs256]);
    await clock.advance(10 * 60_000);
    expect(await tokens.check(tokenBy(es256, claims()))).toEqual(valid);
    await until('the keys are there', () => fetched.length === 2);
    expect(await tokens.check(tokenBy(es256, claims()))).toEqual({ kind: 'invalid' });
  });

  test('an unknown one is not judged while the issuer does not answer', async () => {
    await tokens.check(tokenBy(es256, claims()));
    server.answer(500, '');
    await clock.advance(30_000);
    expect(await tokens.check(tokenBy(signingKey('ES256', 'new'), claims()))).toEqual({ kind: 'unknown' });
    expect(await tokens.check(tokenBy(es256, claims()))).toEqual(valid);
    // What no key has to decide is still refused.
    expect(await tokens.check(token({ alg: 'none' }, claims(), nothing))).toEqual({ kind: 'invalid' });
  });

  test.each([
    ['an error', 500, '{}', 'status 500'],
    ['a page', 200, '<html>', 'no key set'],
    ['no set', 200, '{"keys":5}', 'no key set'],
    ['more than a megabyte', 200, JSON.stringify({ keys: ['x'.repeat(1_100_000)] }), 'too large'],
    ['the way to another place', 302, '', 'status 302'],
  ])('of an issuer that gives %s are none: nobody can say whether a token is good', async (_, status, body, reason) => {
    server.answer(status, body, { location: attackersUrl() });
    expect(await tokens.check(tokenBy(es256, claims()))).toEqual({ kind: 'unknown' });
    expect(fetched).toEqual([{ ok: false, reason }]);
    expect(attackersServer.asked()).toBe(0);
    // Asked again five seconds later, not for each token.
    await tokens.check(tokenBy(es256, claims()));
    expect(askedSince()).toBe(1);
    server.publish(published);
    await clock.advance(5_000);
    expect(await tokens.check(tokenBy(es256, claims()))).toEqual(valid);
  });

  test('of an issuer that does not answer are given up after five seconds', async () => {
    server.hang();
    const waiting = Promise.resolve(tokens.check(tokenBy(es256, claims())));
    await until('it is asked', () => askedSince() === 1);
    await clock.advance(5_000);
    expect(await waiting).toEqual({ kind: 'unknown' });
    expect(fetched).toEqual([{ ok: false, reason: 'timeout' }]);
  });

  test('of an issuer that is not there are none', async () => {
    const nowhere = open('http://127.0.0.1:9/jwks');
    expect(await nowhere.check(tokenBy(es256, claims()))).toEqual({ kind: 'unknown' });
    expect(fetched).toEqual([{ ok: false, reason: expect.stringMatching(/^(?:ECONNREFUSED|unreachable)$/) }]);
  });

  test('that are of no use do not spoil the others', async () => {
    const strange = [{ kty: 'oct', k: 'AAAA', kid: 'es256' }, { kty: 'XX' }, {}, es256.jwk];
    server.answer(200, JSON.stringify({ keys: strange }));
    expect(await tokens.check(tokenBy(es256, claims()))).toEqual(valid);
    const secret = token({ alg: 'HS256', kid: 'es256' }, claims(), hs256(Buffer.from('AAAA', 'base64url').toString('latin1')));
    expect(await tokens.check(secret)).toEqual({ kind: 'invalid' });
  });
});
