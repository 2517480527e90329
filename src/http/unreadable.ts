import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { problemDocument } from './problem-json.ts';
import { gatewayTiming } from './timing.ts';

/** Why Node's parser gave a request up, by its error code; anything else is a 400. */
const statuses: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** What is not HTTP gets a short true answer and no connection: there is no request yet that a route could answer. */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket & { readonly _httpMessage?: ServerResponse }): void {
  // A call before it on the same connection has yet to be answered: this refusal would stand in its place.
  if (!socket.writable || socket._httpMessage) {
    socket.destroy();
    return;
  }
  const { status, headers, body } = refusal(statuses[error.code ?? ''] ?? 400, 'the request cannot be read as HTTP/1.1');
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${fields.join('')}\r\n${body}`);
}

/** The same for what is HTTP and must not reach a route. */
export function refuse(response: ServerResponse, refusedStatus: number, detail: string): void {
  const { status, headers, body } = refusal(refusedStatus, detail);
  response.writeHead(status, headers).end(body);
}

function refusal(status: number, detail: string): { status: number; headers: Record<string, string>; body: string } {
  const { headers, body } = problemDocument({ code: 'invalid_request', detail }, randomUUID(), status);
  // Nothing was done for it: what passed was spent waiting for its sender.
  const timing = { 'server-timing': gatewayTiming(0) };
  return { status, headers: { ...headers, ...timing, 'content-length': String(Buffer.byteLength(body)), connection: 'close' }, body };
}
