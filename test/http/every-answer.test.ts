import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytesOfKey, hashOf, makeApiKey } from '../../src/consumers/api-key.ts';
import type { Listening } from '../../src/http/server.ts';
import { refuseUnreadable } from '../../src/http/unreadable.ts';
import { startAdminPlane } from '../support/admin.ts';
import { outcomes, targetOf } from '../support/calls.ts';
import { consumerOf, startGateway, type TestGateway } from '../support/gateway.ts';
import { rawHttp, requestText } from '../support/raw-http.ts';

const key = makeApiKey('billing', randomBytes(bytesOfKey));
const auth = { 'x-api-key': key };
const json = { 'content-type': 'application/json' };

let data: TestGateway & AsyncDisposable;
let guarded: Listening;
let open: Listening;
beforeAll(async () => {
  data = await startGateway({
    targets: [
      targetOf(),
      targetOf({ name: 'forbidden' }),
      targetOf({ name: 'broken' }),
      targetOf({ name: 'down' }),
      targetOf({ name: 'late' }),
      targetOf({ name: 'cached', idempotent: true }),
    ],
    consumers: [consumerOf({ id: 'billing', functions: ['hello', 'broken', 'down', 'late', 'cached'] })],
    keys: [{ consumer: 'billing', hash: hashOf(key), expiresAtMs: undefined }],
    send: async ({ target }) => {
      if (target.name === 'broken') throw new Error('broken');
      if (target.name === 'down') return outcomes.notSent;
      return target.name === 'late' ? outcomes.timeout : outcomes.ok;
    },
  });
  open = await startAdmin(undefined);
  guarded = await startAdmin('the-token');
});
afterAll(async () => {
  await data[Symbol.asyncDispose]();
  await open.close(0);
  await guarded.close(0);
});

function startAdmin(token: string | undefined): Promise<Listening> {
  return startAdminPlane({
    breakers: { list: () => [], force: (name) => name === 'hello' },
    cache: {
      purge: async () => Promise.reject(new Error('broken')),
      look: async () => ({ key: undefined, kept: undefined }),
      onPurged: () => undefined,
    },
    token,
  });
}

/** Status, headers by lower-case name, and body of an answer. */
function read(answer: string) {
  const [head = '', body = ''] = answer.split(/\r\n\r\n(.*)/s);
  const [first = '', ...lines] = head.split('\r\n');
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const),
  );
  return { status: Number(first.split(' ')[1]), headers, body };
}

/** RFC 8941 tokens and strings, as W3C Server Timing has them: `name;dur=1.23;desc="x", …`. */
const serverTiming = /^gateway;dur=\d+\.\d\d(?:, (?:[a-z]+;(?:dur=\d+\.\d\d|desc="\d+")))*$/;
const requestId = /^[A-Za-z0-9._~:/+=@-]{1,128}$/;

function expectBoth(answer: string, status: number): void {
  const { status: seen, headers, body } = read(answer);
  expect(seen, answer.slice(0, 500)).toBe(status);
  expect(headers.get('server-timing')).toMatch(serverTiming);
  expect(headers.get('x-request-id')).toMatch(requestId);
  if (headers.get('content-type') !== 'application/problem+json' || body === '') return;
  expect(body).toContain(`"requestId":${JSON.stringify(headers.get('x-request-id'))}`);
}

/** What went out, and the status it gets. */
type Row = readonly [what: string, request: string, status: number];
const request = (method: string, path: string, status: number, headers: Record<string, string> = {}, body = ''): Row => [
  `${method} ${path} ${status}`,
  requestText(method, path, headers, body),
  status,
];
const run = (name: string, status: number, headers: Record<string, string> = {}, body = '{}'): Row =>
  request('POST', `/run/${name}`, status, { ...json, ...auth, ...headers }, body);

