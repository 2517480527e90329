import type { Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Call } from '../../src/call.ts';
import { type FunctionGraph, openFunctionGraph } from '../../src/functiongraph/client.ts';
import { authorization, canonicalRequest, sha256Hex, signature, signedHeaders, stringToSign } from '../../src/functiongraph/signing.ts';
import type { Upstream } from '../../src/upstream.ts';
import { callOf, targetOf } from '../support/calls.ts';
import { FakeClock } from '../support/clock.ts';
import { httpAnswer, openTcpUpstream, type ReceivedRequest } from '../support/tcp-upstream.ts';

const never = new AbortController().signal;
const projectId = '7aad83af3e8d42e99ac194e8419e2c9b';
const urn = `urn:fss:cn-north-1:${projectId}:function:default:hello:!prod`;
const secret = (text: string) => ({ reveal: () => text });

const target = targetOf({ urn, version: '!prod', timeoutMs: 1000 });

function call(more: Partial<Call> = {}): Call {
  return callOf({ target, requestId: 'req-1', consumer: 'billing', event: Buffer.from('{"message":"Hello Wörld"}'), ...more });
}

function open(endpoint: string, more: Partial<Upstream> = {}) {
  const clock = new FakeClock(Date.UTC(2025, 9, 1, 12));
  const seen: string[] = [];
  const upstream: Upstream = {
    id: 'main',
    region: 'cn-north-1',
    projectId,
    endpoint,
    apiVersion: 'v1.0',
    response: 'envelope',
    maxConcurrency: 100,
    maxConnections: 4,
    connectTimeoutMs: 1000,
    credentials: undefined,
    ...more,
  };
  const functionGraph: FunctionGraph = openFunctionGraph({
    upstreams: [upstream],
    clock,
    random: () => 0.5,
    onAttempt: (_, status, outcome) => seen.push(`attempt ${status} ${outcome.kind}`),
    onUnreadableSummary: () => seen.push('unreadable summary'),
    onRejectedGateway: (id, status, message) => seen.push(`rejected ${id} ${status} ${message}`),
    onUnreachable: (id, reason) => seen.push(`unreachable ${id} ${reason}`),
    onStaleConnection: () => seen.push('stale'),
    onIamStatus: (id, up) => seen.push(`iam ${id} ${up}`),
  });
  onTestFinished(() => functionGraph.close());
  return { ...functionGraph, clock, seen };
}

const hello =
  (headers: Record<string, string> = {}) =>
  (socket: Socket) =>
    void socket.write(httpAnswer(200, headers, '{"message":"Hello World"}'));

describe('a request', () => {
  test('of the v1.0 API carries this and nothing else', async () => {
    const upstream = await openTcpUpstream(hello());
    await open(upstream.origin).send(call(), never);
    expect(upstream.requests).toMatchObject([
      { line: `POST /v1.0/${projectId}/fss/functions/${urn}/invocations HTTP/1.1`, body: '{"message":"Hello Wörld"}' },
    ]);
    expect(upstream.requests[0]!.headers).toEqual({
      host: upstream.origin.slice('http://'.length),
      connection: 'keep-alive',
      'content-type': 'application/json',
      'content-length': '26',
      'accept-encoding': 'identity',
      via: '1.1 runway',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'x-request-id': 'req-1',
    });
  });

  test.each([
    ['envelope', 'v1'],
    ['raw', 'v0'],
  ] as const)('of the v2 API asks for %s as %s', async (response, version) => {
    const upstream = await openTcpUpstream(hello());
    await open(upstream.origin, { apiVersion: 'v2', response }).send(call(), never);
    expect(upstream.requests).toMatchObject([
      { line: `POST /v2/${projectId}/fgs/functions/${urn}/invocations HTTP/1.1`, headers: { 'x-cff-request-version': version } },
    ]);
  });

  test('asks for the log and carries the trace state only when there is one', async () => {
    const upstream = await openTcpUpstream(hello());
    const { send } = open(upstream.origin);
    await send(call({ wantsLog: true, trace: { traceparent: '00-1-2-00', tracestate: 'a=b' } }), never);
    await send(call(), never);
    expect(upstream.requests[0]!.headers).toMatchObject({ 'x-cff-log-type': 'tail', tracestate: 'a=b' });
    expect(Object.keys(upstream.requests[1]!.headers)).not.toContain('x-cff-log-type');
    expect(Object.keys(upstream.requests[1]!.headers)).not.toContain('tracestate');
  });
});

