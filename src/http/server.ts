import type { Server, ServerResponse } from 'node:http';
import { createServer, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Plane } from './plane.ts';

/** Longer than the idle timeouts of common load balancers (60 s): the side that reuses a connection should be the one to close it. */
const keepAliveMs = 65_000;
/** A request's head, and all of it, must be here by then: slow senders hold a socket no longer. */
const headMs = 10_000;
const requestMs = 60_000;

export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Answers go on, each with `Connection: close`, so that callers move elsewhere by themselves. */
  shed(): void;
  /** Takes no new connection, and resolves when the last answer is out. */
  close(): Promise<void>;
  /** Cuts the connections that are left. */
  cut(): void;
}

/**
 * Serves a plane. Rejects with a line for the operator when the address cannot be had.
 * Close in two phases, `shed` then `close`: a connection closed while a caller is about to reuse it is a reset for that caller.
 */
export async function listen(plane: Plane, { host, port }: { readonly host: string; readonly port: number }): Promise<Listening> {
  let shedding = false;
  const answer = getRequestListener(plane.fetch);
  const server = createServer(
    { keepAliveTimeout: keepAliveMs, headersTimeout: headMs, requestTimeout: requestMs },
    (incoming, outgoing) => {
      if (shedding) outgoing.setHeader('connection', 'close');
      void answer(incoming, outgoing);
    },
  );
  server.on('clientError', refuseUnreadable);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new Error(`cannot listen on ${host}:${port}: ${error.message}`)));
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    shed: () => {
      shedding = true;
    },
    close: () => closeServer(server),
    cut: () => server.closeAllConnections(),
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

/** What is not HTTP gets the shortest true answer and no connection. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket & { _httpMessage?: ServerResponse }): void {
  if (!socket.writable || socket._httpMessage?.headersSent) return void socket.destroy();
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
