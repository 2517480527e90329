// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration's own syntax
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { bytesOfKey, hashOf, makeApiKey } from '../../src/consumers/api-key.ts';
import { echoingUpstream } from '../support/echoing-upstream.ts';
import { issuer, signingKey, tokenBy } from '../support/jwks.ts';
import { rawHttp, requestText } from '../support/raw-http.ts';
import { serving } from '../support/runway.ts';

const folder = mkdtempSync(join(tmpdir(), 'runway-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

const random = () => randomBytes(12).toString('hex');
const signing = signingKey('ES256', 'k1');
const claims = { iss: 'https://issuer.example', aud: 'runway', sub: 'billing' };
const expiresInS = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

/** By what they are; none of them may come out. */
const secrets = {
  apiKey: makeApiKey('billing', randomBytes(bytesOfKey)),
  unknownKey: makeApiKey('nobody', randomBytes(bytesOfKey)),
  jwt: tokenBy(signing, { ...claims, exp: expiresInS(600) }),
  expiredJwt: tokenBy(signing, { ...claims, exp: expiresInS(-600) }),
  adminToken: `admin-${random()}`,
  accessKey: `AK${random().toUpperCase().slice(0, 18)}`,
  secretKey: `sk${random()}${random()}`,
  securityToken: `st${random()}${random()}`,
  iamPassword: `pw-${random()}`,
  iamToken: `MII${random()}${random()}`,
  redisPassword: `redis-${random()}`,
  cookie: `session=${random()}`,
  event: `event-${random()}`,
  answer: `answer-${random()}`,
  errorType: `Error${random()}`,
  idempotencyKey: `key-${random()}`,
  userAgent: `agent-${random()}`,
  query: `query-${random()}`,
  name: `name-${random()}`,
  traceState: `state-${random()}`,
  anything: `anything-${random()}`,
  upstreamText: `upstream-${random()}`,
};

const site = (id: string) => ({ region: 'cn-north-1', projectId: id.repeat(32) });
const urn = (id: string, name: string) => `urn:fss:cn-north-1:${id.repeat(32)}:function:default:${name}`;
const ways = ['rejected', 'service', 'thrown', 'headers', 'garbage', 'reset', 'short'];

/** A function that writes its event to its log, and fails with it or answers with it. */
function leakyFunctions(): string {
  const dir = join(folder, 'functions');
  mkdirSync(join(dir, 'leaky'), { recursive: true });
  const code = `exports.handler = async (event) => {
    console.log(JSON.stringify(event));
    if (event.fail) throw Object.assign(new Error(event.secret), { name: event.errorType });
    return { secret: event.secret, answer: event.answer };
  };`;
  writeFileSync(join(dir, 'leaky', 'index.js'), code);
  return dir;
}

/** A Redis that refuses whatever it is asked, and says what it was. */
async function echoingRedis() {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (sent) => socket.write(`-WRONGPASS ${sent.toString().replaceAll('\r\n', ' ')}\r\n`));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
}

test('no secret reaches the log, stderr or a metric, wherever callers and upstreams put it', async () => {
  await using upstream = await echoingUpstream(secrets.upstreamText, secrets.iamToken);
  await using ids = await echoingUpstream(secrets.apiKey, secrets.iamToken);
  await using keys = await issuer([signing]);
  await using redis = await echoingRedis();
  const aksk = ['--access-key', secrets.accessKey, '--secret-key', secrets.secretKey];
  await using emulator = await serving([
    ...['emulator', '--port', '0', '--json', '--functions', leakyFunctions(), '--project', 'a'.repeat(32)],
    ...aksk,
  ]);

  const file = join(folder, 'runway.yaml');
  const named = { accessKey: '${AK}', secretKey: '${SK}' };
  const iam = { endpoint: upstream.url, domain: 'acme', user: 'gateway', password: '${IAM_PASSWORD}', project: 'cn-north-1' };
  const config = {
    listen: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0, token: '${ADMIN_TOKEN}' },
    log: { successes: 1, refusalsPerSecond: 1_000_000 },
    redis: { url: `redis://runway:\${REDIS_PASSWORD}@127.0.0.1:${redis.port}` },
    pricing: { currency: 'USD', perMillionRequests: 1, perGbSecond: 1 },
    upstreams: {
      emulated: { ...site('a'), endpoint: emulator.ready.url, credentials: named },
      echoing: { ...site('b'), endpoint: upstream.url, credentials: { ...named, securityToken: '${SECURITY_TOKEN}' } },
      byIam: { ...site('c'), endpoint: upstream.url, credentials: { iam } },
      ids: { ...site('d'), endpoint: ids.url, credentials: named },
    },
    defaults: { retry: { attempts: 1, on: [] }, breaker: { minimumRequests: 10_000 } },
    functions: {
      leaky: { urn: urn('a', 'leaky') },
      kept: { urn: urn('a', 'leaky'), idempotent: true, cache: { ttl: '1m', vary: ['accept-language'] } },
      ids: { urn: urn('d', 'headers') },
      ...Object.fromEntries(
        ways.flatMap((how) => [
          [how, { urn: urn('b', how) }],
          [`iam-${how}`, { urn: urn('c', how) }],
        ]),
      ),
    },
    consumers: { billing: { keys: [`sha256:${hashOf(secrets.apiKey)}`] } },
    jwt: { jwks: keys.url, issuer: claims.iss, audience: claims.aud, consumerClaim: 'sub' },
  };
  writeFileSync(file, JSON.stringify(config));
  const env = {
    AK: secrets.accessKey,
    SK: secrets.secretKey,
    SECURITY_TOKEN: secrets.securityToken,
    IAM_PASSWORD: secrets.iamPassword,
    REDIS_PASSWORD: secrets.redisPassword,
    ADMIN_TOKEN: secrets.adminToken,
  };
  await using gateway = await serving(['serve', '-c', file], { env });
  const [dataPort, adminPort] = [gateway.ready.url, gateway.ready.admin].map((url) => Number(new URL(String(url)).port)) as [
    number,
    number,
  ];

  let calls = 0;
  const run = async (name: string, headers: Record<string, string>, body: string) => {
    if (!name.includes('/')) calls++;
    return rawHttp(dataPort, requestText('POST', `/run/${name}`, { 'content-type': 'application/json', ...headers }, body));
  };
  const known = { authorization: `Bearer ${secrets.apiKey}` };
  const event = JSON.stringify({ secret: secrets.event, answer: secrets.answer, errorType: secrets.errorType });
  const failing = JSON.stringify({ fail: true, secret: secrets.event, errorType: secrets.errorType });
  /** Wherever a request has room for text. */
  const everywhere = (secret: string): Record<string, string> => ({
    'user-agent': `${secrets.userAgent} ${secret}`,
    cookie: `${secrets.cookie}; other=${secret}`,
    referer: `http://host/${secret}`,
    origin: `http://${secret}`,
    'x-forwarded-for': secret,
    'accept-language': secret,
    traceparent: secret,
    tracestate: `a=${secrets.traceState},b=${secret.slice(0, 200)}`,
    baggage: `a=${secret}`,
    via: `1.1 ${secret}`,
    'cache-control': secret,
    'if-none-match': `"${secret}"`,
    'x-cff-log-type': 'tail',
    'x-request-id': /^rw_|^eyJ/.test(secret) ? secret : `not well-formed ${secret}`,
    'x-anything': secret,
  });

  for (const [what, secret] of Object.entries(secrets)) {
    const headers = { ...everywhere(secret), 'idempotency-key': `${secrets.idempotencyKey}-${what}` };
    await run('leaky', { ...headers, ...known }, event);
    await run('leaky', { ...headers, 'x-api-key': secret }, event);
    await run('leaky', { ...headers, authorization: `Bearer ${secret}` }, event);
    await run('leaky', { ...headers, authorization: `Basic ${Buffer.from(`user:${secret}`).toString('base64')}` }, event);
    await run('kept', { ...everywhere(secret), ...known }, JSON.stringify({ [secret]: secret }));
    await run('leaky', { ...headers, ...known, 'idempotency-key': `no key: ${secret}` }, event);
    await run('leaky', { ...headers, ...known, prefer: `wait=${secret}` }, event);
    await run('leaky', { ...headers, ...known, 'content-type': secret }, event);
    await run('leaky', { ...known }, `{"secret":${secret}}`);
    await run(`leaky?token=${encodeURIComponent(`${secrets.query} ${secret}`)}`, { ...headers, ...known }, event);
    await run(encodeURIComponent(`${secrets.name} ${secret}`), { ...headers, ...known }, event);
    await run(encodeURIComponent(secret.toLowerCase()), { ...headers, ...known }, event);
    await run(`leaky/${encodeURIComponent(secret)}`, headers, event);
    await rawHttp(dataPort, requestText('GET', `/${encodeURIComponent(secret)}`, headers));
    await rawHttp(dataPort, `${secret}\r\n\r\n`);
    await rawHttp(dataPort, requestText('POST', '/run/leaky', { expect: secret }));
    for (const authorization of [`Bearer ${secrets.adminToken}`, `Bearer ${secret}`]) {
      const admin = (method: string, path: string, body = '') =>
        rawHttp(adminPort, requestText(method, path, { authorization, ...(path.startsWith('/metrics') ? headers : {}) }, body));
      await admin('GET', `/metrics?${encodeURIComponent(secret)}`);
      await admin('GET', `/admin/costs?by=${encodeURIComponent(secret)}`);
      await admin('GET', `/admin/consumers/${encodeURIComponent(secret)}/usage`);
      await admin('POST', `/admin/breakers/${encodeURIComponent(secret)}`, '{"state":"open"}');
      await admin('POST', '/admin/cache/look', JSON.stringify({ function: 'kept', event: secret, headers: { cookie: secret } }));
      await admin('POST', '/admin/cache/purge', `{"secret":"${secret}"}`);
    }
  }
  await rawHttp(
    adminPort,
    requestText('POST', '/admin/cache/purge', { authorization: `Bearer ${secrets.adminToken}` }, '{"function":"kept"}'),
  );
  await run('leaky', known, failing);
  await run('leaky', { authorization: `Bearer ${secrets.jwt}` }, event);
  for (const name of ['ids', ...ways, ...ways.map((how) => `iam-${how}`)]) await run(name, known, event);

  const metrics = await rawHttp(adminPort, requestText('GET', '/metrics'));
  await gateway.stop();
  const { stdout, stderr } = gateway.output();
  const written = { stdout, stderr, metrics };
  for (const [what, secret] of Object.entries(secrets)) {
    const forms = [
      secret,
      secret.toLowerCase(),
      encodeURIComponent(secret),
      Buffer.from(secret)
        .toString('base64')
        .replace(/.{2}=*$/, ''),
    ];
    for (const [where, text] of Object.entries(written)) {
      for (const form of forms) expect(text.includes(form), `${what} in ${where}: ${around(text, form)}`).toBe(false);
    }
  }

  // All of it was logged: what is not there was left out, not missed.
  const lines = stdout.split('\n').filter((line) => line.includes('"msg":"call"'));
  expect(lines).toHaveLength(calls);
  const seen = (field: string) => new Set(lines.map((line) => (JSON.parse(line) as Record<string, unknown>)[field]));
  expect(seen('outcome')).toEqual(new Set(['ok', 'function_error', 'upstream_error', 'refused']));
  expect([...seen('problem')]).toEqual(
    expect.arrayContaining([
      ...['unauthenticated', 'unknown_function', 'invalid_event', 'invalid_request', 'unsupported_media_type'],
      ...['upstream_rejected_gateway', 'upstream_invalid', 'upstream_unreachable'],
    ]),
  );
  expect(stdout).toContain('FunctionGraph refused the credentials');
  expect(stdout).toContain('verify aksk signature fail');
  expect(stdout).toContain('Redis is away');
  expect(stderr).toBe('');
});

/** Some of the text before it, to see where it comes from. */
function around(text: string, form: string): string {
  const at = text.indexOf(form);
  return at < 0 ? '' : text.slice(Math.max(0, at - 300), at);
}