describe('a signed request', () => {
  const keys = { kind: 'aksk', accessKey: secret('EXAMPLEAK'), secretKey: secret('ExampleSecretKey') } as const;

  /** As the service does it: from what came over the wire and the secret it knows. */
  function verify({ line, headers, body }: ReceivedRequest): boolean {
    const [method = '', path = ''] = line.split(' ');
    const names = /SignedHeaders=([^,]+)/.exec(headers.authorization!)![1]!.split(';');
    const signed = Object.fromEntries(names.map((name) => [name, headers[name]!]));
    const canonical = canonicalRequest({ method, path, query: [], headers: signed, payloadHash: sha256Hex(body) });
    const proof = signature('ExampleSecretKey', stringToSign(canonical, headers['x-sdk-date']!));
    return headers.authorization === authorization('EXAMPLEAK', signedHeaders(signed), proof);
  }

  test('has a signature over what was sent: type, host and every x- header', async () => {
    const upstream = await openTcpUpstream(hello());
    await open(upstream.origin, { credentials: keys, apiVersion: 'v2' }).send(call({ wantsLog: true }), never);
    const [request] = upstream.requests;
    expect(verify(request!)).toBe(true);
    expect(request!.headers).toMatchObject({ 'x-sdk-date': '20251001T120000Z', 'x-project-id': projectId });
    expect(request!.headers.authorization).toContain(
      'SignedHeaders=content-type;host;x-cff-log-type;x-cff-request-version;x-project-id;x-request-id;x-sdk-date,',
    );
    expect(Object.keys(request!.headers)).not.toContain('x-security-token');
  });

  test('has the token of temporary keys, signed too', async () => {
    const upstream = await openTcpUpstream(hello());
    await open(upstream.origin, { credentials: { ...keys, securityToken: secret('gQpj/+==') } }).send(call(), never);
    expect(verify(upstream.requests[0]!)).toBe(true);
    expect(upstream.requests[0]!.headers['x-security-token']).toBe('gQpj/+==');
    expect(upstream.requests[0]!.headers.authorization).toContain('x-security-token');
  });

  test('is signed afresh each time', async () => {
    const upstream = await openTcpUpstream(hello());
    const { send, clock } = open(upstream.origin, { credentials: keys });
    await send(call(), never);
    await clock.advance(1000);
    await send(call(), never);
    expect(upstream.requests.map(verify)).toEqual([true, true]);
    expect(upstream.requests.map(({ headers }) => headers['x-sdk-date'])).toEqual(['20251001T120000Z', '20251001T120001Z']);
  });

  test('that is refused is not repeated, and the operator learns why', async () => {
    const upstream = await openTcpUpstream(
      (socket) => void socket.write(httpAnswer(401, {}, '{"error_code":"APIGW.0301","error_msg":"bad aksk"}')),
    );
    const { send, seen } = open(upstream.origin, { credentials: keys });
    expect(await send(call(), never)).toMatchObject({ cause: 'rejected_gateway', status: 401 });
    expect(seen).toEqual(['attempt 401 upstream_error', 'rejected main 401 APIGW.0301 bad aksk']);
  });
});

