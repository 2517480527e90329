import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { Call, Outcome } from '../../src/call.ts';
import { answerOf, cachePolicyOf, outcomes, targetOf } from '../support/calls.ts';
import { run, startGateway } from '../support/gateway.ts';
import { openSocket, rawHttp, requestText } from '../support/raw-http.ts';

const upstream = (outcome: Outcome, seen: Call[] = []) => ({
  send: async (call: Call) => {
    seen.push(call);
    call.tally.attempts++;
    return outcome;
  },
  // One attempt: what an outcome looks like is asked here, not whether it is repeated.
  targets: [targetOf({ retry: { ...targetOf().retry, attempts: 1 } })],
});

describe('an answer', () => {
  test('that cannot be written, and a call that cannot begin, are faults of the gateway: told, logged, and the next call works', async () => {
    let traces = 0;
    const answer = answerOf(200, { headers: { 'content-type': 'a\nb' } });
    await using gateway = await startGateway({
      ...upstream({ kind: 'ok', answer }),
      beginTrace() {
        if (++traces === 1) throw new Error('no trace');
        return { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-00`, tracestate: undefined };
      },
    });
    for (let call = 0; call < 2; call++) {
      const refused = await run(gateway);
      expect(refused.headers.get('x-request-id')).toBeTruthy();
      expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([500, 'internal_error']);
    }
    expect(gateway.faults.map(String)).toEqual(['Error: no trace', expect.stringContaining('Invalid character in header content')]);
  });

  test('of the function reaches the caller unchanged: status, body, its headers', async () => {
    const body = Buffer.from([0x22, 0xc3, 0xa9, 0x22]);
    const headers = { 'content-type': 'application/json; v=1', 'x-cff-invoke-summary': '{"duration":1.9}', 'x-cff-request-id': 'fg-1' };
    await using gateway = await startGateway(upstream({ kind: 'ok', answer: answerOf(201, { body, headers }) }));
    const answer = await run(gateway);
    expect(answer.status).toBe(201);
    expect(Object.fromEntries(answer.headers)).toMatchObject(headers);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(body);
    expect(answer.headers.get('cache-control')).toBeNull();
  });

  test('without a body is answered without one', async () => {
    await using gateway = await startGateway(upstream({ kind: 'ok', answer: answerOf(204, { body: Buffer.alloc(0), headers: {} }) }));
    const answer = await run(gateway);
    expect([answer.status, await answer.text()]).toEqual([204, '']);
  });

  test('says how long it took, and where', async () => {
    await using gateway = await startGateway(upstream(outcomes.ok));
    expect((await run(gateway)).headers.get('server-timing')).toMatch(/^gateway;dur=\d+\.\d\d, upstream;dur=\d+\.\d\d, attempts;desc="1"$/);
  });

  test.each([
    ['functionError', 500, 'function_error'],
    ['throttled', 429, 'upstream_error'],
    ['serviceError', 500, 'upstream_error'],
    ['noSuchFunction', 404, 'upstream_error'],
  ] as const)('of FunctionGraph that is a failure is passed on as it is: %s', async (name, status, outcome) => {
    await using gateway = await startGateway(upstream(outcomes[name]));
    const answer = await run(gateway);
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([status, 'application/json', '{}']);
    expect(
      await gateway.metric(`runway_requests_total{function="hello",consumer="anonymous",status="${status}",outcome="${outcome}"}`),
    ).toBe(1);
  });
});

describe('a failure without an answer is a problem', () => {
  test.each<[keyof typeof outcomes, number, string, string]>([
    ['rejected', 502, 'upstream_rejected_gateway', 'proxy_configuration_error'],
    ['garbage', 502, 'upstream_invalid', 'http_protocol_error'],
    ['notSent', 502, 'upstream_unreachable', 'connection_refused'],
    ['reset', 502, 'upstream_unreachable', 'connection_terminated'],
    ['timeout', 504, 'deadline_exceeded', 'http_response_timeout'],
    ['refused', 503, 'circuit_open', 'destination_unavailable'],
  ])('%s: %d %s', async (name, status, code, proxyError) => {
    await using gateway = await startGateway(upstream(outcomes[name]));
    const answer = await run(gateway);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([status, code]);
    expect(answer.headers.get('proxy-status')).toBe(`runway; error=${proxyError}`);
    expect(answer.headers.get('cache-status')).toBeNull();
  });

  test('a message of FunctionGraph about our credentials is not told to callers', async () => {
    const rejected: Outcome = { kind: 'upstream_error', cause: 'rejected_gateway', status: 401, message: 'ak:SECRETAK' };
    await using gateway = await startGateway(upstream(rejected));
    expect(await (await run(gateway)).text()).not.toContain('SECRETAK');
  });

  test('an open circuit says when to come again, in whole seconds', async () => {
    const open: Outcome = { kind: 'refused', problem: { code: 'circuit_open', detail: 'open', retryAfterMs: 2_100 } };
    await using gateway = await startGateway(upstream(open));
    expect((await run(gateway)).headers.get('retry-after')).toBe('3');
  });

  test('a fault of our own is a 500 without a word of it, and is counted and reported', async () => {
    await using gateway = await startGateway({ send: () => Promise.reject(new Error('host db.internal')) });
    const answer = await run(gateway);
    expect(answer.status).toBe(500);
    expect(await answer.text()).toMatch(/"code":"internal_error"/);
    expect(gateway.faults.map(String)).toEqual(['Error: host db.internal']);
    expect(await gateway.metric('runway_requests_total{function="hello",consumer="anonymous",status="500",outcome="gateway_error"}')).toBe(
      1,
    );
  });
});

describe('a request', () => {
  test('keeps its well-formed id, and gets one when it has none', async () => {
    const seen: Call[] = [];
    await using gateway = await startGateway(upstream(outcomes.ok, seen));
    expect((await run(gateway, 'hello', '{}', { 'x-request-id': 'mine-1' })).headers.get('x-request-id')).toBe('mine-1');
    const fresh = (await run(gateway, 'hello', '{}', { 'x-request-id': 'not well formed' })).headers.get('x-request-id');
    expect(fresh).toMatch(/^[0-9a-f-]{36}$/);
    expect(seen.map(({ requestId }) => requestId)).toEqual(['mine-1', fresh]);
  });

  test('has the same id on its problem, in the header and in the body, when it brought none', async () => {
    await using gateway = await startGateway();
    const answer = await fetch(`${gateway.url}/nowhere`);
    expect(((await answer.json()) as { requestId: string }).requestId).toBe(answer.headers.get('x-request-id'));
  });

  test('brings its trace along, with the gateway as the new parent', async () => {
    const seen: Call[] = [];
    await using gateway = await startGateway(upstream(outcomes.ok, seen));
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await run(gateway, 'hello', '{}', { traceparent, tracestate: 'a=1' });
    expect(seen[0]?.trace.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/);
    expect(seen[0]?.trace.tracestate).toBe('a=1');
  });

  test('asks for the log of the function by header', async () => {
    const seen: Call[] = [];
    await using gateway = await startGateway(upstream(outcomes.ok, seen));
    await run(gateway, 'hello', '{}', { 'x-cff-log-type': 'tail' });
    await run(gateway);
    expect(seen.map(({ wantsLog }) => wantsLog)).toEqual([true, false]);
  });
});

describe('other routes', () => {
  test('GET /run lists the functions and what may be known of them', async () => {
    const targets = [
      targetOf({ name: 'hello', description: 'Says hello.', idempotent: true, cache: cachePolicyOf({ scope: 'shared' }) }),
      targetOf({ name: 'other' }),
    ];
    await using gateway = await startGateway({ targets });
    const answer = await fetch(`${gateway.url}/run`);
    expect(await answer.json()).toEqual({
      functions: [
        { name: 'hello', description: 'Says hello.', payload: 'event', idempotent: true, kept: true },
        { name: 'other', payload: 'event', idempotent: false, kept: false },
      ],
    });
  });

  test.each(['/run', '/livez', '/readyz'])('%s carries the id of the request like every answer', async (path) => {
    await using gateway = await startGateway();
    expect((await fetch(`${gateway.url}${path}`, { headers: { 'x-request-id': 'mine' } })).headers.get('x-request-id')).toBe('mine');
  });

  test('health is told on the data plane too, and readiness goes before liveness', async () => {
    await using gateway = await startGateway();
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
    gateway.health.drain();
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
  });
});

describe('a connection', () => {
  test('is kept for the next request', async () => {
    await using gateway = await startGateway();
    const keep = requestText('POST', '/run/hello', { connection: 'keep-alive' }, '{}');
    const both = await rawHttp(gateway.port, keep, requestText('POST', '/run/hello', {}, '{}'));
    expect(both.match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
  });

  test('is closed after the answer once the gateway drains, that of a call under way too', async () => {
    const arrived = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    await using gateway = await startGateway({
      send: async () => {
        arrived.resolve();
        await gate.promise;
        return outcomes.ok;
      },
    });
    const request = requestText('POST', '/run/hello', { connection: 'keep-alive' }, '{}');
    const early = rawHttp(gateway.port, request);
    await arrived.promise;
    gateway.shed();
    const late = rawHttp(gateway.port, request);
    gate.resolve();
    for (const answer of [await early, await late]) expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\nconnection: close\r\n/i);
  });

  test('leaves nothing behind that waits for the end of the gateway', async () => {
    await using gateway = await startGateway();
    const waiting = () => getEventListeners(gateway.ending.signal, 'abort').length;
    const before = waiting();
    await Promise.all(Array.from({ length: 20 }, async () => (await run(gateway)).arrayBuffer()));
    await expect.poll(waiting).toBe(before);
  });

  test('whose event does not arrive within the time of the call is told so', async () => {
    await using gateway = await startGateway({ targets: [targetOf({ timeoutMs: 100 })] });
    const head = 'POST /run/hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 10\r\n\r\n{';
    expect(await rawHttp(gateway.port, head)).toMatch(/^HTTP\/1\.1 504 [\s\S]*"code":"deadline_exceeded"/);
    expect(await gateway.metric('runway_overhead_duration_seconds_sum{function="hello"}')).toBe(0);
  });

  test('that sends half a head does not hold up the end of the gateway', async () => {
    const gateway = await startGateway();
    const socket = await openSocket(gateway.port);
    socket.on('error', () => undefined).write('POST /run/hello HTTP/1.1\r\nhost:');
    await gateway.close(50);
    await expect.poll(() => socket.destroyed || socket.readableEnded).toBe(true);
    socket.destroy();
  });

  test('that its caller closes ends the call upstream, and is counted as a caller who left', async () => {
    const aborted = Promise.withResolvers<unknown>();
    const arrived = Promise.withResolvers<void>();
    await using gateway = await startGateway({
      send: (_call, signal) =>
        new Promise((resolve) => {
          arrived.resolve();
          signal.addEventListener('abort', () => {
            aborted.resolve(signal.reason);
            resolve(outcomes.abandoned);
          });
        }),
    });
    const caller = new AbortController();
    const call = fetch(`${gateway.url}/run/hello`, { method: 'POST', signal: caller.signal });
    await arrived.promise;
    caller.abort();
    await expect(call).rejects.toThrow();
    expect(await aborted.promise).toBe('caller_left');
    const left = 'runway_requests_total{function="hello",consumer="anonymous",status="499",outcome="client_closed"}';
    await expect.poll(() => gateway.metric(left)).toBe(1);
  });

  test('whose call outlasts the patience of a draining gateway is answered with shutting_down', async () => {
    const arrived = Promise.withResolvers<void>();
    await using gateway = await startGateway({
      send: () => {
        arrived.resolve();
        return new Promise(() => undefined);
      },
    });
    const call = run(gateway);
    await arrived.promise;
    gateway.ending.abort();
    const answer = await call;
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([503, 'shutting_down']);
  });
});
