import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { anonymousId, type Consumer, type KnownKey } from '../../src/consumer.ts';
import * as apiKey from '../../src/consumers/api-key.ts';
import { type Credentials, type Identity, identifier } from '../../src/consumers/identify.ts';
import type { TokenCheck } from '../../src/consumers/jwt.ts';
import { Permissions } from '../../src/consumers/permissions.ts';
import { FakeClock } from '../support/clock.ts';

const consumer = (id: string, functions: readonly string[] = ['*']): Consumer => ({
  id,
  priority: 'normal',
  functions,
  limits: [],
  concurrency: undefined,
});
const keyOf = (id: string, n = 0) => apiKey.makeApiKey(id, new Uint8Array(apiKey.bytesOfKey).fill(n));
const known = (id: string, key: string, expiresAtMs?: number): KnownKey => {
  return { consumer: id, hash: apiKey.hashOf(key), expiresAtMs };
};

const clock = new FakeClock();
const billing = keyOf('billing');
const rotated = keyOf('billing', 1);
const ended = keyOf('billing', 2);
const search = keyOf('search');
const options = {
  consumers: [consumer('billing'), consumer('search')],
  keys: [
    known('billing', billing),
    known('billing', rotated, clock.epochMs() + 1_000),
    known('billing', ended, clock.epochMs()),
    known('search', search),
  ],
  tokens: undefined,
  clock,
};
const withAnonymous = { ...options, consumers: [...options.consumers, consumer(anonymousId)] };

const of = (credentials: Partial<Credentials>): Credentials => ({ authorization: undefined, apiKey: undefined, ...credentials });
const who = (identity: Identity | Promise<Identity>) => {
  if (identity instanceof Promise) return 'later';
  return identity.kind === 'known' ? identity.consumer.id : identity.problem.code;
};

describe('a key', () => {
  const identify = identifier(options);

  test('says who calls, as a bearer or in X-Api-Key, and in both if it is the same', () => {
    expect(who(identify(of({ authorization: `Bearer ${billing}` })))).toBe('billing');
    expect(who(identify(of({ authorization: `bearer  ${search} ` })))).toBe('search');
    expect(who(identify(of({ apiKey: search })))).toBe('search');
    expect(who(identify(of({ authorization: `Bearer ${billing}`, apiKey: billing })))).toBe('billing');
  });

  test('is good beside another, until it expires', async () => {
    expect(who(identify(of({ apiKey: rotated })))).toBe('billing');
    await clock.advance(999);
    expect(who(identify(of({ apiKey: rotated })))).toBe('billing');
    await clock.advance(1);
    expect(who(identify(of({ apiKey: rotated })))).toBe('unauthenticated');
    expect(who(identify(of({ apiKey: billing })))).toBe('billing');
  });

  test('that is unknown, expired, malformed or one of two gets the same answer, word for word', () => {
    const refused = identify(of({ apiKey: ended }));
    expect(who(refused)).toBe('unauthenticated');
    const others: Partial<Credentials>[] = [
      { apiKey: keyOf('billing', 9) },
      { apiKey: `${billing.slice(0, -1)}x` },
      { apiKey: 'nonsense' },
      { apiKey: `${billing}, ${billing}` },
      { authorization: billing },
      { authorization: `Basic ${billing}` },
      { authorization: 'Bearer' },
      { authorization: `Bearer ${billing} ${billing}` },
      { authorization: `Bearer ${billing}`, apiKey: search },
      { authorization: 'Basic eDp5', apiKey: billing },
      { authorization: 'Bearer a.b.c' },
    ];
    for (const credentials of others) expect(identify(of(credentials)), JSON.stringify(credentials)).toEqual(refused);
  });

  test('is never in the answer', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12 }), (text) => {
        expect(JSON.stringify(identify(of({ authorization: `Bearer ${text}` })))).not.toContain(text);
      }),
    );
  });

  test('with a wrong checksum is not looked up', () => {
    const lookedUp = vi.spyOn(Map.prototype, 'get');
    try {
      const lookUps = (key: string) => {
        lookedUp.mockClear();
        void identify(of({ apiKey: key }));
        return lookedUp.mock.calls.filter(([hash]) => /^[0-9a-f]{16}$/.test(String(hash))).length;
      };
      expect([lookUps(keyOf('billing', 9)), lookUps(`${billing.slice(0, -1)}${billing.endsWith('0') ? '1' : '0'}`)]).toEqual([1, 0]);
    } finally {
      lookedUp.mockRestore();
    }
  });

  test('costs the same among 100,000', () => {
    const many = Array.from({ length: 100_000 }, (_, i) => apiKey.makeApiKey('c', Buffer.from(String(i).padStart(20))));
    const ids = many.map((_, i) => consumer(`c${i}`));
    const among = identifier({ ...options, consumers: ids, keys: many.map((key, i) => known(`c${i}`, key)) });
    expect(who(among(of({ apiKey: many[77_777]! })))).toBe('c77777');
    const time = (ask: typeof identify, key: string) => {
      const startedAtMs = performance.now();
      for (let i = 0; i < 5_000; i++) void ask(of({ apiKey: key }));
      return performance.now() - startedAtMs;
    };
    for (const _ of [1, 2]) time(identify, billing) + time(among, many[5]!);
    // A look-up in a list would be some thousand times as long.
    expect(time(among, many[99_999]!)).toBeLessThan(20 * time(identify, billing) + 50);
  });
});

