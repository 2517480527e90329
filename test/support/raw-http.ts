import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Writes bytes as they are to a port of this machine, and gives all that comes back until the other side hangs up. */
export async function rawHttp(port: number, ...parts: (string | Buffer)[]): Promise<string> {
  const socket = await openSocket(port);
  let received = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    received += text;
  });
  socket.on('error', () => undefined);
  for (const part of parts) socket.write(part);
  await once(socket, 'close');
  return received;
}

export async function openSocket(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** A request that asks for the connection to be closed after its answer. */
export function requestText(method: string, path: string, headers: Record<string, string> = {}, body = ''): string {
  const fields = { host: 'localhost', connection: 'close', 'content-length': String(Buffer.byteLength(body)), ...headers };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}
