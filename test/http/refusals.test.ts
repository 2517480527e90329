import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run, startGateway, type TestGateway } from '../support/gateway.ts';
import { openSocket, rawHttp, requestText } from '../support/raw-http.ts';

let gateway: TestGateway & AsyncDisposable;
let calls = 0;
beforeAll(async () => {
  gateway = await startGateway({
    send: async () => {
      calls++;
      return { kind: 'ok', answer: { status: 200, headers: {}, body: Buffer.from('{}'), summary: undefined } };
    },
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** What every refusal must be: a problem with the real status, and the request's id in header and body. */
async function problemOf(response: Response): Promise<Record<string, unknown>> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = (await response.json()) as Record<string, unknown>;
  const requestId = response.headers.get('x-request-id');
  expect(requestId).toBeTruthy();
  expect(problem).toMatchObject({
    type: `urn:runway:problem:${problem.code}`,
    title: expect.any(String),
    status: response.status,
    detail: expect.any(String),
    instance: `urn:runway:request:${requestId}`,
    requestId,
    retryable: expect.any(Boolean),
    error_code: expect.stringMatching(/^FSS\.\d{4}$/),
    error_msg: problem.detail,
  });
  expect(JSON.stringify(problem)).not.toMatch(/ at .*\.ts|node_modules/);
  return problem;
}

async function refused(response: Promise<Response>): Promise<string> {
  const before = calls;
  const answer = await response;
  const { code } = await problemOf(answer);
  expect(calls).toBe(before);
  return `${answer.status} ${code}`;
}

describe('an event', () => {
  test.each([
    ['that is not JSON', 'message=hello'],
    ['that is cut off', '{"message":'],
    ['of 20,000 levels', '['.repeat(20_000) + ']'.repeat(20_000)],
  ])('%s is refused', async (_what, body) => {
    expect(await refused(run(gateway, 'hello', body))).toBe('400 invalid_event');
  });

  test('of 7 MB is refused, whether its length is declared or not', async () => {
    const body = JSON.stringify('x'.repeat(7_000_000));
    expect(await refused(run(gateway, 'hello', body))).toBe('413 event_too_large');
    const chunked = new ReadableStream({
      start(controller) {
        for (let at = 0; at < body.length; at += 65_536) controller.enqueue(Buffer.from(body.slice(at, at + 65_536)));
        controller.close();
      },
    });
    const headers = { 'content-type': 'application/json' };
    const unannounced = fetch(`${gateway.url}/run/hello`, { method: 'POST', body: chunked, duplex: 'half', headers } as RequestInit);
    expect(await refused(unannounced)).toBe('413 event_too_large');
  });

  test('that declares too much is refused before any of it is sent', async () => {
    const announced = { 'content-length': '7000000', 'content-type': 'application/json' };
    const answer = await rawHttp(gateway.port, requestText('POST', '/run/hello', announced));
    expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*"code":"event_too_large"/);
  });

  test('in chunks of a byte each is read like any other', async () => {
    const body = JSON.stringify('é'.repeat(20_000));
    const chunks = [...Buffer.from(body)].map((byte) => Buffer.from([0x31, 0x0d, 0x0a, byte, 0x0d, 0x0a]));
    const head = 'POST /run/hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n';
    expect(await rawHttp(gateway.port, head, Buffer.concat(chunks), '0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('that is nested too deep is refused as such, as a form too', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(await refused(run(gateway, 'hello', '['.repeat(600) + ']'.repeat(600), form))).toBe('400 invalid_event');
  });

  test('of just 6 MB is taken', async () => {
    const body = JSON.stringify('x'.repeat(6 * 2 ** 20 - 2));
    expect((await run(gateway, 'hello', body)).status).toBe(200);
  });

  test('may be empty, which is the event {}', async () => {
    expect((await fetch(`${gateway.url}/run/hello`, { method: 'POST' })).status).toBe(200);
  });

  test('that is cut short by its sender is not called, and nobody is answered', async () => {
    const before = calls;
    const socket = await openSocket(gateway.port);
    socket.on('error', () => undefined);
    const left = 'runway_requests_total{function="hello",consumer="anonymous",status="499",outcome="client_closed"}';
    const leftBefore = await gateway.metric(left);
    socket.end('POST /run/hello HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{"message":');
    await expect.poll(() => gateway.metric(left)).toBe(leftBefore + 1);
    expect(calls).toBe(before);
  });
});

describe('a content type', () => {
  test.each([
    ['text/plain'],
    ['application/xml'],
    ['multipart/form-data; boundary=x'],
    ['application/json; charset=latin1'],
    ['application/jsonp'],
  ])('of %s is refused', async (type) => {
    expect(await refused(run(gateway, 'hello', '{}', { 'content-type': type }))).toBe('415 unsupported_media_type');
  });

  test.each([['application/json'], ['application/json; charset=utf-8'], ['Application/JSON; charset="UTF-8"']])(
    'of %s is taken',
    async (type) => {
      expect((await run(gateway, 'hello', '{}', { 'content-type': type })).status).toBe(200);
    },
  );

  test('of a form, which is what curl says, is taken when the body is JSON', async () => {
    expect((await run(gateway, 'hello', '{"a":1}', { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(200);
  });

  test('of a form with broken JSON says what is wrong with the JSON', async () => {
    const answer = await run(gateway, 'hello', '{"a":1', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(await problemOf(answer)).toMatchObject({ detail: expect.stringContaining('expected the end of the number at byte 6') });
  });

  test.each([
    ['whose body is not JSON', 'a=1', {}],
    ['with an Origin', '{}', { origin: 'https://evil.example' }],
    ['from another site', '{}', { 'sec-fetch-site': 'cross-site' }],
  ])('of a form %s is refused', async (_what, body, headers) => {
    const form = { 'content-type': 'application/x-www-form-urlencoded', ...headers };
    // fetch() forbids some of these headers, a socket does not.
    const answer = await rawHttp(gateway.port, requestText('POST', '/run/hello', form as Record<string, string>, body));
    expect(answer).toMatch(/^HTTP\/1\.1 415 [\s\S]*"code":"unsupported_media_type"/);
  });

  test('of JSON that is compressed is refused', async () => {
    expect(await refused(run(gateway, 'hello', '{}', { 'content-encoding': 'gzip' }))).toBe('415 unsupported_media_type');
  });
});

describe('a name', () => {
  test.each([
    'nobody',
    '..%2f',
    '..%2fhello',
    '%2e%2e%2fhello',
    'hello%00',
    '%00',
    '__proto__',
    'constructor',
    'HELLO',
    'hello%2f',
    'h%C3%A9llo',
    '%FF',
    '%zz',
    '%20hello',
    'hello@v1',
    'a'.repeat(64),
  ])('%s is unknown, reaches no upstream and makes no series', async (name) => {
    const before = calls;
    const answer = await rawHttp(gateway.port, requestText('POST', `/run/${name}`, { 'content-type': 'application/json' }, '{}'));
    expect(answer).toMatch(/^HTTP\/1\.1 404 [\s\S]*"code":"unknown_function"/);
    expect(calls).toBe(before);
    const functions = new Set([...(await gateway.metricsText()).matchAll(/function="([^"]*)"/g)].map(([, label]) => label));
    expect([...functions].every((label) => label === 'hello' || label === '_unknown')).toBe(true);
  });

  test('that is unknown is counted as such', async () => {
    const series = 'runway_requests_total{function="_unknown",consumer="anonymous",status="404",outcome="refused"}';
    const before = await gateway.metric(series);
    await run(gateway, 'nobody');
    expect(await gateway.metric(series)).toBe(before + 1);
  });
});

describe('a route', () => {
  test.each(['/', '/run/', '/run/hello/more', '/metrics', '/admin', '/favicon.ico'])('%s is not there', async (path) => {
    const answer = await rawHttp(gateway.port, requestText('POST', path, {}, '{}'));
    expect(answer).toMatch(/^HTTP\/1\.1 404 [\s\S]*"code":"not_found"/);
  });

  test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'])(
    'to run a function does not take %s, and says what it takes',
    async (method) => {
      const answer = await rawHttp(gateway.port, requestText(method, '/run/hello'));
      expect(answer).toMatch(/^HTTP\/1\.1 405 /);
      expect(answer).toMatch(/\r\nallow: POST, QUERY\r\n/i);
      expect(answer).toMatch(/\r\naccept-query: "application\/json"\r\n/i);
      expect(answer).toContain('"code":"method_not_allowed"');
    },
  );
});

describe('what is not HTTP', () => {
  test.each([
    ['garbage', 'garbage\r\n\r\n', 400],
    ['no host', 'POST /run/hello HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['a bad content length', 'POST /run/hello HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n', 400],
    [
      'both length and chunks',
      'POST /run/hello HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a host that is none', 'POST /run/hello HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n', 400],
    ['an expectation that cannot be met', 'POST /run/hello HTTP/1.1\r\nhost: a\r\nexpect: tea\r\nconnection: close\r\n\r\n', 417],
    ['two hosts', 'POST /run/hello HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n', 400],
    [
      'a transfer coding that is not understood',
      'POST /run/hello HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\nconnection: close\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a space before the colon', 'POST /run/hello HTTP/1.1\r\nhost : a\r\n\r\n', 400],
    ['a head of 20 KB', `POST /run/hello HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])('%s gets the shortest true answer and no connection', async (_what, bytes, status) => {
    const before = calls;
    const answer = await rawHttp(gateway.port, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toMatch(/\r\nx-request-id: .+\r\n/i);
    expect(answer).toContain('"code":"invalid_request"');
    expect(calls).toBe(before);
  });
});

describe('an expectation of 100-continue', () => {
  const head = (name: string) =>
    `POST /run/${name} HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\nconnection: close\r\ncontent-length: 2\r\n\r\n`;

  test('is met when the event is wanted', async () => {
    expect(await rawHttp(gateway.port, head('hello'), '{}')).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  });

  test('is not met for a name that is unknown', async () => {
    expect(await rawHttp(gateway.port, head('nobody'))).toMatch(/^HTTP\/1\.1 404 /);
  });
});

test('garbage behind a call does not take its answer’s place', async () => {
  const answer = await rawHttp(gateway.port, requestText('POST', '/run/hello', { connection: 'keep-alive' }, '{}'), 'garbage\r\n\r\n');
  expect(answer).not.toMatch(/^HTTP\/1\.1 400/);
});

test('a gateway that met all of this still serves, and none of it was a fault of its own', async () => {
  expect((await run(gateway)).status).toBe(200);
  expect(gateway.faults).toEqual([]);
});
