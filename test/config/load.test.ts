// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration's own syntax
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { Composer } from 'yaml';
import { configFile } from '../../src/config/file.ts';
import { loadConfig } from '../../src/config/load.ts';
import { Secret } from '../../src/config/secret.ts';
import { needRestart } from '../../src/dev/restart.ts';
import type { Upstream } from '../../src/upstream.ts';
import { configOf, least, problemsOf, project, upstreams, urn } from './sample.ts';

const folder = mkdtempSync(join(tmpdir(), 'runway-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('what is not written', () => {
  test('has its default', () => {
    const { source: _, ...config } = configOf(least);
    expect(config).toEqual({
      listen: { host: '0.0.0.0', port: 8080 },
      admin: { host: '127.0.0.1', port: 8081, token: undefined },
      upstreams: [
        {
          id: 'main',
          region: 'cn-north-1',
          projectId: project,
          endpoint: 'https://functiongraph.cn-north-1.myhuaweicloud.com',
          apiVersion: 'v1.0',
          response: 'envelope',
          maxConcurrency: 100,
          maxConnections: 256,
          connectTimeoutMs: 3_000,
          credentials: undefined,
        },
      ],
      redis: undefined,
      cache: { memoryBytes: 64 * 2 ** 20 },
      metrics: { maxSeries: 200_000 },
      log: { successes: 0.01, refusalsPerSecond: 5 },
      targets: [
        {
          name: 'hello',
          description: undefined,
          urn: `${urn}:latest`,
          version: 'latest',
          upstream: 'main',
          idempotent: false,
          timeoutMs: 30_000,
          retry: { attempts: 3, on: [429, 500], backoff: { baseMs: 100, maxMs: 2_000 }, budget: { ratio: 0.1, minPerSecond: 3 } },
          breaker: { failureRatio: 0.5, minimumRequests: 20, windowMs: 10_000, openForMs: 5_000, slowCalls: undefined },
          concurrency: { max: 50, queue: 100, queueTimeoutMs: 1_000, adaptive: true },
          fallback: undefined,
          cache: undefined,
        },
      ],
      consumers: [{ id: 'anonymous', priority: 'normal', functions: ['*'], limits: [], concurrency: undefined }],
      keys: [],
      jwt: undefined,
    });
  });

  test('has its default in a section that is begun', () => {
    const { redis, targets } = configOf(
      `redis: { url: "redis://h" }\n${upstreams}functions: { a: { urn: "${urn}", idempotent: true, cache: { ttl: 1m } } }`,
    );
    expect(redis).toMatchObject({ keyPrefix: 'runway:', timeoutMs: 50 });
    expect(targets[0]?.cache).toEqual({ ttlMs: 60_000, staleWhileRevalidateMs: 0, staleIfErrorMs: 0, scope: 'consumer', vary: [] });
  });
});

