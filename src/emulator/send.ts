import type { IncomingMessage, ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { HttpAnswer } from './answer.ts';
import type { Reply } from './invoke.ts';

/** Tells Hono that the answer is out. A copy, since the adapter overlooks the mark on one that was made after it replaced `Response`. */
const alreadySent = (): Response => RESPONSE_ALREADY_SENT.clone();

/** Sends a reply; those that are no proper answer go to the socket past Hono. */
export function send(reply: Reply, incoming: IncomingMessage, outgoing: ServerResponse): Response {
  switch (reply.kind) {
    case 'answer':
      return respond(reply.answer);
    case 'truncated': {
      const { status, headers, body } = reply.answer;
      const bytes = Buffer.from(body);
      outgoing.writeHead(status, { ...headers, 'Content-Length': bytes.length });
      outgoing.write(bytes.subarray(0, bytes.length >> 1), () => incoming.socket.destroy());
      return alreadySent();
    }
    case 'reset':
      incoming.socket.resetAndDestroy();
      return alreadySent();
    case 'garbage':
      incoming.socket.end('\u0000\u0001 this is not HTTP\r\n\r\n');
      return alreadySent();
  }
}

/** A proper answer. */
export function respond({ status, headers, body }: HttpAnswer): Response {
  return new Response(body, { status, headers });
}

/** The whole body of a request; one that is too large is read to its end, so that the client hears the answer, but not kept. */
export async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Buffer | 'too_large'> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
  }
  return bytes <= maxBytes ? Buffer.concat(chunks, bytes) : 'too_large';
}
