import type { Problem } from '../call.ts';
import { isFieldValue } from '../field-value.ts';
import { pack, type Unpacked, unpack } from '../packed.ts';
import { problemKinds } from '../problem.ts';
import { type Claim, type Finished, type StoredReply, storedHeaders } from './store.ts';

/** A record as bytes, see `packed.ts`: the head is all of it but an answer's body. No record is older than another, so the stamp is 0. */
const kind = { mark: 'RWO', version: 1 } as const;

export type DecodedRecord =
  | { readonly ok: true; readonly kind: 'running'; readonly claim: Claim }
  | { readonly ok: true; readonly kind: 'finished'; readonly finished: Finished }
  | { readonly ok: false; readonly reason: Extract<Unpacked, { ok: false }>['reason'] };

const noBody = Buffer.alloc(0);

/** Equal claims have equal bytes: that is how a store tells whether a claim still stands. */
export function encodeClaim({ token, fingerprint, requestId, lastsMs }: Claim): Buffer {
  return pack(kind, { stamp: 0, head: { kind: 'claim', token, fingerprint, requestId, lastsMs }, body: noBody });
}

export function encodeFinished({ fingerprint, reply }: Finished): Buffer {
  if (reply.kind === 'problem') return pack(kind, { stamp: 0, head: { fingerprint, ...reply }, body: noBody });
  const { body, ...head } = reply;
  return pack(kind, { stamp: 0, head: { fingerprint, ...head }, body });
}

export function decodeRecord(value: Buffer): DecodedRecord {
  const unpacked = unpack(kind, value);
  if (!unpacked.ok) return unpacked;
  return readRecord(unpacked.head, unpacked.body) ?? { ok: false, reason: 'foreign' };
}

/** A right checksum does not say who wrote it: what is read here goes into headers and decides whether a call runs. */
function readRecord(head: unknown, body: Buffer): DecodedRecord | undefined {
  if (!isObject(head)) return undefined;
  const { kind, token, fingerprint, requestId, lastsMs } = head;
  if (typeof fingerprint !== 'string') return undefined;
  if (kind !== 'claim') {
    const reply = readReply(head, body);
    return reply && { ok: true, kind: 'finished', finished: { fingerprint, reply } };
  }
  if (typeof token !== 'string' || !isFieldValue(requestId) || !isWhole(lastsMs)) return undefined;
  return { ok: true, kind: 'running', claim: { token, fingerprint, requestId, lastsMs } };
}

function readReply({ kind, status, headers, problem, requestId }: Fields, body: Buffer): StoredReply | undefined {
  if (kind === 'problem') {
    const read = readProblem(problem);
    return read && isFieldValue(requestId) ? { kind, problem: read, requestId } : undefined;
  }
  if (kind !== 'answer' || !isWhole(status) || status < 200 || status > 599 || !isObject(headers)) return undefined;
  const known = Object.entries(headers).every(([name, text]) => storedHeaders.includes(name) && isFieldValue(text));
  return known ? { kind, status, headers: headers as Record<string, string>, body } : undefined;
}

function readProblem(problem: unknown): Problem | undefined {
  if (!isObject(problem)) return undefined;
  const { code, detail, retryAfterMs, retryable, proxyError } = problem;
  if (typeof code !== 'string' || !Object.hasOwn(problemKinds, code) || typeof detail !== 'string') return undefined;
  if (retryAfterMs !== undefined && !Number.isFinite(retryAfterMs)) return undefined;
  if (proxyError !== undefined && !isFieldValue(proxyError)) return undefined;
  return {
    code: code as Problem['code'],
    detail,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs: retryAfterMs as number }),
    ...(retryable === false ? { retryable } : {}),
    ...(proxyError === undefined ? {} : { proxyError }),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
