// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration's own syntax
import { rootCertificates } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { parseUrn } from '../../src/urn.ts';
import { least, problemsOf, project, upstreams, urn } from './sample.ts';

const ofFunction = (keys: string) => problemsOf(`${upstreams}functions:\n  f:\n    urn: ${urn}\n    ${keys}\n`);
const ofUpstream = (keys: string) =>
  problemsOf(`functions: {}\nupstreams:\n  u:\n    region: cn-north-1\n    projectId: ${project}\n    ${keys}\n`);

/** One problem, in line 6 and below the given key. */
const line6 = (below: string, problem: string) => [`runway.yaml:6:${problem.replace(' ', ` ${below}.`)}`];

describe('a value of a function', () => {
  test.each([
    [
      'timeout: 91s',
      '14 timeout: is "91s", allowed is a whole number above 0 with ms, s, m, h or d in lower case, such as 500ms, at most 90s',
    ],
    ['timeout: 30', '14 timeout: is 30, allowed is a whole number above 0 with ms, s, m, h or d in lower case, such as 500ms, at most 90s'],
    ['timeout:', '5 timeout: is empty, allowed is a whole number above 0 with ms, s, m, h or d in lower case, such as 500ms, at most 90s'],
    [
      'timeout: 0s',
      '14 timeout: is "0s", allowed is a whole number above 0 with ms, s, m, h or d in lower case, such as 500ms, at most 90s',
    ],
    [
      'timeout: -1ms',
      '14 timeout: is "-1ms", allowed is a whole number above 0 with ms, s, m, h or d in lower case, such as 500ms, at most 90s',
    ],
    [
      'timeout: 1.5S',
      '14 timeout: is "1.5S", allowed is a whole number above 0 with ms, s, m, h or d in lower case, such as 500ms, at most 90s',
    ],
    [
      'timeout: ${T:-}s',
      '14 timeout: is what ${T} gives (not shown), allowed is a whole number above 0 with ms, s, m, h or d in lower case, such as 500ms, at most 90s',
    ],
    ['idempotent: yes', '17 idempotent: is "yes", allowed is true or false'],
    ['payload: http', '14 payload: is "http", allowed is "event"'],
    ['description: 5', '18 description: is 5, allowed is text'],
    ['description: [a]', '5 description: is a list, allowed is text'],
    ['retry: 5', '12 retry: is a number, allowed is a map of attempts, on, backoff, budget'],
    ['retry:', '5 retry: is empty, allowed is a map of attempts, on, backoff, budget'],
    ['retry: { attempts: 0 }', '24 retry.attempts: is 0, allowed is a whole number from 1 to 10'],
    ['retry: { attempts: 1.5 }', '24 retry.attempts: is 1.5, allowed is a whole number from 1 to 10'],
    ['retry: { on: 500 }', '18 retry.on: is 500, allowed is a list of 429 and 500'],
    ['retry: { on: [429, 503] }', '24 retry.on[1]: is 503, allowed is 429 or 500'],
    ['retry: { on: [429, 429] }', '14 retry.on: has a status twice, allowed is each once'],
    ['retry: { backoff: { base: 3s } }', '31 retry.backoff.base: is 3s, allowed is at most backoff.max, which is 2s'],
    ['breaker: { failureRatio: 0 }', '30 breaker.failureRatio: is 0, allowed is a number above 0 and at most 1'],
    ['breaker: { failureRatio: .nan }', '30 breaker.failureRatio: is NaN, allowed is a number above 0 and at most 1'],
    ['cache: { ttl: 1s }', '5 cache: needs a function whose results may be kept, allowed is cache together with idempotent: true'],
    [
      'budget: {}',
      '5 budget: is an unknown key, allowed are urn, description, payload, idempotent, timeout, retry, breaker, concurrency, cache, fallback',
    ],
    ['retry: { budget: 1 }', '22 retry.budget: is a number, allowed is a map of ratio, minPerSecond'],
    ['retry: { budget: { ratio: 20 } }', '31 retry.budget.ratio: is 20, allowed is a number from 0 to 1'],
    ['retry: { budget: { minPerSecond: -1 } }', '38 retry.budget.minPerSecond: is -1, allowed is a number from 0 to 1000'],
    [
      'breaker: { slowCalls: { ratio: 1 } }',
      '16 breaker.slowCalls.after: is missing, allowed is a whole number above 0 with ms, s, m, h or d in lower case, such as 500ms, at most 90s',
    ],
    ['breaker: { slowCalls: { after: 2s, ratio: 0 } }', '47 breaker.slowCalls.ratio: is 0, allowed is a number above 0 and at most 1'],
    ['concurrency: 5', '18 concurrency: is a number, allowed is a map of max, queue, queueTimeout, adaptive'],
    ['concurrency: { max: 0 }', '25 concurrency.max: is 0, allowed is a whole number from 1 to 10000'],
    ['concurrency: { queue: -1 }', '27 concurrency.queue: is -1, allowed is a whole number from 0 to 10000'],
    [
      'concurrency: { queueTimeout: 0s }',
      '34 concurrency.queueTimeout: is "0s", allowed is a whole number above 0 with ms, s, m, h or d in lower case, such as 500ms, at most 90s',
    ],
    ['concurrency: { adaptive: 1 }', '30 concurrency.adaptive: is 1, allowed is true or false'],
    ['fallback: {}', `5 fallback.body: is missing, allowed is JSON as text, such as '{"items": []}'`],
    ['fallback: { body: {} }', `17 fallback.body: is a map, allowed is JSON as text, such as '{"items": []}'`],
    ['fallback: { body: 5 }', `23 fallback.body: is 5, allowed is JSON as text, such as '{"items": []}'`],
    ['fallback: { body: "" }', `17 fallback.body: is "", allowed is JSON as text, such as '{"items": []}'`],
    ['fallback: { body: hello }', `23 fallback.body: is "hello", allowed is JSON as text, such as '{"items": []}'`],
  ])('%s', (keys, problem) => {
    expect(ofFunction(keys)).toEqual(line6('functions.f', problem));
  });

  test.each(['199', '600', '200.5', '204', '205', '304', 'OK'])('of a fallback whose status is %s: no body can go with it', (status) => {
    const allowed = 'a whole number from 200 to 599 that a body may go with (not 204, 205 or 304)';
    const seen = status === 'OK' ? '"OK"' : status;
    expect(ofFunction(`fallback: { status: ${status}, body: "1" }`)).toEqual(
      line6('functions.f', `25 fallback.status: is ${seen}, allowed is ${allowed}`),
    );
  });

  test('of a cache', () => {
    const cache = (keys: string) => problemsOf(`${upstreams}functions:\n  f:\n    urn: ${urn}\n    idempotent: true\n    cache: ${keys}\n`);
    expect(cache('{}')).toEqual([
      'runway.yaml:7:5 functions.f.cache.ttl: is missing, allowed is a whole number above 0 with ms, s, m, h or d in lower case, such as 500ms, at most 365d',
    ]);
    expect(cache('{ ttl: 1s, scope: all }')).toEqual([
      'runway.yaml:7:30 functions.f.cache.scope: is "all", allowed is "consumer" or "shared"',
    ]);
    expect(cache('{ ttl: 1s, vary: [a, "b c"] }')).toEqual([
      'runway.yaml:7:33 functions.f.cache.vary[1]: is "b c", allowed is the name of a request header, such as accept-language',
    ]);
  });
});

