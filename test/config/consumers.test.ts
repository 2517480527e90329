import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { warningsOf } from '../../src/config/warnings.ts';
import { anonymousId } from '../../src/consumer.ts';
import { configOf, least, problemsOf } from './sample.ts';

const hash = (key: string) => createHash('sha256').update(key).digest('hex');
const a = `sha256:${hash('a')}`;
const b = `sha256:${hash('b')}`;
const pricing = 'pricing: { currency: USD, perMillionRequests: 0.2, perGbSecond: 0.00001667 }';
const jwt = 'jwt: { jwks: "https://id.example.com/jwks.json", issuer: "https://id.example.com", audience: runway }';

/** A consumer `c`, whose keys begin in column 8 of line 5. */
const withConsumer = (keys: string, more = '') => `${least}consumers:\n  c: { ${keys} }\n${more}\n`;
const ofConsumer = (keys: string, more = '') => problemsOf(withConsumer(keys, more));
const ofLimit = (keys: string, more = '') => ofConsumer(`limits: [ { ${keys} } ]`, more);
const limitOf = (keys: string, more = '') => configOf(withConsumer(`limits: [ { ${keys} } ]`, more)).consumers[0]!.limits[0];

describe('a consumer', () => {
  test('of which nothing is written may call everything, without limits', () => {
    expect(configOf(withConsumer('')).consumers).toEqual([
      { id: 'c', priority: 'normal', functions: ['*'], limits: [], concurrency: undefined },
    ]);
  });

  test('is read in the words of the gateway', () => {
    const limits = `[ { name: burst, requests: 100, per: 1s }, { name: daily, gbSeconds: 0.5, per: day, timeZone: Europe/Berlin },
      { name: money, cost: 10, per: month, mode: shadow, warnAt: "80%", function: "hel*" } ]`;
    const { consumers, keys } = configOf(
      withConsumer(
        `keys: ["${a}", { hash: "${b.toUpperCase().replace('SHA', 'sha')}", expires: 2026-12-31 }], functions: [hello],
      priority: low, concurrency: 5, limits: ${limits}`,
        pricing,
      ),
    );
    expect(consumers).toEqual([
      {
        id: 'c',
        priority: 'low',
        functions: ['hello'],
        concurrency: 5,
        limits: [
          {
            name: 'burst',
            function: undefined,
            unit: 'requests',
            amount: 100,
            window: { kind: 'duration', ms: 1_000 },
            mode: 'enforce',
            warnAt: undefined,
          },
          {
            name: 'daily',
            function: undefined,
            unit: 'gbSeconds',
            amount: 0.5,
            window: { kind: 'calendar', unit: 'day', timeZone: 'Europe/Berlin' },
            mode: 'enforce',
            warnAt: undefined,
          },
          {
            name: 'money',
            function: 'hel*',
            unit: 'cost',
            amount: 10,
            window: { kind: 'calendar', unit: 'month', timeZone: 'UTC' },
            mode: 'shadow',
            warnAt: 0.8,
          },
        ],
      },
    ]);
    expect(keys).toEqual([
      { consumer: 'c', hash: hash('a'), expiresAtMs: undefined },
      { consumer: 'c', hash: hash('b'), expiresAtMs: Date.UTC(2027, 0, 1) },
    ]);
  });

  test.each([
    ['2026-12-31', Date.UTC(2027, 0, 1)],
    ['2026-12-31T18:00:00Z', Date.UTC(2026, 11, 31, 18)],
    ['2026-12-31T18:00:00+08:00', Date.UTC(2026, 11, 31, 10)],
  ])('has a key that expires %s: a day is good to its end', (expires, ms) => {
    expect(configOf(withConsumer(`keys: [ { hash: "${a}", expires: ${expires} } ]`)).keys[0]!.expiresAtMs).toBe(ms);
  });

  test.each([
    ['1ms', 1],
    ['30d', 30 * 86_400_000],
    ['365d', 365 * 86_400_000],
  ])('has a limit per %s', (per, ms) => {
    expect(limitOf(`name: l, requests: 1, per: ${per}`)?.window).toEqual({ kind: 'duration', ms });
  });

  test.each([
    ['100%', 1],
    ['80%', 0.8],
    ['0.5%', 0.005],
  ])('is warned of at %s', (warnAt, share) => {
    expect(limitOf(`name: l, requests: 1, per: 1s, warnAt: "${warnAt}"`)?.warnAt).toBeCloseTo(share, 10);
  });
});

