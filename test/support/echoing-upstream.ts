import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface EchoingUpstream extends AsyncDisposable {
  readonly url: string;
}

/**
 * The worst FunctionGraph there could be: it puts `planted`, and what it was sent, wherever an answer has room for text. How it does that
 * is named by the last but one field of the URN. As IAM it gives `iamToken`.
 */
export async function echoingUpstream(planted: string, iamToken: string): Promise<EchoingUpstream> {
  const server = createServer(async (request, response) => {
    const sent = `${JSON.stringify(request.headers)} ${await text(request)}`;
    if (request.url?.startsWith('/v3/auth/tokens')) return issue(response, iamToken);
    const how = /function:default:(\w+):/.exec(decodeURIComponent(request.url ?? ''))?.[1] ?? '';
    answers[how]?.(response, planted, sent, request);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Way = (response: ServerResponse, planted: string, sent: string, request: IncomingMessage) => void;

const json = { 'content-type': 'application/json' };
const answers: Readonly<Record<string, Way>> = {
  /** The credentials are no good, and this is what they were. */
  rejected: (response, planted, sent) =>
    response
      .writeHead(401, json)
      .end(JSON.stringify({ error_code: 'APIGW.0301', error_msg: `verify aksk signature fail ${planted} ${sent}` })),
  service: (response, planted, sent) =>
    response.writeHead(500, json).end(JSON.stringify({ error_code: 'FSS.0500', error_msg: `${planted} ${sent}` })),
  thrown: (response, planted, sent) =>
    response
      .writeHead(200, { ...json, 'x-func-err-code': planted, 'x-is-func-err': 'true' })
      .end(JSON.stringify({ errorType: planted, errorMessage: sent, stackTrace: [planted] })),
  headers: (response, planted) =>
    response
      .writeHead(200, planted, {
        'content-type': `application/json; of=${planted}`,
        'content-language': planted,
        'cache-control': planted,
        'retry-after': planted,
        'set-cookie': planted,
        'x-cff-request-id': planted,
        'x-cff-invoke-summary': planted,
        'x-cff-function-log': planted,
        [planted.toLowerCase()]: planted,
      })
      .end(JSON.stringify(planted)),
  garbage: (_response, planted, sent, { socket }) => void socket.end(`${planted} ${sent}\r\n\r\n`),
  reset: (_response, _planted, _sent, { socket }) => void socket.resetAndDestroy(),
  short: (response, planted, _sent, { socket }) =>
    void response.writeHead(200, { ...json, 'content-length': '1000' }).write(planted, () => socket.destroy()),
};

function issue(response: ServerResponse, iamToken: string): void {
  const issuedAtMs = Date.now();
  const dates = { issued_at: new Date(issuedAtMs).toISOString(), expires_at: new Date(issuedAtMs + 86_400_000).toISOString() };
  response.writeHead(201, { ...json, 'x-subject-token': iamToken }).end(JSON.stringify({ token: dates }));
}
