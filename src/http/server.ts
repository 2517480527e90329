import { randomUUID } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders, Server } from 'node:http';
import { createServer, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { isPlainCall, routeCall } from './call-route.ts';
import { flawOfFraming } from './framing.ts';
import type { Plane } from './plane.ts';
import { problemResponse } from './problem-json.ts';
import { gatewayTiming, timed } from './timing.ts';
import { refuse, refuseUnreadable } from './unreadable.ts';

/** Longer than the idle timeouts of common load balancers (60 s): the side that reuses a connection should be the one to close it. */
const keepAliveMs = 65_000;
/** A request's head, and all of it, must be here by then: slow senders hold a socket no longer. */
const headMs = 10_000;
const requestMs = 60_000;
/** How late that may be noticed; Node's own 30 s would make 10 s of it 40. */
const checkEveryMs = 1_000;
/** A connection on which nothing moves is given up, readers who do not read among them. Longer than the longest call. */
const idleMs = 120_000;

type Fields = OutgoingHttpHeaders | OutgoingHttpHeader[];

export interface Listening {
  readonly url: string;
  readonly port: number;
  /** Answers go on, each with `Connection: close`, those under way too, so that callers move elsewhere by themselves. */
  shed(): void;
  /** Takes no new connection, and resolves when the last answer is out; connections that are left after `patienceMs` are cut. */
  close(patienceMs: number): Promise<void>;
}

/**
 * Serves a plane. Rejects with a line for the operator when the address cannot be had.
 * Close in two phases, `shed` then `close`: a connection closed while a caller is about to reuse it is a reset for that caller.
 */
export async function listen(plane: Plane, { host, port }: { readonly host: string; readonly port: number }): Promise<Listening> {
  let shedding = false;
  // The host stands in where HTTP/1.0 has none.
  const answer = getRequestListener(timed(plane.fetch), { hostname: 'localhost', errorHandler: refuseUrl });
  const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const flaw = flawOfFraming(incoming);
    if (flaw !== undefined) return refuse(outgoing, 400, flaw);
    if (isPlainCall(incoming)) routeCall(plane, incoming, outgoing);
    else void answer(incoming, outgoing);
  };
  /** Looked at when the head is written: requests that were under way when it was told are answered so too. */
  class Outgoing extends ServerResponse {
    override writeHead(status: number, reason?: string | Fields, fields?: Fields): this {
      if (shedding) this.shouldKeepAlive = false;
      return typeof reason === 'string' ? super.writeHead(status, reason, fields) : super.writeHead(status, reason);
    }
  }
  const timeouts = { keepAliveTimeout: keepAliveMs, headersTimeout: headMs, requestTimeout: requestMs };
  // A request without a host is refused here, with a problem; Node's own refusal has none.
  const options = { ...timeouts, connectionsCheckingInterval: checkEveryMs, requireHostHeader: false, ServerResponse: Outgoing };
  const server = createServer(options, onRequest).setTimeout(idleMs);
  // Who waits for `100 Continue` is told so when the event is wanted, see `run.ts`: not before it is refused for its name.
  server.on('checkContinue', onRequest);
  server.on('clientError', refuseUnreadable);
  // RFC 9110 section 10.1.1.
  server.on('checkExpectation', (_incoming, outgoing) => refuse(outgoing, 417, 'the only expectation that can be met is 100-continue'));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new Error(`cannot listen on ${host}:${port}: ${error.message}`)));
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    shed() {
      shedding = true;
    },
    close: (patienceMs) => closeServer(server, patienceMs),
  };
}

function closeServer(server: Server, patienceMs: number): Promise<void> {
  return new Promise((resolve) => {
    // Once it is closed, Node looks no longer after those who send slowly.
    const cut = setTimeout(() => server.closeAllConnections(), patienceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** The adapter could make no URL of the request's target and host. Whatever goes wrong behind it is answered by the plane itself. */
function refuseUrl(): Response {
  const detail = 'the target and the Host header of the request make no URL';
  return problemResponse({ code: 'invalid_request', detail }, randomUUID(), { 'server-timing': gatewayTiming(0) });
}