const period = 'day, month, or a duration above 0 such as 1s, 5m, 1h or 30d, at most 365d';
const amount = 'allowed is exactly one of requests, gbSeconds, cost';
const zone = 'an IANA time zone such as UTC or Europe/Berlin';
const noHash = 'is not the hash of a key (not shown), allowed is sha256: and 64 hex digits, as `runway key new` prints it';
const when = 'a day such as 2026-12-31, or a time such as 2026-12-31T18:00:00Z';

describe('a problem is named with its line:', () => {
  test.each([
    ['requests: 0, per: 1s', '39 requests: is 0, allowed is a whole number from 1 to 1000000000'],
    ['requests: 1.5, per: 1s', '39 requests: is 1.5, allowed is a whole number from 1 to 1000000000'],
    ['gbSeconds: 0, per: 1s', '40 gbSeconds: is 0, allowed is a number from 0.000001 to 1000000000'],
    ['cost: -1, per: 1s', '35 cost: is -1, allowed is a number from 0.000001 to 1000000000'],
    ['requests: 1, per: 0s', `47 per: is "0s", allowed is ${period}`],
    ['requests: 1, per: 366d', `47 per: is "366d", allowed is ${period}`],
    ['requests: 1, per: week', `47 per: is "week", allowed is ${period}`],
    ['requests: 1', `18 per: is missing, allowed is ${period}`],
    ['requests: 1, per: day, timeZone: Europe/Nowhere', `62 timeZone: is "Europe/Nowhere", allowed is ${zone}`],
    ['requests: 1, per: day, timeZone: "+01:00"', `62 timeZone: is "+01:00", allowed is ${zone}`],
    [
      'requests: 1, per: 1d, timeZone: UTC',
      '61 timeZone: is of no use with a duration, allowed is timeZone together with per: day or per: month',
    ],
    ['requests: 1, per: 1s, warnAt: "0%"', '59 warnAt: is "0%", allowed is a percentage above 0 and at most 100%, such as 80%'],
    ['requests: 1, per: 1s, warnAt: 0.8', '59 warnAt: is 0.8, allowed is a percentage above 0 and at most 100%, such as 80%'],
    ['requests: 1, per: 1s, mode: soft', '57 mode: is "soft", allowed is "enforce" or "shadow"'],
    [
      'requests: 1, per: 1s, function: "img-*"',
      '61 function: is "img-*", which is no configured function, allowed are names in functions, with * for any characters',
    ],
  ])('a limit with %s', (keys, problem) => {
    const [column, ...rest] = problem.split(' ');
    expect(ofLimit(`name: l, ${keys}`, pricing)).toEqual([`runway.yaml:6:${column} consumers.c.limits[0].${rest.join(' ')}`]);
  });

  test('a limit of nothing, or of two things', () => {
    expect(ofLimit('name: l, per: 1s')).toEqual([`runway.yaml:6:18 consumers.c.limits[0]: has no amount, ${amount}`]);
    expect(ofLimit('name: l, per: 1s, requests: 1, gbSeconds: 1')).toEqual([
      `runway.yaml:6:18 consumers.c.limits[0]: has requests and gbSeconds, ${amount}`,
    ]);
  });

  test('two limits of one name', () => {
    expect(ofConsumer('limits: [ { name: l, requests: 1, per: 1s },\n    { name: l, requests: 2, per: 1m } ]')).toEqual([
      'runway.yaml:7:13 consumers.c.limits[1].name: is the name of limits[0] already, allowed is a name of its own for each limit',
    ]);
  });

  test('a limit in money without prices', () => {
    expect(ofLimit('name: l, cost: 1, per: 1s')).toEqual([
      'runway.yaml:6:35 consumers.c.limits[0].cost: needs to know what calls cost, allowed is cost together with pricing',
    ]);
  });

  test('a function that is not there, or a glob that matches none', () => {
    expect(ofConsumer('functions: [ hello, "h*o", "*", hell, "hello*x" ]').map((problem) => problem.split(',')[0])).toEqual(
      ['runway.yaml:6:40 consumers.c.functions[3]: is "hell"', 'runway.yaml:6:46 consumers.c.functions[4]: is "hello*x"'].map(
        (problem) => `${problem}`,
      ),
    );
  });

  test.each([
    ['in clear', 'rw_billing_0123456789abcdefghijklmnopqrstuvwxyz', noHash],
    ['of another sort', 'hunter2hunter2', noHash],
    ['with a hash that is too short', 'sha256:00', noHash],
    ['with another hash', `sha512:${hash('a')}`, noHash],
  ])('a key %s', (_, key, problem) => {
    for (const written of [`"${key}"`, `{ hash: "${key}" }`]) {
      const [first, ...others] = ofConsumer(`keys: [ ${written} ]`);
      expect(first).toMatch(/^runway\.yaml:6:\d+ consumers\.c\.keys\[0\](?:\.hash)?: /);
      expect(first).toContain(problem);
      expect(first).not.toContain(key);
      expect(others).toEqual([]);
    }
  });

  test('a key in clear is never printed, wherever it stands', () => {
    const key = 'rw_billing_0123456789abcdefghijklmnopqrstuvw';
    const wrong = [
      `keys: ${key}`,
      `keys: { ${key}: 1 }`,
      `keys: [ { ${key}: 1 } ]`,
      `keys: [ { hash: "${a}", expires: ${key} } ]`,
      `${key}: 1`,
      `priority: ${key}`,
      `functions: [ ${key} ]`,
      `limits: [ { name: ${key}, requests: 1, per: 1s } ]`,
    ];
    for (const keys of wrong) {
      const problems = ofConsumer(keys);
      expect(problems, keys).not.toEqual([]);
      expect(problems.join('\n'), keys).not.toContain(key);
    }
    for (const text of [`${least}consumers: { ${key}: {} }\n`, `${least}consumers: ${key}\n`, `${key}: x\n${least}`]) {
      const problems = problemsOf(text);
      expect(problems, text).not.toEqual([]);
      expect(problems.join('\n'), text).not.toContain(key);
    }
  });

  test('the same key twice, whoever has it and however it is written', () => {
    expect(ofConsumer(`keys: [ "${a}",\n    { hash: "sha256:${hash('a').toUpperCase()}" } ] }\n  d: { keys: [ "${a}" ]`)).toEqual([
      'runway.yaml:7:5 consumers.c.keys[1]: is a key of this consumer already, allowed is each key once',
      'runway.yaml:8:16 consumers.d.keys[0]: is a key of the consumer "c" already, allowed is each key once',
    ]);
  });

  test.each(['2026-02-31', '2026-13-01', 'tomorrow', '20261231', '2026-12-31T25:00:00Z', '2026-12-31T10:00:00'])(
    'a key that expires %s',
    (expires) => {
      expect(ofConsumer(`keys: [ { hash: "${a}", expires: "${expires}" } ]`)).toEqual([
        expect.stringMatching(
          new RegExp(`^runway\\.yaml:6:\\d+ consumers\\.c\\.keys\\[0\\]\\.expires: is "${expires}", allowed is ${when}$`),
        ),
      ]);
    },
  );

  test.each(['_unknown', '-a', 'a b', 'é', `rw_c_${'0'.repeat(33)}`])('a consumer called %j', (id) => {
    expect(problemsOf(`${least}consumers: { "${id}": {} }\n`)).toEqual([
      expect.stringMatching(/^runway\.yaml:5:14 consumers.*: is not a name that can be used here, allowed is 1 to 63 /),
    ]);
  });

  test('concurrency and priority', () => {
    expect(ofConsumer('concurrency: 0, priority: urgent')).toEqual([
      'runway.yaml:6:21 consumers.c.concurrency: is 0, allowed is a whole number from 1 to 100000',
      'runway.yaml:6:34 consumers.c.priority: is "urgent", allowed is "high", "normal" or "low"',
    ]);
  });
});