describe('no credentials', () => {
  test('are the consumer anonymous where it is let in, and refused with how to call where it is not', () => {
    expect(who(identifier(withAnonymous)(of({})))).toBe(anonymousId);
    expect(who(identifier(withAnonymous)(of({ authorization: '', apiKey: '' })))).toBe(anonymousId);
    const refused = identifier(options)(of({}));
    expect(refused).toMatchObject({ problem: { code: 'unauthenticated', detail: expect.stringContaining('X-Api-Key: KEY') } });
  });

  test('are not the same as bad ones, which are refused where anonymous is let in, too', () => {
    expect(who(identifier(withAnonymous)(of({ apiKey: ended })))).toBe('unauthenticated');
  });

  test('are what there is where nobody could have any: what is sent is not read', () => {
    const open = identifier({ ...options, consumers: [consumer(anonymousId)], keys: [] });
    expect(who(open(of({ authorization: 'Basic eDp5' })))).toBe(anonymousId);
    const closed = identifier({ ...options, keys: [] });
    expect(who(closed(of({ apiKey: billing })))).toBe('unauthenticated');
  });
});

describe('a token', () => {
  const answering = (check: TokenCheck, later = false) =>
    identifier({ ...withAnonymous, tokens: { check: () => (later ? Promise.resolve(check) : check) } });
  const token = of({ authorization: 'Bearer eyJh.eyJz.c2ln' });

  test.each([false, true])('says who calls by its claim (checked later: %s)', async (later) => {
    expect(who(await answering({ kind: 'valid', claim: 'billing' }, later)(token))).toBe('billing');
    expect(who(await answering({ kind: 'valid', claim: 'nobody' }, later)(token))).toBe('forbidden');
    expect(who(await answering({ kind: 'valid', claim: undefined }, later)(token))).toBe('forbidden');
    expect(who(await answering({ kind: 'invalid' }, later)(token))).toBe('unauthenticated');
    expect(await answering({ kind: 'unknown' }, later)(token)).toMatchObject({
      problem: { code: 'issuer_unreachable', retryAfterMs: 30_000 },
    });
  });

  test('cannot make its bearer anonymous', async () => {
    expect(who(await answering({ kind: 'valid', claim: anonymousId })(token))).toBe('forbidden');
  });

  test('is taken as a bearer alone, and a key with dots in it is still a key', () => {
    const check = vi.fn((): TokenCheck => ({ kind: 'valid', claim: 'billing' }));
    const dotted = keyOf('a.b.c');
    const identify = identifier({ ...options, consumers: [consumer('a.b.c')], keys: [known('a.b.c', dotted)], tokens: { check } });
    expect(who(identify(of({ apiKey: 'eyJh.eyJz.c2ln' })))).toBe('unauthenticated');
    expect(who(identify(of({ authorization: `Bearer ${dotted}` })))).toBe('a.b.c');
    expect(check).not.toHaveBeenCalled();
  });
});

describe('a consumer may call', () => {
  const permissions = new Permissions();
  const may = (functions: readonly string[], name: string) => permissions.mayCall(consumer('c', functions), name);

  test.each([
    [['*'], 'hello', true],
    [['hello'], 'hello', true],
    [['hello'], 'hello2', false],
    [['img-*', 'hello'], 'img-resize', true],
    [['img-*', 'hello'], 'img', false],
    [['*-v2'], 'a-v2', true],
    [['a*b*c'], 'a.b.c', true],
    [[], 'hello', false],
  ])('by %j %s: %s', (functions, name, expected) => {
    expect([may(functions, name), may(functions, name)]).toEqual([expected, expected]);
  });
});
