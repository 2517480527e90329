import type { Socket } from 'node:net';

export interface ReadRequest {
  readonly requestId: string;
  /** The function's name, from the URN in the path. */
  readonly name: string;
  /** Head and body as they came. */
  readonly text: string;
}

/** Reads the requests that come over a connection, one after the other, each with a `Content-Length`. */
export function readRequests(socket: Socket, onRequest: (request: ReadRequest) => void): void {
  let received: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const headEnd = received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = received.toString('latin1', 0, headEnd);
    const bodyBytes = Number(field(head, 'content-length') ?? 0);
    if (received.length < headEnd + 4 + bodyBytes) return;
    const text = received.toString('utf8', 0, headEnd + 4 + bodyBytes);
    received = received.subarray(headEnd + 4 + bodyBytes);
    onRequest({ requestId: field(head, 'x-request-id') ?? '', name: /:default:([^:]+):/.exec(head)?.[1] ?? '', text });
  });
}

function field(head: string, name: string): string | undefined {
  return new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(head)?.[1];
}