describe('callers without a key', () => {
  const anonymousIn = (text: string) => configOf(`${least}${text}\n`).consumers.find(({ id }) => id === anonymousId);

  test.each(['', 'anonymous: allow', 'anonymous: allow\nconsumers: { c: {} }', `anonymous: allow\n${jwt}`, 'consumers: { anonymous: {} }'])(
    'are let in by %j',
    (text) => {
      expect(anonymousIn(text)).toEqual({ id: anonymousId, priority: 'normal', functions: ['*'], limits: [], concurrency: undefined });
    },
  );

  test.each(['anonymous: deny', 'consumers: { c: {} }', 'consumers: {}', jwt])('are denied by %j', (text) => {
    expect(anonymousIn(text)).toBeUndefined();
  });

  test('may have limits of their own', () => {
    const text = 'anonymous: allow\nconsumers: { c: {}, anonymous: { priority: low, functions: [hello], concurrency: 2 } }';
    expect(anonymousIn(text)).toEqual({ id: anonymousId, priority: 'low', functions: ['hello'], limits: [], concurrency: 2 });
  });

  test('have no keys, and no settings where they are denied', () => {
    expect(problemsOf(`${least}consumers: { anonymous: { keys: [ "${a}" ] } }\n`)).toEqual([
      'runway.yaml:5:27 consumers.anonymous.keys: cannot be: anonymous is who calls without a key; allowed is another consumer',
    ]);
    expect(problemsOf(`${least}consumers: { c: {}, anonymous: {} }\n`)).toEqual([
      'runway.yaml:5:21 consumers.anonymous: is for callers without a key, who are denied; allowed is it together with anonymous: allow',
    ]);
  });

  test('and with nobody else to call: a warning', () => {
    const warned = (text: string) => warningsOf(configOf(`${least}${text}\n`)).some((warning) => warning.startsWith('nobody may call'));
    expect(['anonymous: deny', `anonymous: deny\n${jwt}`, 'consumers: { c: {} }', 'consumers: {}'].filter((text) => !warned(text))).toEqual(
      [],
    );
    expect(['', `consumers: { c: { keys: ["${a}"] } }`, `consumers: { c: {} }\n${jwt}`].filter(warned)).toEqual([]);
  });
});

