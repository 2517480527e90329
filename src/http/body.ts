import type { IncomingMessage } from 'node:http';
import type { BodyRead } from '../accept.ts';

/**
 * Reads a request's body, and stops as soon as it is known to be over `limitBytes`: by its declared length, or while reading.
 * Taken from Node's own request: the Fetch body would cost a stream for each call. Never rejects.
 */
export function readBody(incoming: IncomingMessage, limitBytes: number): Promise<BodyRead> {
  if (Number(incoming.headers['content-length'] ?? 0) > limitBytes) return Promise.resolve({ kind: 'too_large' });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (result: BodyRead) => {
      incoming.off('data', onData).off('end', onEnd).off('error', onCut).off('close', onCut);
      resolve(result);
    };
    const onData = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limitBytes) {
        incoming.pause();
        settle({ kind: 'too_large' });
      } else chunks.push(chunk);
    };
    const onEnd = () => settle({ kind: 'read', body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes) });
    const onCut = () => settle({ kind: 'cut_short' });
    incoming.on('data', onData).on('end', onEnd).on('error', onCut).on('close', onCut);
  });
}
