import { isFieldValue } from '../field-value.ts';
import { pack, type Unpacked, unpack } from '../packed.ts';
import { type KeptHeader, type KeptResult, keptHeaders } from './store.ts';

/** A result as bytes, see `packed.ts`: the stamp is when it was stored, the head all of it but the body. */
const kind = { mark: 'RWR', version: 2 } as const;

export type Decoded =
  | { readonly ok: true; readonly result: KeptResult }
  | { readonly ok: false; readonly reason: Extract<Unpacked, { ok: false }>['reason'] };

export function encodeResult({ body, storedAtMs, ...head }: KeptResult): Buffer {
  return pack(kind, { stamp: storedAtMs, head, body });
}

export function decodeResult(value: Buffer): Decoded {
  const unpacked = unpack(kind, value);
  if (!unpacked.ok) return unpacked;
  const head = readHead(unpacked.head);
  if (head === undefined) return { ok: false, reason: 'foreign' };
  return { ok: true, result: { ...head, storedAtMs: unpacked.stamp, body: unpacked.body } };
}

function readHead(head: unknown): Omit<KeptResult, 'body' | 'storedAtMs'> | undefined {
  if (typeof head !== 'object' || head === null) return undefined;
  const { status, headers, freshUntilMs, keptUntilMs, mayBeStale, tookMs, billedMbMs } = head as Partial<KeptResult>;
  const numbers = [status, freshUntilMs, keptUntilMs, tookMs, billedMbMs === undefined ? 0 : billedMbMs];
  const known = Object.entries(headers ?? { '': '' }).every(
    ([name, text]) => keptHeaders.includes(name as KeptHeader) && isFieldValue(text),
  );
  if (!numbers.every(Number.isSafeInteger) || status! < 200 || status! > 599 || !known || typeof mayBeStale !== 'boolean') return undefined;
  return {
    status: status!,
    headers: headers!,
    freshUntilMs: freshUntilMs!,
    keptUntilMs: keptUntilMs!,
    mayBeStale,
    tookMs: tookMs!,
    billedMbMs,
  };
}
