import type { Socket } from 'node:net';
import { buildConnector, Client, type Dispatcher, errors, Pool } from 'undici';
import type { UnreachableReason } from '../call.ts';
import { atEndOfTurn } from '../end-of-turn.ts';
import type { Signal } from '../signal.ts';
import type { Exchange, Failed, HttpRequest } from './exchange.ts';
import { Places } from './places.ts';
import { summaryHeader } from './summary.ts';

export interface TransportOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly maxConnections: number;
  /** Until the connection stands, TLS included. */
  readonly connectTimeoutMs: number;
  /**
   * How long an idle connection is kept, unless the server says how long it keeps its own. Shorter than the usual 5 s of servers,
   * so that they rarely close one just as a request leaves.
   */
  readonly keepAliveMs?: number;
  readonly maxAnswerBytes?: number;
}

/** Connections to one origin. Nothing here rejects, repeats, follows a redirect or decodes a body. */
export interface Transport {
  /**
   * Settles when the answer is whole, the attempt has failed, or `signal` aborts: there is no other time limit once connected.
   * `fresh`: on a connection of its own, made for this request and closed after it.
   */
  exchange(request: HttpRequest, signal: Signal, fresh?: 'fresh'): Promise<Exchange>;
  /** Resolves when what is in flight has ended; what comes later fails unsent. */
  close(): Promise<void>;
  /** Cuts off what is in flight. */
  destroy(): Promise<void>;
}

/** FunctionGraph's limit of a synchronous answer, "6 MB ± 100 bytes", taken at its largest. */
const answerLimitBytes = 6 * 2 ** 20 + 100;

export function openTransport({
  origin,
  maxConnections,
  connectTimeoutMs,
  keepAliveMs = 4000,
  maxAnswerBytes = answerLimitBytes,
}: TransportOptions): Transport {
  const places = new Places(maxConnections);
  const options: Client.Options = {
    pipelining: 1,
    connect: connectWithin(connectTimeoutMs),
    // What is known about a request having been written holds for HTTP/1.1 only.
    allowH2: false,
    keepAliveTimeout: keepAliveMs,
    // The call's signal ends it; a second timer here could only be wrong.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: maxAnswerBytes,
    strictContentLength: true,
  };
  const pool = new Pool(origin, { ...options, connections: maxConnections });

  /** With a place taken. */
  function send({ method, path, headers, body }: HttpRequest, signal: Signal, fresh: 'fresh' | undefined): Promise<Exchange> {
    return new Promise((resolve) => {
      const once = fresh && new Client(origin, options);
      const handler = new ExchangeHandler(signal, resolve, () => {
        places.release();
        void once?.destroy();
      });
      atEndOfTurn(() => (once ?? pool).dispatch({ method, path, headers, body }, handler));
    });
  }

  function sendFromLine(taken: boolean, request: HttpRequest, signal: Signal, fresh: 'fresh' | undefined): Exchange | Promise<Exchange> {
    // Also when it aborted between its turn and here.
    if (!signal.aborted) return send(request, signal, fresh);
    if (taken) places.release();
    return unsent(signal);
  }

  return {
    exchange(request, signal, fresh) {
      if (signal.aborted) return Promise.resolve(unsent(signal));
      const place = places.take(signal);
      return place === true ? send(request, signal, fresh) : place.then((taken) => sendFromLine(taken, request, signal, fresh));
    },
    async close() {
      // undici rejects a second call.
      if (!pool.destroyed) await pool.close();
    },
    destroy: () => pool.destroy(),
  };
}

function unsent({ reason }: Signal): Exchange {
  return { kind: 'ended', reason, sent: false };
}

/** undici's own timer runs in steps of half a second, too coarse for a limit of one. */
function connectWithin(timeoutMs: number): buildConnector.connector {
  const connect = buildConnector({ allowH2: false, timeout: 0 });
  return (options, callback) => {
    const timer = setTimeout(() => socket.destroy(new errors.ConnectTimeoutError(`no connection within ${timeoutMs} ms`)), timeoutMs);
    // It returns the socket; its type does not say so.
    const socket = connect(options, (...result) => {
      clearTimeout(timer);
      // Before undici's own listener: an error of the system does not say which connection it was.
      socket.once('error', (error: Error & { bytesRead?: number }) => {
        error.bytesRead = socket.bytesRead;
      });
      callback(...result);
    }) as unknown as Socket;
  };
}

