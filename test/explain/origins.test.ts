import { describe, expect, test } from 'vitest';
import { generatedConfig } from '../../src/dev/generated-config.ts';
import { exampleFunctionsDir } from '../../src/emulator/examples.ts';
import { openExplain } from '../../src/explain/explain.ts';
import type { Explanation } from '../../src/explain/explanation.ts';
import { configOf, least, project, upstreams, urn } from '../config/sample.ts';
import { FakeClock } from '../support/clock.ts';

const clock = new FakeClock();

/** What the file alone says of a call without an event. */
async function explained(text: string, { fn = 'hello', consumer = 'anonymous', environment = {} } = {}): Promise<Explanation> {
  const explain = openExplain({ config: configOf(text, environment), clock, state: undefined });
  return (await explain({ function: fn, consumer, body: Buffer.from('{}'), headers: {} }))!;
}

/** Origins by part and key. */
function originsOf({ parts }: Explanation): Record<string, unknown> {
  return Object.fromEntries(
    parts.flatMap(({ part, name, settings }) =>
      settings.map(({ key, from }) => [
        `${part === 'limit' ? `limit ${name}` : part}.${key}`,
        typeof from === 'string' ? from : `${from.line} ${from.key}`,
      ]),
    ),
  );
}

describe('a setting of a function', () => {
  const text = `${upstreams}defaults:
  timeout: 20s
  retry:
    attempts: 5
    backoff: { base: 50ms }
  cache: { ttl: 1m }
functions:
  hello:
    urn: "${urn}"
    timeout: 10s
    retry: { on: [429] }
  kept:
    urn: "${urn}"
    idempotent: true
    cache:
      scope: shared
`;

  test('is its own, else that of defaults, key by key and down to the last level, else built in', async () => {
    expect(originsOf(await explained(text))).toMatchObject({
      'function.urn': '11 functions.hello.urn',
      'function.timeout': '12 functions.hello.timeout',
      'function.idempotent': 'default',
      'retry.retry.attempts': '6 defaults.retry.attempts',
      'retry.retry.on': '13 functions.hello.retry.on',
      'retry.retry.backoff.base': '7 defaults.retry.backoff.base',
      'retry.retry.backoff.max': 'default',
      'retry.retry.budget.ratio': 'default',
      'cache.cache': 'default',
      'breaker.breaker.openFor': 'default',
      'concurrency.concurrency.max': 'default',
    });
  });

  test('of kept results comes from defaults where the function is idempotent', async () => {
    expect(originsOf(await explained(text, { fn: 'kept' }))).toMatchObject({
      'function.timeout': '4 defaults.timeout',
      'function.idempotent': '16 functions.kept.idempotent',
      'cache.cache.ttl': '8 defaults.cache.ttl',
      'cache.cache.scope': '18 functions.kept.cache.scope',
      'cache.cache.vary': 'default',
    });
  });

  test('that an anchor repeats stands at the anchor, and one that a merge brings where it was written', async () => {
    const merged = `${upstreams}functions:
  hello: &hello
    urn: "${urn}"
    retry: &twice
      attempts: 2
  other:
    urn: "${urn}"
    retry: *twice
  third:
    <<: *hello
    timeout: 5s
`;
    expect(originsOf(await explained(merged, { fn: 'other' }))).toMatchObject({
      'retry.retry.attempts': '7 functions.other.retry.attempts',
    });
    expect(originsOf(await explained(merged, { fn: 'third' }))).toMatchObject({
      'function.urn': '5 functions.third.urn',
      'function.timeout': '13 functions.third.timeout',
      'retry.retry.attempts': '7 functions.third.retry.attempts',
    });
  });

  test('that an empty variable takes away comes from where it comes from without it', async () => {
    const own = `${upstreams}defaults: { timeout: 20s }\nfunctions:\n  hello: { urn: "${urn}", timeout: "\${T:-}" }\n`;
    expect(originsOf(await explained(own))).toMatchObject({ 'function.timeout': '3 defaults.timeout' });
    const { parts } = await explained(own, { environment: { T: '7s' } });
    const timeout = parts.flatMap(({ settings }) => settings).find(({ key }) => key === 'timeout');
    expect(timeout).toMatchObject({ value: 7_000, from: { line: 5, variables: ['T'] } });
  });
});