describe('a request with a token', () => {
  /** Gives `token-1`, `token-2` and so on, and lives a day. */
  async function openIam() {
    const iam = await openTcpUpstream((socket) => {
      const body = '{"token":{"issued_at":"2025-10-01T12:00:00.000000Z","expires_at":"2025-10-02T12:00:00.000000Z"}}';
      socket.write(httpAnswer(201, { 'X-Subject-Token': `token-${iam.requests.length}` }, body));
    });
    const credentials = {
      kind: 'iam',
      endpoint: iam.origin,
      domain: 'acme',
      user: 'gateway',
      password: secret('p'),
      project: 'cn-north-1',
    } as const;
    return { iam, credentials };
  }

  /** Lets in only these tokens. */
  const accepting = (accepted: ReadonlySet<string>) => (socket: Socket, request: ReceivedRequest) => {
    if (accepted.has(request.headers['x-auth-token'] ?? '')) hello()(socket);
    else socket.write(httpAnswer(401, {}, '{"error_code":"APIGW.0307","error_msg":"The token must be updated"}'));
  };

  test('carries it, and no signature', async () => {
    const { iam, credentials } = await openIam();
    const upstream = await openTcpUpstream(hello());
    const { send, seen } = open(upstream.origin, { credentials });
    await Promise.all([send(call(), never), send(call(), never), send(call(), never)]);
    expect(upstream.requests.map(({ headers }) => headers['x-auth-token'])).toEqual(['token-1', 'token-1', 'token-1']);
    expect(Object.keys(upstream.requests[0]!.headers)).not.toContain('authorization');
    expect(iam.requests).toHaveLength(1);
    expect(seen[0]).toBe('iam main true');
  });

  test('that is refused with 401 is repeated once with a new token', async () => {
    const { credentials } = await openIam();
    const accepted = new Set(['token-1']);
    const upstream = await openTcpUpstream(accepting(accepted));
    const { send, seen, clock } = open(upstream.origin, { credentials });
    await send(call(), never);
    await clock.advance(3_600_000);
    accepted.clear();
    accepted.add('token-2');
    const later = call();
    expect(await send(later, never)).toMatchObject({ kind: 'ok' });
    expect(later.tally.attempts).toBe(2);
    expect(seen).toEqual(['iam main true', 'attempt 200 ok', 'attempt 401 upstream_error', 'iam main true', 'attempt 200 ok']);
  });

  test('that is refused again is not repeated again, nor is IAM asked for each call', async () => {
    const { iam, credentials } = await openIam();
    const upstream = await openTcpUpstream(accepting(new Set()));
    const { send, clock, seen } = open(upstream.origin, { credentials });
    await send(call(), never);
    await clock.advance(3_600_000);
    for (let i = 0; i < 10; i++) expect(await send(call(), never)).toMatchObject({ cause: 'rejected_gateway', status: 401 });
    expect(iam.requests).toHaveLength(2);
    expect(upstream.requests).toHaveLength(1 + 2 + 9);
    expect(seen.filter((event) => event.startsWith('rejected'))).toHaveLength(11);
  });

  test('is not sent when there is none: IAM away is the upstream away, and safe to repeat', async () => {
    const iam = await openTcpUpstream((socket) => void socket.resetAndDestroy());
    const { credentials } = await openIam();
    const upstream = await openTcpUpstream(hello());
    const { send, seen } = open(upstream.origin, { credentials: { ...credentials, endpoint: iam.origin } });
    expect(await send(call(), never)).toEqual({ kind: 'unreachable', reason: 'reset', sent: false });
    expect(seen).toEqual(['iam main false']);
    expect(upstream.requests).toEqual([]);
  });

  test('is not sent when IAM refuses the user: the gateway is at fault, not the caller', async () => {
    const iam = await openTcpUpstream((socket) => void socket.write(httpAnswer(401, {}, '{}')));
    const { credentials } = await openIam();
    const { send, seen } = open('http://127.0.0.1:1', { credentials: { ...credentials, endpoint: iam.origin } });
    expect(await send(call(), never)).toMatchObject({ cause: 'rejected_gateway', status: 401 });
    expect(seen).toEqual(['iam main false', 'rejected main 401 IAM answered 401 to a request for a token']);
  });

  test('that waits for one ends with its deadline', async () => {
    const iam = await openTcpUpstream(() => {});
    const { credentials } = await openIam();
    const { send } = open('http://127.0.0.1:1', { credentials: { ...credentials, endpoint: iam.origin } });
    const deadline = new AbortController();
    const outcome = send(call(), deadline.signal);
    deadline.abort('deadline');
    expect(await outcome).toEqual({ kind: 'timeout', sent: false });
    await expect.poll(() => iam.requests.length).toBe(1);
  });
});