describe('a value of an upstream', () => {
  const onlyOne = 'allowed is accessKey and secretKey, or iam';
  test.each([
    [
      'endpoint: ftp://h',
      '15 endpoint: is "ftp://h", allowed is http:// or https://, a host and optionally a port, without user, path or query',
    ],
    [
      'endpoint: https://h/v2',
      '15 endpoint: is "https://h/v2", allowed is http:// or https://, a host and optionally a port, without user, path or query',
    ],
    ['apiVersion: v1', '17 apiVersion: is "v1", allowed is "v1.0" or "v2"'],
    ['response: raw', '15 response: is "raw", which v1.0 cannot answer; allowed is "envelope", or apiVersion: v2'],
    ['maxConcurrency: 0', '21 maxConcurrency: is 0, allowed is a whole number from 1 to 100000'],
    ['maxConnections: 0', '21 maxConnections: is 0, allowed is a whole number from 1 to 10000'],
    [
      'connectTimeout: 1m',
      '21 connectTimeout: is "1m", allowed is a whole number above 0 with ms, s, m, h or d in lower case, such as 500ms, at most 30s',
    ],
    ['credentials: { accessKey: a }', `5 credentials.secretKey: is missing, ${onlyOne}`],
    [
      'credentials: { accessKey: a, secretKey: 12345 }',
      '45 credentials.secretKey: is a number, allowed is text in quotes, ${NAME} or file:PATH',
    ],
    [
      'credentials: { accessKey: a, secretKey: b, iam: { domain: d, user: u, password: p, project: p } }',
      '5 credentials: has both keys and iam, allowed is exactly one: accessKey and secretKey, or iam',
    ],
    [
      'credentials: { iam: { domain: d, user: u, password: p } }',
      '20 credentials.iam.project: is missing, allowed is text that is not blank',
    ],
  ])('%s', (keys, problem) => {
    expect(ofUpstream(keys)).toEqual(line6('upstreams.u', problem));
  });

  test('is as strict about a region as a URN is', () => {
    const anyRegion = fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9-]{1,12}$/), fc.stringMatching(/^[a-z]{2,3}-[a-z]{2,6}-[0-9]$/));
    fc.assert(
      fc.property(anyRegion, (region) => {
        const text = `functions: {}\nupstreams: { u: { region: ${JSON.stringify(region)}, projectId: ${project} } }`;
        expect(parseConfig(text, 'runway.yaml', {}).ok).toBe(parseUrn(urn.replace('cn-north-1', region)).ok);
      }),
    );
  });
});