test('settings of consumers, upstreams and prices stand where they are written', async () => {
  const text = `upstreams:
  main:
    region: cn-north-1
    projectId: ${project}
    credentials:
      accessKey: planted
      secretKey: planted
functions:
  hello: { urn: "${urn}", fallback: { body: '{}' } }
  img: { urn: "${urn}" }
consumers:
  billing:
    keys: ["sha256:${'0'.repeat(64)}"]
    functions: ["img", "hel*", "hello"]
    limits:
      - { name: burst, requests: 100, per: 1s }
      - { name: other, function: img, requests: 1, per: 1s }
      - name: spend
        gbSeconds: 5
        per: day
    concurrency: 3
pricing:
  currency: USD
  perMillionRequests: 0.2
  perGbSecond: 0.00001667
`;
  expect(originsOf(await explained(text, { consumer: 'billing' }))).toMatchObject({
    'consumer.functions': '14 consumers.billing.functions[1]',
    'consumer.priority': 'default',
    'upstream.place': '2 upstreams.main',
    'upstream.endpoint': 'default',
    'upstream.credentials': '6 upstreams.main.credentials.accessKey',
    'limit burst.requests': '16 consumers.billing.limits[0].requests',
    'limit burst.mode': 'default',
    'limit spend.gbSeconds': '19 consumers.billing.limits[2].gbSeconds',
    'limit spend.per': '20 consumers.billing.limits[2].per',
    'limit concurrency.concurrency': '21 consumers.billing.concurrency',
    'fallback.status': 'default',
    'fallback.body': '9 functions.hello.fallback.body',
    'price.perGbSecond': '25 pricing.perGbSecond',
  });
});

test('a limit that does not count the function is no part of it', async () => {
  const text = `${least}  img: { urn: "${urn}" }
consumers:
  anonymous: { limits: [{ name: img, function: img, requests: 1, per: 1s }] }
`;
  const limits = (await explained(text)).parts.filter(({ part }) => part === 'limit');
  expect(limits).toEqual([{ part: 'limit', says: 'none counts this call', settings: [] }]);
});

test('a configuration that was made of a folder has no lines, and says so', async () => {
  const generated = await generatedConfig(exampleFunctionsDir);
  if (!generated.ok) throw new Error(generated.problems.join('\n'));
  const explain = openExplain({ config: generated.config, clock, state: undefined });
  const explanation = await explain({ function: 'hello', consumer: 'anonymous', body: Buffer.from(''), headers: {} });
  const file = `${exampleFunctionsDir} (generated)`;
  expect(explanation?.config).toEqual({ file, generated: true, changed: false });
  const urnOf = explanation!.parts.find(({ part }) => part === 'function')!.settings[0];
  expect(urnOf?.from).toEqual({ file, key: 'functions.hello.urn' });
});

test('where an emulator stands in, the endpoint is that of the emulator', async () => {
  const config = configOf(least);
  const played = config.upstreams.map((upstream) => ({ ...upstream, endpoint: 'http://127.0.0.1:1', emulated: true as const }));
  const explain = openExplain({ config: { ...config, upstreams: played }, clock, state: undefined });
  const explanation = await explain({ function: 'hello', consumer: 'anonymous', body: Buffer.from(''), headers: {} });
  expect(originsOf(explanation!)).toMatchObject({ 'upstream.endpoint': 'emulator', 'upstream.apiVersion': 'default' });
});

test('nothing that is a secret is in an explanation, wherever it stands in the file', async () => {
  const key = `rw_billing_${'A'.repeat(33)}`;
  const text = `admin: { token: planted-1 }
upstreams:
  main:
    region: cn-north-1
    projectId: ${project}
    credentials: { accessKey: planted-2, secretKey: "\${SK:-planted-3}", securityToken: "\${TOKEN}" }
  iam:
    region: cn-north-4
    projectId: ${project}
    credentials: { iam: { domain: d, user: u, password: planted-5, project: p } }
redis: { url: "redis://user:planted-6@127.0.0.1:1" }
functions:
  hello: { urn: "${urn}", description: planted-7, fallback: { body: '"planted-8"' }, timeout: "\${T}" }
  north: { urn: "${urn.replace('cn-north-1', 'cn-north-4')}" }
consumers:
  billing: { keys: ["sha256:${'ab'.repeat(32)}"] }
`;
  const config = configOf(text, { TOKEN: 'planted-4', T: '9s' });
  const explain = openExplain({ config, clock, state: undefined });
  for (const fn of ['hello', 'north']) {
    for (const consumer of ['billing', 'anonymous', key]) {
      const headers = { authorization: 'Bearer planted-9', 'idempotency-key': 'planted-10' };
      const explanation = await explain({ function: fn, consumer, body: Buffer.from('{"planted-11":'), headers });
      expect(JSON.stringify(explanation)).not.toMatch(/planted|abab|A{33}/);
      const good = await explain({ function: fn, consumer, body: Buffer.from('{"a":"planted-12"}'), headers });
      expect(JSON.stringify(good)).not.toMatch(/planted|abab|A{33}/);
    }
  }
});