/** Follows one request through undici, which ends it by exactly one `onResponseEnd` or `onResponseError`. */
class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly #signal: Signal;
  readonly #resolve: (exchange: Exchange) => void;
  readonly #release: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #status: number | undefined;
  #headers: Record<string, string> = {};
  readonly #chunks: Buffer[] = [];

  constructor(signal: Signal, resolve: (exchange: Exchange) => void, release: () => void) {
    this.#signal = signal;
    this.#resolve = resolve;
    this.#release = release;
    signal.addEventListener('abort', this.#abort);
  }

  /** undici calls this right before the first byte is written, on a connection that stands: before it, nothing was sent. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    // To throw leaves the connection as it is, to abort would close it.
    if (this.#signal.aborted) throw new Error('aborted before it was written');
    this.#controller = controller;
  }

  onResponseStart(_: unknown, status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void {
    if (status < 200) return;
    this.#status = status;
    for (const name in headers) {
      const value = headers[name];
      if (value !== undefined) this.#headers[name] = typeof value === 'string' ? value : value.join(', ');
    }
  }

  onResponseData(_: unknown, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const body = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    this.#settle({ kind: 'answered', status: this.#status!, headers: this.#headers, body });
    this.#release();
  }

  onResponseError(_: unknown, error: Error): void {
    this.#settle(failed(error, this.#controller !== undefined, this.#status, this.#headers[summaryHeader]));
    this.#release();
  }

  readonly #abort = (): void => {
    this.#settle({ kind: 'ended', reason: this.#signal.reason, sent: this.#controller !== undefined });
    this.#controller?.abort(new Error('aborted by the caller'));
  };

  #settle(exchange: Exchange): void {
    this.#signal.removeEventListener('abort', this.#abort);
    this.#resolve(exchange);
  }
}

interface TransportError extends Error {
  readonly code?: string;
  /** What had been read on the connection: by {@link connectWithin}, or in undici's own errors. */
  readonly bytesRead?: number;
  readonly socket?: { readonly bytesRead?: number } | null;
}

function failed(error: TransportError, started: boolean, status: number | undefined, summaryText: string | undefined): Failed {
  const code = error.code ?? error.name;
  const detail = `${code}: ${error.message}`;
  if (!started) return { kind: 'failed', phase: 'connect', reason: connectReason(code), detail };
  if (status === undefined) {
    // Nothing of this answer had come: what was read before was an earlier one.
    const reused = (error.bytesRead ?? error.socket?.bytesRead ?? 0) > 0;
    return { kind: 'failed', phase: 'sent', reason: isGarbage(error) ? 'garbage' : 'reset', reused, detail };
  }
  const reason = code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' ? 'too_large' : 'cut_short';
  return { kind: 'failed', phase: 'answering', status, reason, detail, ...(summaryText !== undefined && { summaryText }) };
}

function connectReason(code: string): UnreachableReason {
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'dns';
  if (/^(?:UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/.test(code)) return 'connect_timeout';
  // Node's own codes, OpenSSL's, and the X.509 verification results of `tls.TLSSocket`.
  if (/^(?:ERR_TLS_|ERR_SSL_|EPROTO$|INVALID_|PATH_LENGTH_|HOSTNAME_)|CERT|CRL/.test(code)) return 'tls';
  return 'reset';
}

/** Not HTTP, headers without end, or a protocol change or `100 Continue` nobody asked for (which undici reports as socket errors). */
function isGarbage(error: Error): boolean {
  if (error instanceof errors.SocketError) return /^bad (?:response|upgrade)$/.test(error.message);
  const { HTTPParserError, HeadersOverflowError, ResponseContentLengthMismatchError } = errors;
  return [HTTPParserError, HeadersOverflowError, ResponseContentLengthMismatchError].some((kind) => error instanceof kind);
}
