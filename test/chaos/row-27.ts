import { setTimeout as pass } from 'node:timers/promises';
import { issuer, signingKey, token, tokenBy } from '../support/jwks.ts';
import { atMost, none, type Row } from './row.ts';
import { failures } from './support/figures.ts';
import { startGateway } from './support/gateway-process.ts';
import { Caller } from './support/load.ts';
import { openUpstream } from './support/upstream.ts';

const audience = 'runway';
const name = 'https://issuer.example';
const key = signingKey('ES256', 'one');
const stranger = signingKey('ES256', 'one');

const claims = (over: Record<string, unknown> = {}) => ({
  iss: name,
  aud: audience,
  sub: 'billing',
  exp: Math.floor(Date.now() / 1_000) + 3_600,
  ...over,
});

/** Tokens that were never good, each by another flaw. The whole list is in `test/consumers/jwt.test.ts`. */
const invalid: Readonly<Record<string, () => string>> = {
  'no signature': () => token({ alg: 'none', kid: 'one' }, claims(), () => Buffer.alloc(0)),
  'a signature of somebody else': () => tokenBy(stranger, claims()),
  'another issuer': () => tokenBy(key, claims({ iss: 'https://other.example' })),
  'another audience': () => tokenBy(key, claims({ aud: 'other' })),
  'its time over': () => tokenBy(key, claims({ exp: Math.floor(Date.now() / 1_000) - 3_600 })),
  'its time not come': () => tokenBy(key, claims({ nbf: Math.floor(Date.now() / 1_000) + 3_600 })),
  'no end': () => tokenBy(key, claims({ exp: undefined })),
  'a critical extension': () => tokenBy(key, claims(), { crit: ['example'], example: true }),
};

/** Tokens are judged by the issuer's keys, which go on when the issuer is down, and nobody can make the gateway ask it all the time. */
export const row27: Row = {
  number: 27,
  async measure() {
    await using upstream = await openUpstream();
    await using keys = await issuer([key]);
    await using gateway = await startGateway({
      functions: { work: { at: upstream.endpoint } },
      consumers: { billing: {} },
      jwt: { jwks: keys.url, issuer: name, audience },
    });
    await using caller = new Caller(gateway.url);
    const call = (bearer: string) => caller.call('work', { headers: { authorization: `Bearer ${bearer}` } });

    const good = await Promise.all(Array.from({ length: 100 }, (_, id) => call(tokenBy(key, claims({ jti: String(id) })))));
    const bad = await Promise.all(Object.values(invalid).map((make) => call(make())));
    const before = keys.asked();
    const flood = await Promise.all(Array.from({ length: 1_000 }, (_, kid) => call(tokenBy(key, claims(), { kid: `unknown-${kid}` }))));
    await pass(1_000);
    const asked = keys.asked() - before;
    keys.hang();
    const down = await Promise.all(Array.from({ length: 100 }, (_, id) => call(tokenBy(key, claims({ jti: `down ${id}` })))));
    return [
      none('good tokens: failed', good.length, failures(good)),
      none('tokens that are no good: let in', bad.length, bad.filter(({ status }) => status !== 401).length),
      none('1,000 tokens of unknown keys: let in', flood.length, flood.filter(({ status }) => status === 200).length),
      atMost('… requests for the keys', 2, asked),
      none('tokens of known keys while the issuer is down: failed', down.length, failures(down)),
    ];
  },
};
