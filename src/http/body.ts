import type { IncomingMessage } from 'node:http';
import type { BodyRead } from '../accept.ts';
import { atEndOfTurn } from '../end-of-turn.ts';

/** The least that is taken for a body of more than one chunk. */
const firstBytes = 16 * 1024;

const nothing = Buffer.alloc(0);

/**
 * Reads a request's body, and stops as soon as it is known to be over `limitBytes`, or when `timeoutMs` have passed. Never rejects.
 * Taken from Node's own request: the Fetch body would cost a stream for each call. Most bodies are one chunk, and taken as they are.
 * Others are copied into one buffer that grows: a sender may put every byte into a chunk of its own, and to keep millions of chunks
 * takes gigabytes.
 */
export function readBody(incoming: IncomingMessage, limitBytes: number, timeoutMs: number): Promise<BodyRead> {
  const declaredBytes = Number(incoming.headers['content-length'] ?? 0);
  if (declaredBytes > limitBytes) return Promise.resolve({ kind: 'too_large' });
  return new Promise((resolve) => {
    let body: Buffer = nothing;
    let bytes = 0;
    const settle = (result: BodyRead) => {
      settled = true;
      clearTimeout(timer);
      incoming.off('data', onData);
      resolve(result);
    };
    const onData = (chunk: Buffer) => {
      if (bytes + chunk.length > limitBytes) {
        incoming.pause();
        return settle({ kind: 'too_large' });
      }
      if (bytes === 0) {
        body = chunk;
        bytes = chunk.length;
      } else {
        body = withRoom(body, bytes, chunk.length, Math.max(declaredBytes, firstBytes), limitBytes);
        bytes += chunk.copy(body, bytes);
      }
      if (bytes === declaredBytes) settle({ kind: 'read', body: body.subarray(0, bytes) });
    };
    let settled = false;
    let timer: NodeJS.Timeout | undefined;
    // Most bodies come with their head, and are here before a timer for them would be.
    atEndOfTurn(() => {
      if (!settled) timer = setTimeout(() => settle({ kind: 'too_slow' }), timeoutMs);
    });
    incoming.on('data', onData);
    // Who declares its length ends with its last byte; to wait for the event as well is a turn of the loop more.
    if (declaredBytes === 0) incoming.on('end', () => settle({ kind: 'read', body: body.subarray(0, bytes) }));
    // It comes without an error of its own, and after the end as well, when nothing is left to settle.
    incoming.on('close', () => settle({ kind: 'cut_short' }));
  });
}

/** What is left of a body that nobody wants is read for so long, so that its sender gets to read the answer before the connection closes. */
const discardMs = 500;

/** Lets the rest of an answered request go by; a sender that does not come to an end loses its connection. */
export function discardRest(incoming: IncomingMessage): void {
  const timer = setTimeout(() => incoming.socket.destroySoon(), discardMs);
  incoming.on('close', () => clearTimeout(timer));
  incoming.resume();
}

/** The same buffer, or one of at least `leastBytes` and twice its size with its first `bytes` copied. */
function withRoom(body: Buffer, bytes: number, moreBytes: number, leastBytes: number, limitBytes: number): Buffer {
  if (bytes + moreBytes <= body.length) return body;
  const larger = Buffer.allocUnsafe(Math.min(limitBytes, Math.max(bytes + moreBytes, body.length * 2, leastBytes)));
  body.copy(larger, 0, 0, bytes);
  return larger;
}