describe('an attempt is counted', () => {
  test.each<[string, (socket: Socket) => void, string[]]>([
    ['with its status', hello(), ['attempt 200 ok']],
    [
      'with the outer status when the function failed inside an envelope',
      (socket) => void socket.write(httpAnswer(200, { 'X-CFF-Response-Version': 'v1' }, '{"status":500,"result":"{}"}')),
      ['attempt 200 function_error'],
    ],
    ['as reset', (socket) => void socket.resetAndDestroy(), ['attempt reset unreachable', 'unreachable main reset']],
    ['as reset when it is not HTTP', (socket) => void socket.write('hello\r\n'), ['attempt reset upstream_error']],
    [
      'with its status when the body did not come whole',
      (socket) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{'),
      ['attempt 200 upstream_error'],
    ],
    ['and a summary that is none too', hello({ 'X-Cff-Invoke-Summary': 'soon' }), ['attempt 200 ok', 'unreadable summary']],
    [
      'and a summary that is one is no news',
      hello({ 'X-Cff-Invoke-Summary': '{"duration":1,"billingDuration":1,"memorySize":1,"memoryUsed":1}' }),
      ['attempt 200 ok'],
    ],
  ])('%s', async (_, answer, events) => {
    const upstream = await openTcpUpstream(answer);
    const { send, seen } = open(upstream.origin);
    await send(call(), never);
    expect(seen).toEqual(events);
  });

  test('as refused when nobody listens', async () => {
    const { send, seen } = open('http://127.0.0.1:1');
    expect(await send(call(), never)).toEqual({ kind: 'unreachable', reason: 'refused', sent: false });
    expect(seen).toEqual(['attempt refused unreachable', 'unreachable main refused']);
  });

  test.each([
    ['deadline', { kind: 'timeout', sent: true }, 'attempt timeout timeout'],
    ['caller_left', { kind: 'abandoned' }, 'attempt reset abandoned'],
  ] as const)('when ended by %s', async (reason, outcome, event) => {
    const ending = new AbortController();
    const upstream = await openTcpUpstream(() => ending.abort(reason));
    const { send, seen } = open(upstream.origin);
    expect(await send(call(), ending.signal)).toEqual(outcome);
    expect(seen).toEqual([event]);
  });

  test('in the call’s tally, with the time it took by the clock', async () => {
    const upstream = await openTcpUpstream(async (socket) => {
      await clock.advance(250);
      hello()(socket);
    });
    const { send, clock } = open(upstream.origin);
    const one = call();
    await send(one, never);
    await send(one, never);
    expect(one.tally).toMatchObject({ attempts: 2, upstreamMs: 500 });
  });
});

test('close waits for what is in flight', async () => {
  const upstream = await openTcpUpstream((socket) => void setTimeout(() => hello()(socket), 20));
  const { send, close } = open(upstream.origin);
  const outcome = send(call(), never);
  await expect.poll(() => upstream.requests.length).toBe(1);
  await close();
  expect(await outcome).toMatchObject({ kind: 'ok' });
});

describe('a connection that the server closes just as a request goes out on it', () => {
  /** Answers the first request of each connection, and hangs up on the second: by a reset, or politely. */
  const oneEach = (hangUp: (socket: Socket) => void) => {
    const served = new Set<number>();
    return openTcpUpstream((socket, request) => {
      if (served.has(request.connection)) return hangUp(socket);
      served.add(request.connection);
      socket.write(httpAnswer(200, {}, '{}'));
    });
  };

  test.each<[string, (socket: Socket) => void]>([
    ['a reset', (socket) => void socket.resetAndDestroy()],
    ['an end', (socket) => void socket.destroy()],
  ])('by %s: an idempotent function is called once more, at once, on a fresh one', async (_how, hangUp) => {
    const upstream = await oneEach(hangUp);
    const { send, seen } = open(upstream.origin, { maxConnections: 1 });
    const idempotent = { target: targetOf({ urn, idempotent: true }) };
    await send(call(idempotent), never);
    const second = call(idempotent);
    expect(await send(second, never)).toMatchObject({ kind: 'ok' });
    expect(upstream.requests.map(({ connection }) => connection)).toEqual([0, 0, 1]);
    expect(seen.filter((event) => event === 'stale')).toEqual(['stale']);
    expect(second.tally.attempts).toBe(2);
  });

  test('is not repeated for a function that is not: it may have run', async () => {
    const upstream = await oneEach((socket) => void socket.resetAndDestroy());
    const { send, seen } = open(upstream.origin, { maxConnections: 1 });
    await send(call(), never);
    expect(await send(call(), never)).toEqual({ kind: 'unreachable', reason: 'reset', sent: true });
    expect(upstream.requests).toHaveLength(2);
    expect(seen).not.toContain('stale');
  });

  test('is repeated once only, and not at all on a connection that was new', async () => {
    const upstream = await openTcpUpstream((socket) => void socket.resetAndDestroy());
    const { send, seen } = open(upstream.origin, { maxConnections: 1 });
    const idempotent = { target: targetOf({ urn, idempotent: true }) };
    expect(await send(call(idempotent), never)).toMatchObject({ kind: 'unreachable', reason: 'reset' });
    expect(upstream.requests).toHaveLength(1);
    expect(seen).not.toContain('stale');
  });
});