describe('X-Request-Id and Server-Timing are on every answer of the data plane', () => {
  test.each([
    run('hello', 200),
    run('hello?x=/a', 200),
    run('hello', 400, {}, '{'),
    run('hello', 400, { prefer: 'wait=soon' }),
    run('hello', 400, { 'idempotency-key': '' }),
    run('hello', 401, { 'x-api-key': 'nobody' }),
    run('forbidden', 403),
    run('nobody', 404),
    run('..%2fhello', 404),
    run('..', 404),
    run('.', 404),
    run('HELLO', 404),
    run('', 404),
    run('?x', 404),
    run('hello/more', 404),
    request('QUERY', '/run/hello', 405, { ...json, ...auth }, '{}'),
    request('QUERY', '/run/cached', 200, { ...json, ...auth }, '{}'),
    run('hello', 413, { 'content-length': '7000000' }),
    run('hello', 415, { 'content-type': 'text/plain' }),
    run('broken', 500),
    run('down', 502),
    run('late', 504),
    run('hello', 504, { 'cache-control': 'only-if-cached' }),
    request('GET', '/run/hello', 405),
    request('HEAD', '/run/hello', 405),
    request('GET', '/run', 200, auth),
    request('HEAD', '/run', 200, auth),
    request('GET', '/run', 401),
    request('POST', '/run', 405),
    request('GET', '/livez', 200),
    request('HEAD', '/livez', 200),
    request('GET', '/readyz?verbose', 200),
    request('POST', '/readyz', 405),
    request('GET', '/', 404),
    request('OPTIONS', '*', 400),
    request('GET', '/metrics', 404),
  ])('%s', async (_what, text, status) => {
    expectBoth(await rawHttp(data.port, text), status);
  });

  test('a second call with a key, an event that is another one, a replay', async () => {
    const keyed = { 'idempotency-key': 'k' };
    for (const [body, status] of [
      ['{}', 200],
      ['{}', 200],
      ['{"a":1}', 422],
    ] as const) {
      expectBoth(await rawHttp(data.port, run('hello', status, keyed, body)[1]), status);
    }
  });

  test('a request that was shed, and one that a limit refused', async () => {
    const shedding = { overloaded: () => ({ code: 'overloaded', detail: 'no', retryAfterMs: 1 }) as const, share: 1 };
    await using swamped = await startGateway({ shedding });
    expectBoth(await rawHttp(swamped.port, run('hello', 503)[1]), 503);
    const window = { kind: 'duration', ms: 60_000 } as const;
    const limit = { name: 'few', function: undefined, unit: 'requests', amount: 1, window, mode: 'enforce', warnAt: undefined } as const;
    await using limited = await startGateway({ consumers: [consumerOf({ limits: [limit] })] });
    expectBoth(await rawHttp(limited.port, requestText('POST', '/run/hello', json, '{}')), 200);
    expectBoth(await rawHttp(limited.port, requestText('POST', '/run/hello', json, '{}')), 429);
  });
});

describe('and on what is not HTTP', () => {
  const head = 'POST /run/hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\n';
  test.each<Row>([
    ['garbage', 'garbage\r\n\r\n', 400],
    ['no host', 'POST /run/hello HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['two hosts', `${head}host: b\r\n\r\n`, 400],
    ['a host that is none', 'GET /run HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n', 400],
    ['an expectation that cannot be met', `${head}expect: tea\r\n\r\n`, 417],
    ['a head of 20 KB', `${head}x: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])('%s', async (_what, text, status) => {
    for (const { port } of [data, open]) expectBoth(await rawHttp(port, text), status);
  });

  test('a head that does not end in time', async () => {
    const late = Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    const server = createServer((socket) => refuseUnreadable(late, socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    expectBoth(await rawHttp((server.address() as AddressInfo).port), 408);
    server.close();
  });
});

describe('and on every answer of the admin plane', () => {
  test.each([
    request('GET', '/metrics', 200),
    request('HEAD', '/metrics', 200),
    request('POST', '/metrics', 405),
    request('GET', '/livez', 200),
    request('GET', '/readyz', 503),
    request('GET', '/nowhere', 404),
    request('GET', '/admin/nowhere', 404),
    request('GET', '/admin/breakers', 200),
    request('PUT', '/admin/breakers', 405),
    request('POST', '/admin/breakers/hello', 200, json, '{"state":"open"}'),
    request('POST', '/admin/breakers/hello', 400, json, '{'),
    request('POST', '/admin/breakers/nobody', 404, json, '{"state":"open"}'),
    request('GET', '/admin/breakers/hello', 405),
    request('POST', '/admin/cache/look', 200, json, '{"function":"hello"}'),
    request('POST', '/admin/cache/look', 400, json, '{'),
    request('POST', '/admin/cache/purge', 400, json, '{'),
    request('POST', '/admin/cache/purge', 500, json, '{}'),
    request('GET', '/admin/cache/purge', 405),
    request('GET', '/admin/costs', 200),
    request('GET', '/admin/costs?format=csv', 200),
    request('GET', '/admin/costs?by=colour', 400),
    request('GET', '/admin/advice', 200),
    request('GET', '/admin/consumers/nobody/usage', 404),
    request('GET', '/admin/breakers', 403, { host: 'evil.example' }),
  ])('%s', async (_what, text, status) => {
    expectBoth(await rawHttp(open.port, text), status);
  });

  test.each([request('GET', '/admin/breakers', 401), request('GET', '/admin/breakers', 200, { authorization: 'Bearer the-token' })])(
    'with a token: %s',
    async (_what, text, status) => {
      expectBoth(await rawHttp(guarded.port, text), status);
    },
  );

  test('a request keeps its own id', async () => {
    const headers = { 'x-request-id': 'mine-1' };
    for (const path of ['/metrics', '/livez', '/admin/breakers', '/nowhere', '/admin/consumers/nobody/usage']) {
      expect(read(await rawHttp(open.port, requestText('GET', path, headers))).headers.get('x-request-id')).toBe('mine-1');
    }
  });
});