describe('an upstream', () => {
  const withKeys = (keys: string) =>
    configOf(`upstreams: { main: { region: ap-southeast-1, projectId: ${project}, ${keys} } }\nfunctions: {}`).upstreams[0];

  test('is what the client of FunctionGraph takes', () => {
    const all: readonly Upstream[] = configOf(least).upstreams;
    expect(all).toHaveLength(1);
  });

  test('may run more at a time than an account may at first', () => {
    expect(withKeys('maxConcurrency: 1000')?.maxConcurrency).toBe(1_000);
  });

  test.each([
    ['https://h', 'https://h'],
    ['https://h/', 'https://h'],
    ['HTTP://H:80/', 'http://h'],
    ['http://127.0.0.1:9000', 'http://127.0.0.1:9000'],
    ['http://[::1]:9000/', 'http://[::1]:9000'],
  ])('answers at %s, kept as %s', (written, kept) => {
    expect(withKeys(`endpoint: "${written}"`)).toMatchObject({ endpoint: kept });
  });

  test('may have keys, with a security token or without', () => {
    const credentials = withKeys('credentials: { accessKey: AK, secretKey: SK }')?.credentials;
    expect(credentials).toEqual({ kind: 'aksk', accessKey: expect.anything(), secretKey: expect.anything() });
    const temporary = withKeys('credentials: { accessKey: AK, secretKey: SK, securityToken: ST }')?.credentials;
    expect(
      temporary?.kind === 'aksk' && [temporary.accessKey, temporary.secretKey, temporary.securityToken].map((key) => key?.reveal()),
    ).toEqual(['AK', 'SK', 'ST']);
  });

  test('may have an IAM user, whose endpoint follows from the region', () => {
    const iam = {
      kind: 'iam',
      endpoint: 'https://iam.ap-southeast-1.myhuaweicloud.com',
      domain: 'd',
      user: 'u',
      project: 'p',
      password: expect.anything(),
    };
    expect(withKeys('credentials: { iam: { domain: d, user: u, password: pw, project: p } }')?.credentials).toEqual(iam);
    const own = withKeys('credentials: { iam: { endpoint: "http://iam:1", domain: d, user: u, password: pw, project: p } }')?.credentials;
    expect(own).toMatchObject({ endpoint: 'http://iam:1' });
  });

  test('serves the functions of its region and project', () => {
    const other = 'b'.repeat(32);
    const { targets } = configOf(`upstreams:
  one: { region: cn-north-1, projectId: ${project} }
  two: { region: cn-north-4, projectId: ${project} }
  three: { region: cn-north-1, projectId: ${other} }
functions:
  a: { urn: "urn:fss:cn-north-4:${project}:function:default:f:!stable" }
  b: { urn: "urn:fss:cn-north-1:${other}:function:default:f:v1" }
  c: { urn: "urn:fss:cn-north-1:${project}:function:default:f" }`);
    expect(targets.map(({ name, upstream, version }) => [name, upstream, version])).toEqual([
      ['a', 'two', '!stable'],
      ['b', 'three', 'v1'],
      ['c', 'one', 'latest'],
    ]);
  });
});

describe('Redis', () => {
  const redisOf = (redis: string, environment: Record<string, string> = {}) => configOf(`redis: ${redis}\n${least}`, environment).redis;
  const revealed = (nodes: readonly Secret[]) => nodes.map((node) => node.reveal());

  test('is one server', () => {
    const server = redisOf('{ url: "rediss://user:pw@h:1/2" }')?.server;
    expect(server).toEqual({ kind: 'single', url: expect.any(Secret), ca: undefined });
    expect(server?.kind === 'single' && server.url.reveal()).toBe('rediss://user:pw@h:1/2');
  });

  test('is a master with sentinels', () => {
    const least = redisOf('{ sentinel: { name: mymaster, nodes: ["redis://:pw@a", "redis://:pw@b:1"] } }')?.server;
    const open = { user: undefined, password: undefined, database: 0, tls: false, ca: undefined };
    expect(least).toEqual({ kind: 'sentinel', name: 'mymaster', nodes: [expect.any(Secret), expect.any(Secret)], ...open });
    expect(least?.kind === 'sentinel' && revealed(least.nodes)).toEqual(['redis://:pw@a', 'redis://:pw@b:1']);

    const all = redisOf('{ sentinel: { name: m, nodes: ["${NODE}"], user: u, password: "${PW}", database: 3, tls: "${TLS}" } }', {
      NODE: 'rediss://h',
      PW: '12345',
      TLS: 'true',
    })?.server;
    expect(all).toMatchObject({ user: 'u', database: 3, tls: true });
    expect(all?.kind === 'sentinel' && all.password?.reveal()).toBe('12345');
  });

  test('is a cluster, whose nodes are let in as the first one', () => {
    const server = redisOf('{ cluster: ["rediss://u:p@a:7000", "rediss://b:7001/", "rediss://u:p@[::1]"] }')?.server;
    expect(server).toMatchObject({ kind: 'cluster', ca: undefined });
    expect(server?.kind === 'cluster' && revealed(server.nodes)).toEqual(['rediss://u:p@a:7000', 'rediss://b:7001/', 'rediss://u:p@[::1]']);
  });

  test('has a certificate of its own authority, from a file or as text', () => {
    const bundle = rootCertificates.slice(0, 2).join('\n');
    writeFileSync(join(folder, 'ca.pem'), `${bundle}\n`);
    expect(redisOf(`{ url: "rediss://h", ca: "file:${join(folder, 'ca.pem')}" }`)?.server.ca?.reveal()).toBe(bundle);
    expect(redisOf('{ url: "rediss://h", ca: "${CA}" }', { CA: bundle })?.server.ca?.reveal()).toBe(bundle);
  });

  test('is opened anew after a restart only, a changed password in a list included', () => {
    const withPassword = (password: string) => configOf(`redis: { cluster: ["redis://:${password}@h"] }\n${least}`);
    expect(needRestart(withPassword('one'), withPassword('one'))).toEqual([]);
    expect(needRestart(withPassword('one'), withPassword('two'))).toEqual(['redis']);
  });
});

