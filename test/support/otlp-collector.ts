import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { decodeSpans, type SentSpan } from './otlp-spans.ts';

export interface Collector {
  readonly endpoint: string;
  readonly spans: readonly SentSpan[];
  readonly requests: readonly { readonly path: string | undefined; readonly headers: IncomingHttpHeaders; readonly body: Buffer }[];
}

/** A collector of traces, OTLP over HTTP in protobuf. `mute`: it takes requests and never answers them. */
export async function openCollector({ mute = false } = {}): Promise<Collector> {
  const spans: SentSpan[] = [];
  const requests: Collector['requests'][number][] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
    requests.push({ path: request.url, headers: request.headers, body });
    spans.push(...decodeSpans(body));
    // An empty message: all of it was taken.
    if (!mute) response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, requests };
}
