import { describe, expect, test } from 'vitest';
import { meter } from '../../../src/admin/console/limit-rows.ts';
import { settingsOf } from '../../../src/admin/console/settings.ts';
import { Secret } from '../../../src/config/secret.ts';
import { cachePolicyOf, targetOf } from '../../support/calls.ts';
import { consumerOf } from '../../support/gateway.ts';
import { startConsole } from './start-console.ts';

/** What must never stand in a page as it is. */
const hostile = `"><script>alert(1)</script><img src=x onerror='alert(2)'>\u2028`;

describe('what is hostile', () => {
  test('stays text on every page: names, descriptions, reasons, ids, filters, settings', async () => {
    const target = targetOf({ name: `evil${hostile}`, description: hostile, urn: hostile, cache: cachePolicyOf({ vary: [hostile] }) });
    const consumer = consumerOf({ id: hostile, functions: [hostile] });
    const limit = {
      name: hostile,
      unit: 'requests',
      amount: 1,
      mode: 'enforce',
      used: 0,
      remaining: 1,
      resetMs: 1,
      windowSeconds: 1,
    } as const;
    await using console = await startConsole({
      targets: [target],
      usage: { limits: () => [limit] },
      consumers: () => [{ ...consumer, limits: [{} as never] }],
      configuration: () => ({
        generation: 1,
        source: hostile,
        loadedAtMs: 0,
        refused: [hostile],
        settings: { [hostile]: hostile, functions: [target], consumers: [consumer], upstreams: [] },
      }),
      advise: () => ({ advice: 'wait', says: hostile }),
    });
    console.fail(target.name, { requestId: hostile, consumer: hostile, code: hostile, detail: hostile });
    const name = encodeURIComponent(target.name);
    const id = encodeURIComponent(hostile);
    const filter = `?q=${encodeURIComponent(hostile)}`;
    const paths = [
      '',
      filter,
      `/functions/${name}`,
      '/consumers',
      `/consumers${filter}`,
      `/consumers/${id}`,
      '/configuration',
      `/configuration${filter}`,
    ];
    for (const path of paths) {
      const page = await console.get(`/console${path}`);
      const text = await page.text();
      expect([path, page.status, console.faults]).toEqual([path, 200, []]);
      expect([path, text.includes('<script>alert'), text.includes('<img src=x')]).toEqual([path, false, false]);
      expect(text).toContain('&lt;script&gt;');
    }
  });

  test('stays text in what scripts get, which write it as text', async () => {
    await using console = await startConsole({ targets: [targetOf({ name: `evil${hostile}` })] });
    const events = await console.get('/console/events?filter=');
    expect(events.headers.get('content-type')).toBe('text/event-stream');
    const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('\n\ndata: ') || !text.endsWith('\n\n')) text += (await reader.read()).value;
    await reader.cancel();
    const data = JSON.parse(/^data: ([^\n]*)$/m.exec(text)![1]!);
    expect(data.rows[0].name).toBe(`evil${hostile}`);
  });
});

test.each([
  [1, '1 call at a time'],
  [1_000, '1,000 calls at a time'],
])('a consumer of %i at a time is told so as one would say it', async (concurrency, said) => {
  await using console = await startConsole({ consumers: () => [consumerOf({ concurrency })] });
  expect(await (await console.get('/console/consumers/anonymous')).text()).toContain(said);
});

test.each([
  [0.0001, 0.00005, '$0.00005 of $0.0001 left'],
  [0.0001, 0.00009876, '$0.0000988 of $0.0001 left'],
  [25, 0.00005, '&lt;$0.0001 of $25.00 left'],
])('of a limit of %d money with %d left both are told apart', async (amount, remaining, said) => {
  const limit = {
    name: 'spend',
    unit: 'cost',
    amount,
    mode: 'enforce',
    used: amount - remaining,
    remaining,
    resetMs: 1,
    windowSeconds: 1,
  } as const;
  expect(String(await meter({ limit, currency: 'USD' }))).toContain(said);
});