describe('defaults', () => {
  const withDefaults = (defaults: string, own: string) =>
    configOf(`defaults: ${defaults}\n${upstreams}functions: { f: { urn: "${urn}", ${own} } }`).targets[0];

  test('are filled in key by key, down to the last level', () => {
    const target = withDefaults('{ timeout: 5s, retry: { attempts: 7, backoff: { base: 10ms } } }', 'retry: { backoff: { max: 1s } }');
    expect(target).toMatchObject({ timeoutMs: 5_000, retry: { attempts: 7, on: [429, 500], backoff: { baseMs: 10, maxMs: 1_000 } } });
  });

  test('of slow calls and of places are filled in as well', () => {
    const target = withDefaults(
      '{ breaker: { slowCalls: { after: 2s } }, concurrency: { max: 5, queue: 1 }, retry: { budget: { ratio: 0.5 } } }',
      'breaker: { slowCalls: { ratio: 0.9 } }, concurrency: { max: 6 }, retry: { budget: { minPerSecond: 0 } }',
    );
    expect(target).toMatchObject({
      breaker: { slowCalls: { afterMs: 2_000, ratio: 0.9 } },
      concurrency: { max: 6, queue: 1 },
      retry: { budget: { ratio: 0.5, minPerSecond: 0 } },
    });
  });

  test('give way to what the function says itself', () => {
    expect(
      withDefaults('{ timeout: 5s, idempotent: true, retry: { on: [500] } }', 'timeout: 6s, idempotent: false, retry: { on: [] }'),
    ).toMatchObject({
      timeoutMs: 6_000,
      idempotent: false,
      retry: { on: [] },
    });
  });

  test('of a cache reach only functions that are idempotent', () => {
    expect(withDefaults('{ cache: { ttl: 1m } }', 'idempotent: false')?.cache).toBeUndefined();
    expect(withDefaults('{ cache: { ttl: 1m } }', 'idempotent: true')?.cache).toMatchObject({ ttlMs: 60_000 });
    expect(withDefaults('{ cache: { scope: shared } }', 'idempotent: true, cache: { ttl: 1s }')?.cache).toEqual({
      ttlMs: 1_000,
      staleWhileRevalidateMs: 0,
      staleIfErrorMs: 0,
      scope: 'shared',
      vary: [],
    });
  });
});

describe('a function', () => {
  const withKeys = (keys: string) => configOf(`${upstreams}functions: { f: { urn: "${urn}", ${keys} } }`).targets[0];

  test('may have a budget of repeats, down to none', () => {
    expect(withKeys('retry: { budget: { ratio: 0 } }')?.retry.budget).toEqual({ ratio: 0, minPerSecond: 3 });
    expect(withKeys('retry: { budget: { ratio: 1, minPerSecond: 0.5 } }')?.retry.budget).toEqual({ ratio: 1, minPerSecond: 0.5 });
  });

  test('may have a circuit that opens for slowness', () => {
    expect(withKeys('breaker: { slowCalls: { after: 2s } }')?.breaker.slowCalls).toEqual({ afterMs: 2_000, ratio: 0.5 });
    expect(withKeys('breaker: { slowCalls: { after: 500ms, ratio: 1 } }')?.breaker.slowCalls).toEqual({ afterMs: 500, ratio: 1 });
  });

  test('may have places of its own, and no queue', () => {
    expect(withKeys('concurrency: { max: 1, queue: 0, queueTimeout: 50ms, adaptive: false }')?.concurrency).toEqual({
      max: 1,
      queue: 0,
      queueTimeoutMs: 50,
      adaptive: false,
    });
  });

  test('may have an answer for bad times, kept as it is written', () => {
    expect(withKeys(`fallback: { body: ' {"a": "ü"}' }`)?.fallback).toEqual({ status: 200, body: Buffer.from(' {"a": "ü"}') });
    expect(withKeys('fallback: { status: 503, body: "null" }')?.fallback).toEqual({ status: 503, body: Buffer.from('null') });
  });
});

