import { randomUUID } from 'node:crypto';
import { setTimeout as pass } from 'node:timers/promises';
import { Pool } from 'undici';
import { monotonicMs } from './monotonic.ts';

/** What became of one call, as its caller saw it. Times as of `monotonicMs`. */
export interface Sample {
  readonly requestId: string;
  /** When it should have been sent, which may be before it was: a stall anywhere counts for all calls it held up. */
  readonly dueAtMs: number;
  readonly doneAtMs: number;
  /** From `dueAtMs`. */
  readonly latencyMs: number;
  /** 0: no answer came. */
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Of a problem of the gateway. */
  readonly code: string | undefined;
  readonly body: Buffer;
}

export interface CallOptions {
  readonly dueAtMs?: number;
  readonly signal?: AbortSignal;
  /** JSON text. */
  readonly event?: string;
  /** Beside what every call has; `x-request-id` too may be the caller's own. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Load {
  readonly perSecond: number;
  readonly forMs: number;
  /** Of the call of this number, counted from 0. */
  readonly event?: (number: number) => string;
  /** Of each call. */
  readonly headers?: Readonly<Record<string, string>>;
}

const noBody = Buffer.alloc(0);

/** A caller with connections of its own, kept alive. */
export class Caller implements AsyncDisposable {
  readonly #pool: Pool;

  constructor(url: string) {
    this.#pool = new Pool(url, { pipelining: 1, keepAliveTimeout: 30_000, headersTimeout: 0, bodyTimeout: 0 });
  }

  /** Calls a function once. Never rejects. */
  async call(name: string, { dueAtMs = monotonicMs(), signal, event, headers: own }: CallOptions = {}): Promise<Sample> {
    const requestId = own?.['x-request-id'] ?? randomUUID();
    const base = { requestId, dueAtMs, status: 0, headers: {}, code: undefined, body: noBody };
    try {
      const { statusCode, headers, body } = await this.#pool.request({
        method: 'POST',
        path: `/run/${name}`,
        headers: { 'content-type': 'application/json', ...own, 'x-request-id': requestId },
        body: event ?? '{"message":"Hello World"}',
        ...(signal && { signal }),
      });
      const bytes = Buffer.from(await body.arrayBuffer());
      const problem =
        headers['content-type'] === 'application/problem+json' ? (JSON.parse(bytes.toString()) as { code: string }) : undefined;
      return { ...base, ...timed(dueAtMs), status: statusCode, headers, code: problem?.code, body: bytes };
    } catch {
      return { ...base, ...timed(dueAtMs) };
    }
  }

  /** Open loop: calls go out at a fixed rate, whatever becomes of those before them. Resolves when the last is over. */
  async offer(name: string, { perSecond, forMs, event, headers }: Load): Promise<Sample[]> {
    const startMs = monotonicMs();
    const calls: Promise<Sample>[] = [];
    for (let dueAtMs = startMs; dueAtMs < startMs + forMs; dueAtMs += 1_000 / perSecond) {
      const earlyMs = dueAtMs - monotonicMs();
      if (earlyMs > 0) await pass(earlyMs);
      calls.push(this.call(name, { dueAtMs, ...(event && { event: event(calls.length) }), ...(headers && { headers }) }));
    }
    return Promise.all(calls);
  }

  /** Closed loop: so many callers, each calling again as soon as it has its answer. */
  async drive(name: string, { callers, calls, forMs }: { callers: number; calls?: number; forMs: number }): Promise<Sample[]> {
    const samples: Sample[] = [];
    const endMs = monotonicMs() + forMs;
    let left = calls ?? Number.POSITIVE_INFINITY;
    await Promise.all(
      Array.from({ length: callers }, async () => {
        while (left-- > 0 && monotonicMs() < endMs) samples.push(await this.call(name));
      }),
    );
    return samples;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
  }
}

function timed(dueAtMs: number): { doneAtMs: number; latencyMs: number } {
  const doneAtMs = monotonicMs();
  return { doneAtMs, latencyMs: doneAtMs - dueAtMs };
}
