import type { IncomingMessage } from 'node:http';
import type { BodyRead } from '../accept.ts';

const firstBytes = 16 * 1024;

/**
 * Reads a request's body, and stops as soon as it is known to be over `limitBytes`, or when `timeoutMs` have passed. Never rejects.
 * Taken from Node's own request: the Fetch body would cost a stream for each call. Copied into one buffer that grows: a sender may
 * put every byte into a chunk of its own, and to keep millions of chunks takes gigabytes.
 */
export function readBody(incoming: IncomingMessage, limitBytes: number, timeoutMs: number): Promise<BodyRead> {
  const declaredBytes = Number(incoming.headers['content-length'] ?? 0);
  if (declaredBytes > limitBytes) return Promise.resolve({ kind: 'too_large' });
  return new Promise((resolve) => {
    let body: Buffer = Buffer.allocUnsafe(declaredBytes || firstBytes);
    let bytes = 0;
    const settle = (result: BodyRead) => {
      clearTimeout(timer);
      incoming.off('data', onData).off('end', onEnd).off('error', onCut).off('close', onCut);
      resolve(result);
    };
    const onData = (chunk: Buffer) => {
      if (bytes + chunk.length > limitBytes) {
        incoming.pause();
        settle({ kind: 'too_large' });
        return;
      }
      body = withRoom(body, bytes, chunk.length, limitBytes);
      bytes += chunk.copy(body, bytes);
    };
    const onEnd = () => settle({ kind: 'read', body: body.subarray(0, bytes) });
    const onCut = () => settle({ kind: 'cut_short' });
    const timer = setTimeout(() => settle({ kind: 'too_slow' }), timeoutMs);
    incoming.on('data', onData).on('end', onEnd).on('error', onCut).on('close', onCut);
  });
}

/** The same buffer, or one at least twice its size with its first `bytes` copied. */
function withRoom(body: Buffer, bytes: number, moreBytes: number, limitBytes: number): Buffer {
  if (bytes + moreBytes <= body.length) return body;
  const larger = Buffer.allocUnsafe(Math.min(limitBytes, Math.max(bytes + moreBytes, body.length * 2)));
  body.copy(larger, 0, 0, bytes);
  return larger;
}