test('functions with equal policies share them', () => {
  const [a, b, c] = configOf(`${upstreams}functions:
  a: { urn: "${urn}", retry: { attempts: 2 } }
  b: { urn: "${urn}", retry: { attempts: 2 } }
  c: { urn: "${urn}", retry: { attempts: 4 } }`).targets;
  expect(a?.retry).toBe(b?.retry);
  expect(a?.breaker).toBe(c?.breaker);
  expect(a?.concurrency).toBe(c?.concurrency);
  expect(c?.retry.attempts).toBe(4);
});

test('header names are kept in lower case, and those that are there twice once', () => {
  const { targets } = configOf(
    `${upstreams}functions: { f: { urn: "${urn}", idempotent: true, cache: { ttl: 1s, vary: [Accept-Language, accept-language, X-A] } } }`,
  );
  expect(targets[0]).toMatchObject({ cache: { vary: ['accept-language', 'x-a'] } });
});

describe('environment variables', () => {
  test('may be a number or a truth value where the key wants one', () => {
    const { listen, targets } = configOf(
      `listen: { port: \${PORT:-9090} }\n${upstreams}functions: { f: { urn: "${urn}", idempotent: "\${I}", retry: { on: ["\${ON}"] }, breaker: { failureRatio: \${RATIO} } } }`,
      { I: 'true', ON: '500', RATIO: '0.25' },
    );
    expect(listen.port).toBe(9090);
    expect(targets[0]).toMatchObject({ idempotent: true, retry: { on: [500] }, breaker: { failureRatio: 0.25 } });
  });

  test('that look like numbers stay text where text is wanted', () => {
    const text = `admin: { token: \${T} }\n${upstreams}functions: { f: { urn: "${urn}", description: \${D} } }`;
    const { admin, targets } = configOf(text, { T: '0123', D: 'true' });
    expect(admin.token?.reveal()).toBe('0123');
    expect(targets[0]?.description).toBe('true');
  });

  test('stand in flow style without quotes, as in the contract', () => {
    const text = `admin:  { host: 127.0.0.1, port: 8081, token: \${RUNWAY_ADMIN_TOKEN:-} }\n${least}`;
    expect(configOf(text).admin.token).toBeUndefined();
    expect(configOf(text, { RUNWAY_ADMIN_TOKEN: 't' }).admin.token?.reveal()).toBe('t');
  });

  test('that are empty leave their key absent', () => {
    const text = `upstreams:
  main:
    region: cn-north-1
    projectId: ${project}
    credentials:
      accessKey: \${AK}
      secretKey: \${SK}
      securityToken: \${HUAWEICLOUD_SDK_SECURITY_TOKEN:-}
functions: {}`;
    expect(configOf(text, { AK: 'a', SK: 's' }).upstreams[0]?.credentials).not.toHaveProperty('securityToken');
  });

  test('cannot bring in YAML', () => {
    const { targets } = configOf(`${upstreams}functions:\n  f:\n    urn: ${urn}\n    description: \${D}\n`, {
      D: 'x\n    idempotent: true # "',
    });
    expect(targets[0]).toMatchObject({ description: 'x\n    idempotent: true # "', idempotent: false });
  });
});

describe('YAML', () => {
  test('may merge and repeat by anchors', () => {
    const { targets } = configOf(`${upstreams}functions:
  a: &a { urn: "${urn}", timeout: 5s, retry: &r { attempts: 2 } }
  b: { <<: *a, timeout: 6s }
  c: { urn: "${urn}", retry: *r }`);
    expect(targets.map(({ timeoutMs, retry }) => [timeoutMs, retry.attempts])).toEqual([
      [5_000, 2],
      [6_000, 2],
      [30_000, 2],
    ]);
  });

  test('of aliases on aliases does not grow', () => {
    const layers = Array.from(
      { length: 40 },
      (_, i) =>
        `  x${i}: &x${i} [${
          i === 0
            ? 'x'
            : Array(9)
                .fill(`*x${i - 1}`)
                .join(', ')
        }]`,
    );
    expect(problemsOf(`${least}bomb:\n${layers.join('\n')}\n`)).toEqual([
      'runway.yaml:5:1 bomb: is an unknown key, allowed are listen, admin, upstreams, redis, cache, metrics, log, pricing, defaults, functions, consumers, anonymous, jwt',
    ]);
  });

  test('keys that every object has are keys like any other', () => {
    expect(
      configOf(`${upstreams}functions: { constructor: { urn: "${urn}" }, valueof: { urn: "${urn}" } }`).targets.map(({ name }) => name),
    ).toEqual(['constructor', 'valueof']);
  });
});