describe('ten thousand functions and consumers', () => {
  const targets = Array.from({ length: 10_000 }, (_, at) => targetOf({ name: `fn-${at}`, description: 'One of very many.' }));
  const consumers = Array.from({ length: 10_000 }, (_, at) => consumerOf({ id: `consumer-${at}` }));
  const many = () =>
    startConsole({
      targets,
      consumers: () => consumers,
      configuration: () => ({
        generation: 1,
        source: 'runway.yaml',
        loadedAtMs: 0,
        refused: [],
        settings: { functions: targets, consumers, upstreams: [] },
      }),
    });

  test.each([
    '/console',
    '/console/consumers',
    '/console/configuration',
    '/console/configuration?part=consumers',
    '/console/configuration?page=200',
  ])('make %s no page that nobody can load', async (path) => {
    await using console = await many();
    const text = await (await console.get(path)).text();
    expect(text.length).toBeLessThan(500_000);
    expect(text).toMatch(/10,000|10000/);
  });

  test('are all found by their names, and page by page', async () => {
    await using console = await many();
    expect(await (await console.get('/console?q=FN-9876')).text()).toContain('/console/functions/fn-9876"');
    const last = await (await console.get('/console/configuration?page=200')).text();
    expect(last).toContain('fn-9999');
    expect(last).not.toContain('fn-9949<');
    expect(await (await console.get('/console/configuration?page=9999')).text()).toContain('fn-9999');
    expect(await (await console.get('/console/configuration?page=nonsense')).text()).toContain('fn-49<');
    expect(await (await console.get('/console/consumers?q=consumer-1234&page=1')).text()).toContain('>consumer-1234<');
  });

  test('those that are called come first', async () => {
    await using console = await many();
    console.calls.call('fn-7777', 10);
    console.calls.call('fn-8888', 20);
    await console.clock.advance(2_000);
    console.history.sample();
    const names = [...(await (await console.get('/console')).text()).matchAll(/data-function="(fn-\d+)"/g)].map(([, name]) => name);
    expect([names.length, ...names.slice(0, 3)]).toEqual([200, 'fn-8888', 'fn-7777', 'fn-0']);
  });
});

describe('the configuration in force', () => {
  test('shows of a secret that it is one, wherever it stands', () => {
    const settings = {
      token: new Secret('correct-horse'),
      nested: {
        list: [{ id: 'main', password: new Secret('correct-horse') }, { deep: { deeper: { url: 'redis://user:correct-horse@host' } } }],
      },
      nodes: [new Secret('rediss://:correct-horse@a')],
      jwt: {
        jwks: new URL('https://issuer.example/keys?key=correct-horse&of=correct-horse'),
        other: 'https://issuer.example?correct-horse',
      },
      several: ['https://a.example/?correct-horse', 'https://b.example/?x=user:correct-horse@y#top'],
      body: Buffer.from('correct-horse'),
      other: new Map([['key', 'correct-horse']]),
    };
    expect(JSON.stringify(settingsOf(settings))).not.toContain('correct-horse');
    expect(settingsOf({ token: settings.token })).toEqual([{ name: 'token', value: '[secret]' }]);
    expect(
      settingsOf({ jwks: 'https://issuer.example/keys?key=correct-horse', several: ['https://a.example/?b=c', 'https://d.example'] }),
    ).toEqual([
      { name: 'jwks', value: 'https://issuer.example/keys?[secret]' },
      { name: 'several', value: 'https://a.example/?[secret], https://d.example' },
    ]);
  });

  test('says values in the units that their names say', () => {
    const settings = {
      timeoutMs: 90_000,
      memoryBytes: 67_108_864,
      ttlMs: 3_600_000,
      port: 8080,
      cache: undefined,
      on: [429, 500],
      vary: [],
    };
    expect(settingsOf(settings).map(({ name, value }) => `${name}: ${value}`.replaceAll('\u00a0', ' '))).toEqual([
      'timeout: 90 s',
      'memory: 64 MB',
      'ttl: 1 h',
      'port: 8080',
      'cache: not set',
      'on: 429, 500',
      'vary: none',
    ]);
  });

  test('ends where it is too deep to read', () => {
    const round: Record<string, unknown> = {};
    round.again = round;
    expect(JSON.stringify(settingsOf(round))).toContain('…');
  });

  test('says why a newer one was refused', async () => {
    const problem = 'runway.yaml:3:5 functions.hello.retries: is not a key';
    await using console = await startConsole({
      configuration: () => ({
        generation: 4,
        source: 'runway.yaml',
        loadedAtMs: 0,
        refused: [problem],
        settings: { functions: [], consumers: [], upstreams: [] },
      }),
    });
    expect(await (await console.get('/console/configuration')).text()).toContain(problem);
  });
});

test('what is not there is said to be not there', async () => {
  await using console = await startConsole();
  for (const path of ['/console/functions/nobody', '/console/functions/__proto__', '/console/consumers/nobody']) {
    const page = await console.get(path);
    expect([path, page.status]).toEqual([path, 404]);
    expect(await page.text()).toContain('There is no such');
  }
  const answer = await fetch(`${console.url}/console`, { method: 'DELETE', headers: { origin: console.url } });
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});
