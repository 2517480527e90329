import type { IncomingMessage } from 'node:http';

/**
 * What is wrong with the way a request says whom it is for and where its body ends: two readers on its way could understand it
 * differently, which is how requests are smuggled. Node's parser has refused the rest. RFC 9112 sections 3.2 and 6.1.
 */
export function flawOfFraming({ httpVersion, rawHeaders, headers }: IncomingMessage): string | undefined {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  if (hosts > 1) return `the request has ${hosts} Host headers, allowed is one`;
  if (hosts === 0 && httpVersion === '1.1') return 'the request has no Host header, which HTTP/1.1 asks for';
  const encoding = headers['transfer-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'chunked') return 'the only transfer coding that is understood is "chunked"';
  return undefined;
}
