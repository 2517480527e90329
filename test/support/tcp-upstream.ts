import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** One request as it came over the wire. */
export interface ReceivedRequest {
  readonly line: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** The same for requests over one connection, from 0. */
  readonly connection: number;
}

export interface TcpUpstream {
  readonly origin: string;
  readonly requests: readonly ReceivedRequest[];
  readonly connections: () => number;
}

/**
 * A server that says exactly the bytes a test gives it, for answers no HTTP server would make.
 * @param answer called when a request has been read whole
 * @param greet called when a connection opens
 */
export async function openTcpUpstream(
  answer: (socket: Socket, request: ReceivedRequest) => void,
  greet: (socket: Socket) => void = () => {},
): Promise<TcpUpstream> {
  const requests: ReceivedRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    const connection = connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client that resets is part of the tests.
    socket.on('error', () => {});
    greet(socket);
    let received = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const request = parse(received, connection);
      if (request === undefined) return;
      received = Buffer.alloc(0);
      requests.push(request);
      answer(socket, request);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, connections: () => connections };
}

/** The text of an HTTP answer with its `Content-Length`. */
export function httpAnswer(status: number, headers: Readonly<Record<string, string>>, body: string): string {
  const fields = Object.entries({ ...headers, 'Content-Length': String(Buffer.byteLength(body)) });
  return `HTTP/1.1 ${status} Any\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
}

/** Undefined until the whole of a request with a `Content-Length` has come. */
function parse(bytes: Buffer, connection: number): ReceivedRequest | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [line = '', ...fields] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n');
  const headers = Object.fromEntries(
    fields.map((field) => {
      const colon = field.indexOf(':');
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
    }),
  );
  const body = bytes.subarray(headEnd + 4);
  if (body.length < Number(headers['content-length'] ?? 0)) return undefined;
  return { line, headers, body: body.toString(), connection };
}
