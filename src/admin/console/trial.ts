import { JsonScanner } from '../../event/scan.ts';
import type { Trial } from './feed.ts';
import { msText } from './figures.ts';

export interface TrialAsked {
  /** Of the request that asks for it: the call goes by the same. */
  readonly requestId: string;
  readonly function: string;
  /** JSON text. */
  readonly event: string;
  /** Of a consumer; undefined: as whoever has none. */
  readonly key: string | undefined;
  readonly wantsLog: boolean;
}

export interface TrialParts {
  /** The gateway's own data plane: the call goes the way of every other one. */
  readonly url: () => string;
  readonly fetch: typeof globalThis.fetch;
  readonly nowMs: () => number;
}

/** No call takes longer than 90 s. */
const patienceMs = 95_000;
/** What is shown of an answer. */
const shownBytes = 64 * 1_024;
/** Every level indents all that is in it: 64 KB, deep and wide, would be laid out to more characters than memory holds. */
const laidOutDepth = 32;
const laidOutCharacters = 4 * shownBytes;
/** Of the answer's headers those that say how it came to be, in this order. */
const telling = [
  'x-request-id',
  'cache-status',
  'age',
  'x-runway-attempts',
  'x-cff-request-id',
  'x-cff-invoke-summary',
  'x-func-err-code',
  'x-is-func-err',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'proxy-status',
  'content-type',
];

/** Calls a function by hand. Rejects when the data plane does not answer. */
export async function tryFunction({ url, fetch, nowMs }: TrialParts, asked: TrialAsked): Promise<Trial> {
  const startedAtMs = nowMs();
  const answer = await fetch(new URL(`/run/${encodeURIComponent(asked.function)}`, url()), {
    method: 'POST',
    body: asked.event,
    headers: {
      'content-type': 'application/json',
      'x-request-id': asked.requestId,
      ...(asked.key !== undefined && { authorization: `Bearer ${asked.key}` }),
      ...(asked.wantsLog && { 'x-cff-log-type': 'tail' }),
    },
    signal: AbortSignal.timeout(patienceMs),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const tookMs = nowMs() - startedAtMs;
  const log = answer.headers.get('x-cff-function-log');
  return {
    status: answer.status,
    tone: answer.ok ? 'good' : answer.status < 500 ? 'warn' : 'bad',
    tookText: msText(tookMs),
    timing: timingOf(answer.headers.get('server-timing') ?? ''),
    headers: telling.flatMap((name) => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[name, value] as const];
    }),
    body: shown(bytes),
    cut: bytes.length > shownBytes,
    bodyBytes: bytes.length,
    log: log === null ? null : Buffer.from(log, 'base64').toString().trimEnd(),
  };
}

/** The durations of `Server-Timing`; what has none is no part of the time. */
export function timingOf(header: string): { name: string; ms: number; text: string }[] {
  return header.split(',').flatMap((entry) => {
    const [, name, duration] = /^\s*([\w-]+);dur=(\d+(?:\.\d+)?)\s*$/.exec(entry) ?? [];
    return name === undefined ? [] : [{ name, ms: Number(duration), text: msText(Number(duration)) }];
  });
}

/** JSON that is neither too long nor too deep is laid out; the rest is shown as it came. */
function shown(bytes: Buffer): string {
  const text = bytes.subarray(0, shownBytes).toString();
  if (bytes.length > shownBytes || !isFlatJson(bytes)) return text;
  const laidOut = JSON.stringify(JSON.parse(text), undefined, 2);
  return laidOut.length > laidOutCharacters ? text : laidOut;
}

function isFlatJson(bytes: Buffer): boolean {
  const scanner = new JsonScanner(bytes, new Uint8Array(laidOutDepth));
  return (scanner.read(bytes.length) ?? scanner.finish()) === undefined;
}
