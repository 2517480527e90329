import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { problemDocument } from './problem-json.ts';

/** Why Node's parser gave a request up, by its error code; anything else is a 400. */
const statuses: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** What is not HTTP gets a short true answer and no connection: there is no request yet that a route could answer. */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket & { readonly _httpMessage?: ServerResponse }): void {
  if (!socket.writable || socket._httpMessage?.headersSent) {
    socket.destroy();
    return;
  }
  const { status, headers, body } = refusal(statuses[error.code ?? ''] ?? 400, 'the request cannot be read as HTTP/1.1');
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${fields.join('')}\r\n${body}`);
}

/** RFC 9110 section 10.1.1: an expectation other than `100-continue` cannot be met. */
export function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const { status, headers, body } = refusal(417, 'the only expectation that can be met is 100-continue');
  response.writeHead(status, headers).end(body);
}

function refusal(status: number, detail: string): { status: number; headers: Record<string, string>; body: string } {
  const { headers, body } = problemDocument({ code: 'invalid_request', detail }, randomUUID(), status);
  return { status, headers: { ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' }, body };
}