describe('jwt', () => {
  test('names who signs, for whom, and the claim', () => {
    expect(configOf(`${least}${jwt}\n`).jwt).toEqual({
      jwksUrl: 'https://id.example.com/jwks.json',
      issuer: 'https://id.example.com',
      audience: 'runway',
      consumerClaim: 'sub',
    });
  });

  test('without an issuer or an audience is two problems', () => {
    expect(problemsOf(`${least}jwt: { jwks: "https://h/jwks" }\n`)).toEqual([
      'runway.yaml:5:1 jwt.audience: is missing, allowed is text that is not blank',
      'runway.yaml:5:1 jwt.issuer: is missing, allowed is text that is not blank',
    ]);
  });

  test.each([
    'http://id.example.com/jwks',
    'ftp://h/jwks',
    'https://u:hunter2@h/jwks',
    'hunter2',
    'http://localhost.example.com/',
    'https://h/#k',
  ])('does not fetch keys from %s', (jwks) => {
    const problems = problemsOf(`${least}jwt: { jwks: "${jwks}", issuer: i, audience: a }\n`);
    expect(problems).toEqual([expect.stringMatching(/^runway\.yaml:5:14 jwt\.jwks: is no URL that can be used here \(not shown/)]);
    expect(problems[0]).not.toContain('hunter2');
  });

  test.each(['http://127.0.0.1:9000/jwks', 'http://localhost/jwks', 'http://[::1]:1/jwks', 'https://h/a?b=c'])(
    'fetches them from %s',
    (jwks) => {
      expect(problemsOf(`${least}jwt: { jwks: "${jwks}", issuer: i, audience: a }\n`)).toEqual([]);
    },
  );
});

test('100,000 consumers are read in a few seconds, and what is equal of them is one object', () => {
  const rows = Array.from({ length: 100_000 }, (_, i) => `  c${i}: { keys: ["sha256:${hash(String(i))}"], functions: ["hel*"] }`);
  const startedAtMs = performance.now();
  const { consumers, keys } = configOf(`${least}consumers:\n${rows.join('\n')}\n`);
  // Some 1.5 s on one busy core.
  expect(performance.now() - startedAtMs).toBeLessThan(8_000);
  expect([consumers.length, keys.length]).toEqual([100_000, 100_000]);
  expect(new Set(consumers.map(({ functions }) => functions)).size).toBe(1);
});

test('a token of operators that can be guessed is a warning, which does not show it', () => {
  const warned = (token: string) =>
    warningsOf(configOf(`admin: { token: "${token}" }\n${least}`)).filter((warning) => warning.startsWith('admin.token'));
  expect(warned('a'.repeat(20))).toEqual([]);
  expect(warned('guess-me')).toEqual([expect.stringContaining('short enough to be guessed')]);
  expect(warned('guess-me').join()).not.toContain('guess-me');
});