describe('the ports of both servers', () => {
  const servers = (listen: string, admin: string) => problemsOf(`listen: { ${listen} }\nadmin: { ${admin} }\n${least}`);

  test.each([
    ['host: 127.0.0.1, port: 9000', 'port: 9000'],
    ['port: 9000', 'port: 9000'],
    ['host: 10.0.0.1, port: 9000', 'host: 0.0.0.0, port: 9000'],
    ['host: "::", port: 9000', 'port: 9000'],
    ['host: 10.0.0.1, port: 9000', 'host: "::", port: 9000'],
  ])('cannot be one where the hosts overlap: %s and %s', (listen, admin) => {
    expect(servers(listen, admin)).toEqual([expect.stringMatching(/^runway\.yaml:2:\d+ admin\.port: is 9000, which listen takes \(/)]);
  });

  test('that are one say who has it, and what is allowed', () => {
    expect(servers('port: 8081', '')).toEqual([
      'runway.yaml:2:1 admin.port: is 8081, which listen takes (0.0.0.0, port 8081); allowed is another port, 0, or hosts that do not overlap',
    ]);
  });

  test.each([
    ['port: 0', 'port: 0'],
    ['host: 10.0.0.1, port: 9000', 'host: 127.0.0.1, port: 9000'],
    ['host: 127.0.0.1, port: 9000', 'host: 127.0.0.1, port: 9001'],
  ])('may be %s and %s', (listen, admin) => {
    expect(servers(listen, admin)).toEqual([]);
  });

  test('that are wrong themselves are only that', () => {
    expect(servers('port: x', 'port: x').map((problem) => problem.split(': ')[0])).toEqual([
      'runway.yaml:1:17 listen.port',
      'runway.yaml:2:16 admin.port',
    ]);
    for (const wrong of ['5', '[]', '', 'x']) expect(problemsOf(`listen: ${wrong}\nadmin: ${wrong}\n${least}`), wrong).toHaveLength(2);
  });
});

describe('where Redis is', () => {
  const ofRedis = (redis: string, environment: Record<string, string> = {}) => problemsOf(`redis: ${redis}\n${least}`, environment);
  const one = 'allowed is exactly one of url, sentinel and cluster';
  const unseen = 'not shown, it may hold a password';
  const url = 'redis[s]://HOST[:PORT][/DATABASE]';
  const node = 'redis://HOST[:PORT] or rediss://HOST[:PORT]';
  test.each([
    ['{}', `1:1 redis.url: is missing, ${one}`],
    ['{ url: "${REDIS_URL:-}" }', `1:15 redis.url: is missing, ${one}`],
    ['{ url: "redis://h", cluster: ["redis://h"] }', `1:1 redis: has url and cluster, ${one}`],
    ['{ url: "redis://h", sentinel: { name: m, nodes: ["redis://h"] } }', `1:1 redis: has url and sentinel, ${one}`],
    ['{ url: 6379 }', `1:15 redis.url: is a number, allowed is ${url} in quotes, \${NAME} or file:PATH`],
    ['{ url: "http://h" }', `1:15 redis.url: is not a Redis URL (${unseen}), allowed is ${url}`],
    ['{ url: "redis://h/cache" }', `1:15 redis.url: is not a Redis URL (${unseen}), allowed is ${url}`],
    ['{ url: "redis://h?db=1" }', `1:15 redis.url: is not a Redis URL (${unseen}), allowed is ${url}`],
    ['{ url: "redis://:%zz@h" }', `1:15 redis.url: is not a Redis URL (${unseen}), allowed is ${url}`],
    ['{ cluster: "redis://h" }', `1:19 redis.cluster: is text, allowed is a list of ${node}`],
    ['{ cluster: [] }', `1:10 redis.cluster: is an empty list, allowed is a list of ${node}`],
    ['{ cluster: [h:6379] }', `1:20 redis.cluster[0]: is no URL of a node (${unseen}), allowed is ${node}`],
    ['{ cluster: ["redis://h", 6379] }', `1:33 redis.cluster[1]: is a number, allowed is ${node} in quotes, \${NAME} or file:PATH`],
    [
      '{ cluster: ["redis://h/1"] }',
      `1:20 redis.cluster[0]: has something after its host and port (${unseen}), allowed is ${node}: a cluster has no database but 0`,
    ],
    ['{ cluster: ["redis://h", "rediss://i"] }', '1:10 redis.cluster: has both redis:// and rediss://, allowed is one of them for all'],
    [
      '{ cluster: ["redis://:p@h", "redis://:q@i"] }',
      `1:10 redis.cluster: has users or passwords that differ (not shown), allowed are those of the first for all; the others may leave them out`,
    ],
    [
      '{ cluster: ["redis://h", "redis://:q@i"] }',
      `1:10 redis.cluster: has users or passwords that differ (not shown), allowed are those of the first for all; the others may leave them out`,
    ],
    ['{ sentinel: {} }', '1:10 redis.sentinel.name: is missing, allowed is text that is not blank'],
    ['{ sentinel: { name: m, nodes: [] } }', `1:31 redis.sentinel.nodes: is an empty list, allowed is a list of ${node}`],
    [
      '{ sentinel: { name: m, nodes: ["redis://h/1"] } }',
      `1:39 redis.sentinel.nodes[0]: has something after its host and port (${unseen}), allowed is ${node}: the database is sentinel.database`,
    ],
    [
      '{ sentinel: { name: m, nodes: ["redis://h"], database: one } }',
      '1:63 redis.sentinel.database: is "one", allowed is a whole number from 0 to 1000000',
    ],
    ['{ sentinel: { name: m, nodes: ["redis://h"], tls: 1 } }', '1:58 redis.sentinel.tls: is 1, allowed is true or false'],
    ['{ url: "rediss://h", ca: hunter2 }', '1:33 redis.ca: is no certificate, allowed is PEM, from -----BEGIN CERTIFICATE----- to its end'],
    [
      '{ url: "rediss://h", ca: file:none.pem }',
      '1:33 redis.ca: cannot be read from the file "none.pem" (ENOENT), allowed is a readable file',
    ],
  ])('of %s: the problem says what it may be', (redis, problem) => {
    expect(ofRedis(redis)[0]).toBe(`runway.yaml:${problem}`);
  });

  test('a problem with it never shows a password', () => {
    for (const bad of ['url: "redis://:hunter2@h:port"', 'cluster: ["redis://:hunter2@h", "redis://:hunter3@h/2"]']) {
      const problems = ofRedis(`{ ${bad} }`);
      expect(problems).not.toEqual([]);
      expect(problems.join('\n')).not.toContain('hunter');
    }
  });

  test('its certificate is a problem where there is no TLS', () => {
    const problem = 'is of no use without TLS, allowed is ca together with rediss:// or sentinel.tls';
    const withCa = (redis: string) => ofRedis(`{ ${redis}, ca: "\${CA}" }`, { CA: rootCertificates[0]! });
    for (const plain of ['url: "redis://h"', 'cluster: ["redis://h"]', 'sentinel: { name: m, nodes: ["redis://h"] }']) {
      expect(withCa(plain)).toEqual([expect.stringContaining(`redis.ca: ${problem}`)]);
    }
    const secure = ['url: "rediss://h"', 'cluster: ["rediss://h"]', 'sentinel: { name: m, nodes: ["rediss://h"] }'];
    for (const tls of [...secure, 'sentinel: { name: m, nodes: ["redis://h"], tls: true }']) expect(withCa(tls)).toEqual([]);
  });
});

test.each(['64MB', '1.5gb', '0mb', '-1mb'])('a size of %s: the problem says which sizes there are', (size) => {
  expect(problemsOf(`cache: { memory: ${size} }\n${least}`)).toEqual([
    `runway.yaml:1:18 cache.memory: is "${size}", allowed is a whole number above 0 with kb or mb in lower case, such as 64mb`,
  ]);
});

describe('a place', () => {
  test('that no upstream serves is a problem, which says which ones there are', () => {
    const text = `upstreams:
  main: { region: cn-north-1, projectId: ${project} }
  far: { region: ap-southeast-1, projectId: ${'b'.repeat(32)} }
functions:
  f: { urn: "urn:fss:cn-north-4:${project}:function:default:f" }`;
    expect(problemsOf(text)).toEqual([
      `runway.yaml:5:13 functions.f.urn: its region cn-north-4 and project ${project} are served by no upstream, allowed is ` +
        `region cn-north-1 and project ${project} (main); region ap-southeast-1 and project ${'b'.repeat(32)} (far)`,
    ]);
    expect(problemsOf(`upstreams: {}\nfunctions: { f: { urn: "${urn}" } }`)).toEqual([
      `runway.yaml:2:24 functions.f.urn: its region cn-north-1 and project ${project} are served by no upstream, allowed is nothing, since there are no upstreams`,
    ]);
  });

  test('that two upstreams serve is a problem', () => {
    expect(problemsOf(`functions: {}\nupstreams:\n  a: &a { region: cn-north-1, projectId: ${project} }\n  b: *a\n`)).toEqual([
      `runway.yaml:4:3 upstreams.b: serves region cn-north-1 and project ${project}, as a does, allowed is one upstream for each region and project`,
    ]);
  });

  test('is not held against functions while an upstream has none that can be read', () => {
    expect(problemsOf(`upstreams: { a: { region: CN, projectId: ${project} } }\nfunctions: { f: { urn: "${urn}" } }`)).toEqual([
      'runway.yaml:1:27 upstreams.a.region: is "CN", allowed is a region such as "cn-north-4"',
    ]);
  });
});

describe('a URN', () => {
  test.each([
    ['urn:fgs:cn-north-1:p:function:default:f', 'its service is "fgs", allowed is "fss"'],
    [
      `urn:fss:cn-north-1:${project}:function:default:1`,
      'its function is "1", allowed is 1 to 60 letters, digits, "-" or "_", starting with a letter and ending with a letter or digit',
    ],
    ['hello', 'its form has 1 fields, allowed are 7 or 8: urn:fss:REGION:PROJECT:function:PACKAGE:FUNCTION[:VERSION]'],
  ])('%s says which part is wrong', (bad, message) => {
    expect(problemsOf(`${upstreams}functions:\n  f: { urn: "${bad}" }`)).toEqual([`runway.yaml:4:13 functions.f.urn: ${message}`]);
  });

  test('that is missing is a problem at the function', () => {
    expect(problemsOf(`${upstreams}functions:\n  f: {}`)).toEqual([
      'runway.yaml:4:3 functions.f.urn: is missing, allowed is urn:fss:REGION:PROJECT:function:PACKAGE:FUNCTION[:VERSION|:!ALIAS]',
    ]);
  });
});

describe('a name', () => {
  const allowed = 'allowed is 1 to 63 of a-z, 0-9, ".", "_" and "-", starting with a letter or digit';
  test.each([
    ['Hello', 'functions.Hello', '"Hello"'],
    ['"a/b"', 'functions["a/b"]', '"a/b"'],
  ])('of a function that cannot be one: %s', (name, path, seen) => {
    expect(problemsOf(`${upstreams}functions:\n  ${name}: { urn: "${urn}" }`)).toEqual([
      `runway.yaml:4:3 ${path}: is not a name that can be used here, ${allowed}, seen was ${seen}`,
    ]);
  });

  test('with a dot is quoted in a path', () => {
    expect(problemsOf(`${upstreams}functions:\n  a.b: { urn: "${urn}", timeout: 1 }`)[0]).toContain('functions["a.b"].timeout: ');
  });

  test('__proto__ is a problem wherever it stands', () => {
    expect(problemsOf(`${upstreams}functions:\n  __proto__: { urn: "${urn}" }`)).toEqual([
      'runway.yaml:4:3 functions.__proto__: is a key that nothing can have, allowed is any other name',
    ]);
    expect(problemsOf(`__proto__: { x: 1 }\n${upstreams}functions:\n  f: { urn: "${urn}", timeout: 1, retry: { __proto__: 1 } }`)).toEqual([
      'runway.yaml:1:1 __proto__: is a key that nothing can have, allowed is any other name',
      expect.stringMatching(/^runway\.yaml:5:\d+ functions\.f\.timeout: is 1, allowed is /),
      expect.stringMatching(/^runway\.yaml:5:\d+ functions\.f\.retry\.__proto__: is a key that nothing can have, /),
    ]);
  });

  test('reserved for later is an unknown key', () => {
    expect(problemsOf(`${least}    aliases: {}\n`.replace('{ urn: ', '\n    urn: ').replace('" }', '"'))).toEqual([
      expect.stringMatching(/^runway\.yaml:6:5 functions\.hello\.aliases: is an unknown key, allowed are urn, /),
    ]);
  });
});

describe('an environment variable', () => {
  test('that is missing names itself and the key that wanted it, and nothing that follows from it', () => {
    expect(problemsOf(`listen: { port: \${PORT} }\n${least}`)).toEqual([
      'runway.yaml:1:17 listen.port: wants the environment variable PORT, which is not set; allowed is to set it, or ${PORT:-default}',
    ]);
  });

  test('that is empty where something is needed is a missing key', () => {
    expect(ofUpstream('credentials: { accessKey: "${AK:-}", secretKey: s }')).toEqual([
      'runway.yaml:6:31 upstreams.u.credentials.accessKey: is missing, allowed is accessKey and secretKey, or iam',
    ]);
  });
});

describe('a wrong value from an environment variable', () => {
  const environment = { A: 'hunter2', B: 'hunter2hunter2hunter2hunter2', DIGITS: '190283746' };

  test('is not shown, since it may be a secret in the wrong place: the variable is named', () => {
    expect(problemsOf(`listen: { port: \${A} }\n${least}`, environment)).toEqual([
      'runway.yaml:1:17 listen.port: is what ${A} gives (not shown), allowed is a whole number from 0 to 65535',
    ]);
    expect(problemsOf(`listen: { port: "\${DIGITS}" }\n${least}`, environment)).toEqual([
      'runway.yaml:1:17 listen.port: is what ${DIGITS} gives (not shown), allowed is a whole number from 0 to 65535',
    ]);
    expect(ofUpstream('endpoint: "https://hunter2@h/${H:-h}${P:-}"')).toEqual([
      'runway.yaml:6:15 upstreams.u.endpoint: is what ${H}${P} gives (not shown), allowed is http:// or https://, a host and optionally a port, without user, path or query',
    ]);
  });

  test('is not shown wherever in the file it stands, and however it came there', () => {
    const texts = [
      `cache: { memory: \${A} }\nredis: { url: \${A}, timeout: \${A} }\n${least}`,
      `defaults: { timeout: \${A}, retry: { on: ["\${A}"] } }\n${least}`,
      `upstreams: { u: { region: \${A}, projectId: "x\${A}", endpoint: "\${A}", apiVersion: \${A} } }\nfunctions: {}`,
      `${upstreams}functions:\n  f: &f { urn: "${urn}", timeout: &t "\${A}", retry: &r { attempts: \${A} } }\n  g: *f\n  h: { <<: [*f] }\n  i: { urn: "${urn}", timeout: *t, retry: *r }\n`,
      `${upstreams}functions: { f: { urn: \${A}, idempotent: \${A}, payload: >-\n \${A}\n } }`,
      `${upstreams}functions: { f: { <<: { timeout: \${A} }, <<: { payload: \${A} }, urn: "${urn}" } }`,
      `listen: \${A}\n${least}`,
    ];
    for (const text of texts) {
      const problems = problemsOf(text, environment);
      expect(problems, text).not.toEqual([]);
      expect(problems.join('\n'), text).not.toContain('hunter2');
    }
  });

  test('is shown where no variable is meant', () => {
    expect(problemsOf(`listen: { host: "$\${A}", port: 1 }\n${least}`, environment)).toEqual([
      'runway.yaml:1:17 listen.host: is "${A}", allowed is a host name or an IP address',
    ]);
  });
});

describe('a wrong value in defaults', () => {
  test('is a problem there and not of every function', () => {
    expect(problemsOf(`defaults: { timeout: 1w, retries: 1, fallback: {} }\n${least}`)).toEqual([
      'runway.yaml:1:22 defaults.timeout: is "1w", allowed is a whole number above 0 with ms, s, m, h or d in lower case, such as 500ms, at most 90s',
      'runway.yaml:1:26 defaults.retries: is an unknown key, allowed are payload, idempotent, timeout, retry, breaker, concurrency, cache',
      'runway.yaml:1:38 defaults.fallback: is an unknown key, allowed are payload, idempotent, timeout, retry, breaker, concurrency, cache',
    ]);
  });

  test('that only clashes with a function is a problem of that function', () => {
    expect(
      problemsOf(
        `defaults: { retry: { backoff: { base: 1s } } }\n${upstreams}functions:\n  f: { urn: "${urn}", retry: { backoff: { max: 1ms } } }`,
      ),
    ).toEqual([
      `runway.yaml:5:${`  f: { urn: "${urn}", retry: { `.length + 1} functions.f.retry.backoff.base: is 1s, allowed is at most backoff.max, which is 1ms`,
    ]);
  });
});

describe('where a problem is', () => {
  test('follows an alias to what it repeats, and a merge to what it brings in', () => {
    expect(
      problemsOf(`${upstreams}functions:
  a: { urn: "${urn}", retry: &r { attempts: 99 } }
  b: { urn: "${urn}", retry: *r }
  c: &c { urn: "${urn}", timeout: 1 }
  d: { <<: [*c], description: d }`).map((problem) => problem.slice(0, problem.indexOf(': is'))),
    ).toEqual([
      `runway.yaml:4:${`  a: { urn: "${urn}", retry: &r { attempts: `.length + 1} functions.a.retry.attempts`,
      `runway.yaml:4:${`  a: { urn: "${urn}", retry: &r { attempts: `.length + 1} functions.b.retry.attempts`,
      `runway.yaml:6:${`  c: &c { urn: "${urn}", timeout: `.length + 1} functions.c.timeout`,
      `runway.yaml:6:${`  c: &c { urn: "${urn}", timeout: `.length + 1} functions.d.timeout`,
    ]);
  });

  test('is found through merges on merges on merges, and in a circle', () => {
    const layers = Array.from(
      { length: 40 },
      (_, i) =>
        `  f${i}: &x${i} { <<: [${
          i === 0
            ? '{}'
            : Array(9)
                .fill(`*x${i - 1}`)
                .join(', ')
        }] }`,
    );
    expect(problemsOf(`${upstreams}functions:\n${layers.join('\n')}\n`)[39]).toMatch(/^runway.yaml:43:3 functions.f39.urn: is missing/);
    expect(problemsOf(`${upstreams}functions: { f: &f { <<: { <<: *f } } }`)[0]).toMatch(/^runway.yaml:3:14 functions.f.urn: is missing/);
  });

  test('counts lines however they end', () => {
    expect(problemsOf(`${least}x: 1\n`.replaceAll('\n', '\r\n'))[0]).toMatch(/^runway.yaml:5:1 x: /);
  });

  test('is not moved by variables before it', () => {
    expect(problemsOf(`listen: { host: \${H:-h}, port: x }\n${least}`)[0]).toMatch(/^runway.yaml:1:32 listen.port: is "x"/);
  });

  test('is the first line for a file that is no map', () => {
    const keys = 'listen, admin, upstreams, redis, cache, metrics, log, pricing, defaults, functions, consumers, anonymous, jwt';
    expect(problemsOf('hello')).toEqual([`runway.yaml:1:1 is text, allowed is a map of ${keys}`]);
    expect(problemsOf('- a')).toEqual([`runway.yaml:1:1 is a list, allowed is a map of ${keys}`]);
    expect(problemsOf('~')).toEqual([`runway.yaml:1:1 is empty, allowed is a map of ${keys}`]);
    expect(problemsOf('{}')).toEqual([
      'runway.yaml:1:1 functions: is missing, allowed is a map from names to their settings',
      'runway.yaml:1:1 upstreams: is missing, allowed is a map from names to their settings',
    ]);
  });
});

describe('text that is not YAML', () => {
  test.each([
    ['', '1:1 is not YAML (expected a document, but the input is empty), allowed is YAML 1.2'],
    ['a: [1', '1:6 is not YAML (Flow sequence in block collection must be sufficiently indented and end with a ]), allowed is YAML 1.2'],
    ['a: b: c', '1:4 is not YAML (Nested mappings are not allowed in compact mappings), allowed is YAML 1.2'],
    ['a: *b', '1:5 is not YAML (unidentified alias …), allowed is YAML 1.2'],
    ['a: !b c', '1:4 is not YAML (unknown scalar tag …), allowed is YAML 1.2'],
    ['a: 1\n---\nb: 1', '2:1 is not YAML (Source contains multiple documents …), allowed is YAML 1.2'],
  ])('%j', (text, problem) => {
    expect(problemsOf(text)).toEqual([`runway.yaml:${problem}`]);
  });

  test('is named at each place, but not at what only follows', () => {
    expect(problemsOf('a: "\\q"\nb: "\\w"\nc: d: e\n').map((problem) => problem.slice(0, 15))).toEqual([
      'runway.yaml:1:5',
      'runway.yaml:2:5',
      'runway.yaml:3:4',
    ]);
    expect(problemsOf('x: ] } y\nz: 1')).toHaveLength(1);
  });

  test.each(['[', '{a: ', '- ', '? ', '[{a: '])('however deep, is one problem: %s', (opening) => {
    expect(problemsOf(opening.repeat(20_000))).toEqual([expect.stringMatching(/ is not YAML \(/)]);
  });

  test('but only says something twice is checked all the same', () => {
    expect(
      problemsOf(`${upstreams}functions:\n  f: { urn: "${urn}" }\n  f: { urn: "${urn}", timeout: 1 }\nlisten: {}\nlisten: { port: x }\n`),
    ).toEqual([
      'runway.yaml:5:3 functions.f: is there already in line 4, allowed is once',
      `runway.yaml:5:${`  f: { urn: "${urn}", timeout: `.length + 1} functions.f.timeout: is 1, allowed is a whole number above 0 with ms, s, m, h or d in lower case, such as 500ms, at most 90s`,
      'runway.yaml:7:1 listen: is there already in line 6, allowed is once',
      'runway.yaml:7:17 listen.port: is "x", allowed is a whole number from 0 to 65535',
    ]);
  });

  test('knows a key that is there twice in two spellings', () => {
    expect(problemsOf(`${upstreams}functions:\n  1: { urn: "${urn}" }\n  "1": { urn: "${urn}" }\n`)).toEqual([
      'runway.yaml:5:3 functions.1: is there already in line 4, allowed is once',
    ]);
  });

  test('never throws, whatever it is', () => {
    const pieces = fc.constantFrom(
      'upstreams',
      'functions',
      ':',
      ' ',
      '\n',
      '  ',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '&a',
      '*a',
      '<<',
      '"',
      "'",
      '|',
      '${A}',
      '${',
      '!x',
      '#',
      '\t',
      'é',
      '\0',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const loaded = parseConfig(parts.join(''), 'runway.yaml', {});
        expect(loaded.ok || loaded.problems.length > 0).toBe(true);
      }),
    );
  });
});

test('every problem of a file is named at once, in the order of the file', () => {
  const text = `listen: { port: 99999 }
admin: { tokne: \${TOKEN} }
redis: { url: "http://h", timeout: 0ms }
upstreams:
  main: { region: cn-north-1, projectId: ${project}, credentials: { accessKey: \${AK}, secretKey: "file:none" } }
  same: { region: cn-north-1, projectId: ${project}, extra: 1 }
functions:
  a: { urn: "urn:fss:CN:p:function:default:f", timeout: 2m, cache: {} }
  b: { urn: "urn:fss:cn-north-9:${project}:function:default:f", aliases: {} }
`;
  expect(problemsOf(text).map((problem) => problem.replace(/^runway.yaml:(\d+):\d+ (\S+): .*$/s, '$1 $2'))).toEqual([
    '1 listen.port',
    '2 admin.tokne',
    '2 admin.tokne',
    '3 redis.url',
    '3 redis.timeout',
    '5 upstreams.main.credentials.accessKey',
    '5 upstreams.main.credentials.secretKey',
    '6 upstreams.same',
    '6 upstreams.same.extra',
    '8 functions.a.urn',
    '8 functions.a.timeout',
    '8 functions.a.cache',
    '8 functions.a.cache.ttl',
    '9 functions.b.urn',
    '9 functions.b.aliases',
  ]);
});

test('a problem never shows a secret, wrong as it may be', () => {
  const texts = [
    `admin: hunter2\n${least}`,
    `admin: { token: [hunter2] }\n${least}`,
    `redis: { url: "http://u:hunter2@h" }\n${least}`,
    `redis: { url: "hunter2" }\n${least}`,
    `redis: hunter2\n${least}`,
    `upstreams: { m: { region: cn-north-1, projectId: ${project}, endpoint: "https://hunter2@h", credentials: hunter2 } }\nfunctions: {}`,
    `upstreams: { m: { region: cn-north-1, projectId: ${project}, endpoint: "https://u:hunter2/3@h/x", credentials: { accessKey: [hunter2], iam: hunter2 } } }\nfunctions: {}`,
    'admin: { token: *hunter2 }',
    'admin: { token: !hunter2 x }',
    'admin: { token: "x" hunter2 }',
    'admin: { token: "x\\hunter2" }',
    'admin:\n  token: |hunter2\n    x\n',
    'admin:\n  token: @hunter2\n',
    'admin:\n  token: a: hunter2\n',
    'admin:\n  token: "hunter2\n',
    '%hunter2 x\n---\nadmin: 1',
  ];
  for (const text of texts) {
    const problems = problemsOf(text, { hunter2: 'hunter2' });
    expect(problems, text).not.toEqual([]);
    expect(problems.join('\n'), text).not.toContain('hunter2');
  }
});
