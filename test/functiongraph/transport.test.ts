import { getEventListeners, once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as pass } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { HttpRequest } from '../../src/functiongraph/exchange.ts';
import { openTransport, type Transport, type TransportOptions } from '../../src/functiongraph/transport.ts';
import { httpAnswer, openTcpUpstream } from '../support/tcp-upstream.ts';

const never = new AbortController().signal;

function request(body = '{"message":"Hello World"}'): HttpRequest {
  return {
    method: 'POST',
    path: '/v1.0/p/fss/functions/urn:fss:r:p:function:d:f:!a/invocations',
    headers: { host: 'fg.test' },
    body: Buffer.from(body),
  };
}

function open(origin: string, options: Partial<TransportOptions> = {}): Transport {
  const transport = openTransport({ origin, maxConnections: 4, connectTimeoutMs: 2000, ...options });
  onTestFinished(() => transport.destroy());
  return transport;
}

/** A port where nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

const answers =
  (text: string) =>
  (socket: Socket): void => {
    socket.write(text);
  };

describe('an answer', () => {
  test('comes with its status, its lower-case headers and the bytes of its body', async () => {
    const upstream = await openTcpUpstream(answers(httpAnswer(404, { 'X-CFF-Request-Id': 'r1', 'Content-Type': 'text/plain' }, 'nö')));
    expect(await open(upstream.origin).exchange(request(), never)).toEqual({
      kind: 'answered',
      status: 404,
      headers: { 'x-cff-request-id': 'r1', 'content-type': 'text/plain', 'content-length': '3' },
      body: Buffer.from('nö'),
    });
  });

  test('comes to a request written as it was given, target and host included', async () => {
    const upstream = await openTcpUpstream(answers(httpAnswer(200, {}, '{}')));
    await open(upstream.origin).exchange(request('{"a":"ü"}'), never);
    expect(upstream.requests).toMatchObject([
      {
        line: 'POST /v1.0/p/fss/functions/urn:fss:r:p:function:d:f:!a/invocations HTTP/1.1',
        headers: { host: 'fg.test' },
        body: '{"a":"ü"}',
      },
    ]);
  });

  test('in many chunks is one body', async () => {
    const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n';
    const upstream = await openTcpUpstream(answers(chunked));
    expect(await open(upstream.origin).exchange(request(), never)).toMatchObject({ kind: 'answered', body: Buffer.from('abcdefg') });
  });

  test('without a length ends where the connection ends', async () => {
    const upstream = await openTcpUpstream((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nabc'));
    expect(await open(upstream.origin).exchange(request(), never)).toMatchObject({ kind: 'answered', body: Buffer.from('abc') });
  });

  test('with a repeated header has its values joined', async () => {
    const upstream = await openTcpUpstream(answers('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nA: 1\r\na: 2\r\n\r\n'));
    expect(await open(upstream.origin).exchange(request(), never)).toMatchObject({ headers: { a: '1, 2' }, body: Buffer.alloc(0) });
  });

  test('that redirects is an answer like any other', async () => {
    const upstream = await openTcpUpstream(answers(httpAnswer(307, { Location: '/elsewhere' }, '')));
    expect(await open(upstream.origin).exchange(request(), never)).toMatchObject({ kind: 'answered', status: 307 });
    expect(upstream.requests).toHaveLength(1);
  });

  test('after an early hint is the one that counts', async () => {
    const upstream = await openTcpUpstream(
      answers(`HTTP/1.1 103 Early Hints\r\nX-Hint: 1\r\n\r\n${httpAnswer(200, { 'X-A': 'b' }, 'ok')}`),
    );
    expect(await open(upstream.origin).exchange(request(), never)).toMatchObject({
      status: 200,
      headers: { 'x-a': 'b', 'content-length': '2' },
      body: Buffer.from('ok'),
    });
  });

  test('of exactly the limit is taken, of one byte more is not', async () => {
    const upstream = await openTcpUpstream((socket, { body }) => socket.write(httpAnswer(200, {}, 'x'.repeat(Number(body)))));
    const transport = open(upstream.origin);
    const limit = 6 * 2 ** 20 + 100;
    expect(await transport.exchange(request(String(limit)), never)).toMatchObject({ kind: 'answered', status: 200 });
    expect(await transport.exchange(request(String(limit + 1)), never)).toMatchObject({
      kind: 'failed',
      phase: 'answering',
      status: 200,
      reason: 'too_large',
    });
  });

  test('without end is cut off at the limit', async () => {
    let written = 0;
    const upstream = await openTcpUpstream((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      const chunk = `10000\r\n${'x'.repeat(65536)}\r\n`;
      const more = () => {
        while (!socket.destroyed && socket.write(chunk)) written += 65536;
      };
      socket.on('drain', more);
      more();
    });
    const exchange = await open(upstream.origin, { maxAnswerBytes: 1_000_000 }).exchange(request(), never);
    expect(exchange).toMatchObject({ kind: 'failed', phase: 'answering', reason: 'too_large' });
    expect(written).toBeLessThan(20_000_000);
  });
});

describe('a connection', () => {
  test('is used again', async () => {
    const upstream = await openTcpUpstream(answers(httpAnswer(200, {}, '{}')));
    const transport = open(upstream.origin, { maxConnections: 1 });
    for (let i = 0; i < 10; i++) expect(await transport.exchange(request(), never)).toMatchObject({ kind: 'answered' });
    expect(upstream.connections()).toBe(1);
  });

  test('that the upstream closed while idle is replaced, and a request that crossed the close is reported as sent', async () => {
    const upstream = await openTcpUpstream((socket) => {
      socket.write(httpAnswer(200, {}, '{}'));
      setImmediate(() => socket.end());
    });
    const transport = open(upstream.origin);
    for (let i = 0; i < 30; i++) {
      const exchange = await transport.exchange(request(), never);
      // A close that crosses the request on its way cannot be told from a crash: it is reported, never repeated.
      if (exchange.kind === 'failed') expect(exchange).toMatchObject({ phase: 'sent', reason: 'reset' });
      else expect(exchange).toMatchObject({ kind: 'answered' });
      if (i % 3 === 0) await pass(2);
    }
    expect(upstream.requests.length).toBeLessThanOrEqual(30);
  });

  test('is never opened beyond the bound, and those who wait come in turn', async () => {
    const waiting: Socket[] = [];
    const upstream = await openTcpUpstream((socket) => {
      waiting.push(socket);
    });
    const transport = open(upstream.origin, { maxConnections: 2 });
    const exchanges = Array.from({ length: 6 }, (_, i) => transport.exchange(request(String(i)), never));
    for (let answered = 0; answered < 6; answered++) {
      await expect.poll(() => waiting.length).toBeGreaterThan(0);
      expect(waiting.length).toBeLessThanOrEqual(2);
      waiting.shift()!.write(httpAnswer(200, {}, '{}'));
    }
    expect(await Promise.all(exchanges)).toMatchObject(Array.from({ length: 6 }, () => ({ kind: 'answered' })));
    expect(upstream.connections()).toBe(2);
    expect(upstream.requests.map(({ body }) => body).toSorted()).toEqual(['0', '1', '2', '3', '4', '5']);
  });
});

describe('nothing was sent when', () => {
  test('the connection is refused', async () => {
    const exchange = await open(`http://127.0.0.1:${await closedPort()}`).exchange(request(), never);
    expect(exchange).toMatchObject({ kind: 'failed', phase: 'connect', reason: 'refused' });
  });

  test('the name does not resolve', async () => {
    const exchange = await open('http://functiongraph.invalid').exchange(request(), never);
    expect(exchange).toMatchObject({ kind: 'failed', phase: 'connect', reason: 'dns' });
  });

  test('the other side does not speak TLS', async () => {
    const upstream = await openTcpUpstream(
      () => {},
      (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    const exchange = await open(upstream.origin.replace('http:', 'https:')).exchange(request(), never);
    expect(exchange).toMatchObject({ kind: 'failed', phase: 'connect', reason: 'tls' });
  });

  test('the connection does not stand in time', async () => {
    // It accepts and then never shakes hands: what a black hole is to TCP, this is to TLS.
    const upstream = await openTcpUpstream(() => {});
    const startedAtMs = performance.now();
    const exchange = await open(upstream.origin.replace('http:', 'https:'), { connectTimeoutMs: 1100 }).exchange(request(), never);
    expect(exchange).toMatchObject({ kind: 'failed', phase: 'connect', reason: 'connect_timeout' });
    expect(performance.now() - startedAtMs).toBeLessThan(1100 * 1.3);
  });

  test('the transport is closed', async () => {
    const upstream = await openTcpUpstream(answers(httpAnswer(200, {}, '{}')));
    const transport = open(upstream.origin);
    await transport.close();
    expect(await transport.exchange(request(), never)).toMatchObject({ kind: 'failed', phase: 'connect' });
    expect(upstream.connections()).toBe(0);
  });
});

describe('something may have been sent when', () => {
  test.each([
    ['the upstream resets after it has read the request', (socket: Socket) => void socket.resetAndDestroy()],
    ['the upstream closes without an answer', (socket: Socket) => void socket.end()],
    ['the upstream closes in the middle of the headers', (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\nContent-Le')],
    ['the upstream hints and then resets', (socket: Socket) => void socket.end('HTTP/1.1 103 Early Hints\r\n\r\n')],
  ])('%s, and it is not repeated', async (_, answer) => {
    const upstream = await openTcpUpstream(answer);
    const exchange = await open(upstream.origin).exchange(request(), never);
    expect(exchange).toMatchObject({ kind: 'failed', phase: 'sent', reason: 'reset' });
    expect(upstream.requests).toHaveLength(1);
  });

  test('a used connection is reset', async () => {
    const upstream = await openTcpUpstream((socket) => {
      if (upstream.requests.length === 1) socket.write(httpAnswer(200, {}, '{}'));
      else socket.resetAndDestroy();
    });
    const transport = open(upstream.origin, { maxConnections: 1 });
    await transport.exchange(request(), never);
    expect(await transport.exchange(request(), never)).toMatchObject({ kind: 'failed', phase: 'sent', reason: 'reset' });
    expect(upstream.requests).toMatchObject([{ connection: 0 }, { connection: 0 }]);
  });

  test.each([
    ['no HTTP at all', '220 smtp.example ESMTP\r\n'],
    ['a broken status line', 'HTTP/1.1 abc\r\n\r\n'],
    ['headers without end', `HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(20_000)}`],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n'],
    ['a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n'],
    ['two lengths that differ', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ])('the answer is garbage: %s', async (_, text) => {
    const upstream = await openTcpUpstream(answers(text));
    expect(await open(upstream.origin).exchange(request(), never)).toMatchObject({ kind: 'failed', phase: 'sent', reason: 'garbage' });
  });

  test.each([
    [
      'a reset inside the body',
      (socket: Socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', () => socket.resetAndDestroy()),
    ],
    ['an end before the length', (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')],
    [
      'the same on a connection that was to close',
      (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\n\r\nabc'),
    ],
    ['an end inside a chunk', (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc')],
    ['a chunk of no size', (socket: Socket) => void socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n')],
  ])('the body is cut short: %s', async (_, answer) => {
    const upstream = await openTcpUpstream(answer);
    expect(await open(upstream.origin).exchange(request(), never)).toMatchObject({
      kind: 'failed',
      phase: 'answering',
      status: 200,
      reason: 'cut_short',
    });
  });
});

describe('an aborted signal', () => {
  test('sends nothing when it was aborted before', async () => {
    const upstream = await openTcpUpstream(answers(httpAnswer(200, {}, '{}')));
    const exchange = await open(upstream.origin).exchange(request(), AbortSignal.abort('deadline'));
    expect(exchange).toEqual({ kind: 'ended', reason: 'deadline', sent: false });
    expect(upstream.connections()).toBe(0);
  });

  test('ends a request that waits for its answer at once, and closes its connection', async () => {
    let closed = false;
    const caller = new AbortController();
    const upstream = await openTcpUpstream((socket) => {
      socket.on('close', () => {
        closed = true;
      });
      caller.abort('caller_left');
    });
    expect(await open(upstream.origin).exchange(request(), caller.signal)).toEqual({ kind: 'ended', reason: 'caller_left', sent: true });
    await expect.poll(() => closed).toBe(true);
  });

  test('ends an answer that has begun', async () => {
    const caller = new AbortController();
    const upstream = await openTcpUpstream((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc');
      setImmediate(() => caller.abort('deadline'));
    });
    expect(await open(upstream.origin).exchange(request(), caller.signal)).toEqual({ kind: 'ended', reason: 'deadline', sent: true });
  });

  test('ends a request whose connection does not stand yet, and nothing of it is ever written', async () => {
    const caller = new AbortController();
    const upstream = await openTcpUpstream(answers(httpAnswer(200, {}, '{}')));
    const transport = open(upstream.origin, { maxConnections: 1 });
    const ended = transport.exchange(request('given up'), caller.signal);
    caller.abort('deadline');
    expect(await ended).toEqual({ kind: 'ended', reason: 'deadline', sent: false });
    expect(await transport.exchange(request('next'), never)).toMatchObject({ kind: 'answered' });
    expect(upstream.requests).toMatchObject([{ body: 'next', connection: 0 }]);
  });

  test('takes a request out of the line, and nothing of it is ever written', async () => {
    const waiting: Socket[] = [];
    const upstream = await openTcpUpstream((socket) => {
      waiting.push(socket);
    });
    const transport = open(upstream.origin, { maxConnections: 1 });
    const first = transport.exchange(request('first'), never);
    const callers = Array.from({ length: 100 }, () => new AbortController());
    const inLine = callers.map(({ signal }) => transport.exchange(request('in line'), signal));
    const last = transport.exchange(request('last'), never);
    for (const caller of callers) caller.abort('deadline');
    expect(await Promise.all(inLine)).toEqual(callers.map(() => ({ kind: 'ended', reason: 'deadline', sent: false })));
    await expect.poll(() => waiting.length).toBe(1);
    waiting.shift()!.write(httpAnswer(200, {}, '{}'));
    await first;
    await expect.poll(() => waiting.length).toBe(1);
    waiting.shift()!.write(httpAnswer(200, {}, '{}'));
    expect(await last).toMatchObject({ kind: 'answered' });
    expect(upstream.requests.map(({ body }) => body)).toEqual(['first', 'last']);
    expect(upstream.connections()).toBe(1);
  });

  test('has no listener left once the exchange has ended, however it ended', async () => {
    const { signal } = new AbortController();
    const answered = await openTcpUpstream(answers(httpAnswer(200, {}, '{}')));
    const reset = await openTcpUpstream((socket) => void socket.resetAndDestroy());
    const [good, bad] = [open(answered.origin, { maxConnections: 1 }), open(reset.origin)];
    await Promise.all([good.exchange(request(), signal), good.exchange(request(), signal), bad.exchange(request(), signal)]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('frees its place for the next', async () => {
    const upstream = await openTcpUpstream((socket, { body }) => {
      if (body === 'slow') socket.pause();
      else socket.write(httpAnswer(200, {}, '{}'));
    });
    const transport = open(upstream.origin, { maxConnections: 1 });
    for (let i = 0; i < 5; i++) {
      const caller = new AbortController();
      const slow = transport.exchange(request('slow'), caller.signal);
      await expect.poll(() => upstream.requests.length).toBe(2 * i + 1);
      caller.abort('deadline');
      await slow;
      expect(await transport.exchange(request('quick'), never)).toMatchObject({ kind: 'answered' });
    }
  });
});

describe('to close', () => {
  test('lets what is in flight end', async () => {
    const upstream = await openTcpUpstream((socket) => void setTimeout(() => socket.write(httpAnswer(200, {}, '{}')), 20));
    const transport = open(upstream.origin);
    const exchange = transport.exchange(request(), never);
    await expect.poll(() => upstream.requests.length).toBe(1);
    await transport.close();
    expect(await exchange).toMatchObject({ kind: 'answered' });
  });

  test('and to destroy are two things: the second cuts off', async () => {
    const upstream = await openTcpUpstream(() => {});
    const transport = open(upstream.origin);
    const exchange = transport.exchange(request(), never);
    await expect.poll(() => upstream.requests.length).toBe(1);
    await transport.destroy();
    expect(await exchange).toMatchObject({ kind: 'failed', phase: 'sent', reason: 'reset' });
  });
});