test('10,000 functions are read, each with its own settings', () => {
  const functions = Array.from(
    { length: 10_000 },
    (_, i) => `  f${i}: { urn: "urn:fss:cn-north-1:${project}:function:default:f${i}", timeout: ${1 + (i % 90)}s }`,
  );
  const { targets } = configOf(`${upstreams}functions:\n${functions.join('\n')}\n`);
  expect(targets).toHaveLength(10_000);
  expect(targets[9_999]).toMatchObject({
    name: 'f9999',
    timeoutMs: 10_000,
    urn: `urn:fss:cn-north-1:${project}:function:default:f9999:latest`,
  });
  expect(new Set(targets.map(({ retry }) => retry)).size).toBe(1);
});

// With positions 10,000 functions take about a second and more than 100 MB.
test('only a wrong file is read a second time, for positions', () => {
  const composed = vi.spyOn(Composer.prototype, 'compose');
  try {
    configOf(least);
    expect(composed).not.toHaveBeenCalled();
    problemsOf(`x: 1\n${least}`);
    expect(composed).toHaveBeenCalledOnce();
  } finally {
    composed.mockRestore();
  }
});

test('no functions, and no repeats by status, are as good as any', () => {
  expect(configOf(`${upstreams}functions: {}`).targets).toEqual([]);
  expect(configOf(`${upstreams}functions: { f: { urn: "${urn}", retry: { on: [] } } }`).targets[0]?.retry.on).toEqual([]);
});

describe('a file', () => {
  test('is read, and its secrets from its own folder', () => {
    writeFileSync(join(folder, 'token'), 'from-a-file\n');
    writeFileSync(join(folder, 'good.yaml'), `\uFEFFadmin: { token: file:token }\n${least}`);
    const loaded = loadConfig(join(folder, 'good.yaml'), {});
    expect(loaded.ok && loaded.config.admin.token?.reveal()).toBe('from-a-file');
  });

  test.each([
    ['missing.yaml', 'cannot be read (ENOENT), allowed is a YAML file; name one with -c FILE or $RUNWAY_CONFIG'],
    ['.', 'cannot be read (EISDIR), allowed is a YAML file'],
  ])('that cannot be read is one problem: %s', (name, message) => {
    const file = join(folder, name);
    expect(loadConfig(file, {})).toEqual({ ok: false, problems: [{ file, line: 1, column: 1, path: '', message }] });
  });

  test('that is not UTF-8 is one problem', () => {
    const file = join(folder, 'latin1.yaml');
    writeFileSync(file, Buffer.from('admin: { host: "\xe9" }', 'latin1'));
    expect(loadConfig(file, {})).toEqual({
      ok: false,
      problems: [{ file, line: 1, column: 1, path: '', message: 'is not UTF-8, allowed is a YAML file' }],
    });
  });

  test('is the one given, else $RUNWAY_CONFIG, else runway.yaml', () => {
    expect(configFile('a.yaml', { RUNWAY_CONFIG: 'b.yaml' })).toBe('a.yaml');
    expect(configFile(undefined, { RUNWAY_CONFIG: 'b.yaml' })).toBe('b.yaml');
    expect(configFile(undefined, { RUNWAY_CONFIG: '' })).toBe('runway.yaml');
    expect(configFile(undefined, {})).toBe('runway.yaml');
  });
});

test('a configuration with secrets does not print them', () => {
  const config = configOf(
    `admin: { token: hunter2 }
redis: { url: "redis://user:hunter2@h" }
upstreams:
  a: { region: cn-north-1, projectId: ${project}, credentials: { accessKey: hunter2, secretKey: hunter2, securityToken: hunter2 } }
  b: { region: cn-north-4, projectId: ${project}, credentials: { iam: { domain: d, user: u, password: hunter2, project: p } } }
functions: {}`,
  );
  expect(
    JSON.stringify(config) + inspect(config, { depth: 9, showHidden: true }) + inspect(config, { depth: 9, customInspect: false }),
  ).not.toContain('hunter2');
});
