import { crc32 } from 'node:zlib';
import { type KeptHeader, type KeptResult, keptHeaders } from './store.ts';

/**
 * A kept result as bytes:
 *
 * | offset | bytes | |
 * | --- | --- | --- |
 * | 0 | 3 | `RWR` |
 * | 3 | 1 | version of this layout |
 * | 4 | 4 | CRC-32 of all that follows |
 * | 8 | 4 | length of the head |
 * | 12 | | the head: a {@link KeptResult} without its body, as JSON |
 * | | | the body as it came |
 *
 * Numbers are big-endian.
 */
const mark = Buffer.from('RWR');
const version = 1;
const headAt = 12;

export type Decoded =
  | { readonly ok: true; readonly result: KeptResult }
  /** `foreign`: not written by this program. `version`: by another release of it. `corrupt`: cut short or changed since. */
  | { readonly ok: false; readonly reason: 'foreign' | 'version' | 'corrupt' };

export function encodeResult({ body, ...head }: KeptResult): Buffer {
  const headBytes = Buffer.from(JSON.stringify(head));
  const value = Buffer.allocUnsafe(headAt + headBytes.length + body.length);
  mark.copy(value);
  value.writeUInt8(version, 3);
  value.writeUInt32BE(headBytes.length, 8);
  headBytes.copy(value, headAt);
  body.copy(value, headAt + headBytes.length);
  value.writeUInt32BE(crc32(value.subarray(8)), 4);
  return value;
}

export function decodeResult(value: Buffer): Decoded {
  if (value.length < headAt || !value.subarray(0, 3).equals(mark)) return { ok: false, reason: 'foreign' };
  if (value.readUInt8(3) !== version) return { ok: false, reason: 'version' };
  if (crc32(value.subarray(8)) !== value.readUInt32BE(4)) return { ok: false, reason: 'corrupt' };
  const bodyAt = headAt + value.readUInt32BE(8);
  const head = readHead(value.subarray(headAt, bodyAt));
  return head === undefined ? { ok: false, reason: 'foreign' } : { ok: true, result: { ...head, body: value.subarray(bodyAt) } };
}

/** The checksum says that nothing changed since, not who wrote it: others may write to the same Redis. */
function readHead(bytes: Buffer): Omit<KeptResult, 'body'> | undefined {
  try {
    const { status, headers, storedAtMs, expiresAtMs, billedMbMs } = JSON.parse(bytes.toString('utf8'));
    const numbers = [status, storedAtMs, expiresAtMs, billedMbMs === undefined ? 0 : billedMbMs];
    const known = Object.entries(headers).every(([name, text]) => keptHeaders.includes(name as KeptHeader) && isFieldValue(text));
    if (!numbers.every(Number.isSafeInteger) || status < 200 || status > 599 || !known) return undefined;
    return { status, headers, storedAtMs, expiresAtMs, billedMbMs };
  } catch {
    return undefined;
  }
}

/** RFC 9110 section 5.5: anything else would fail, or split, the answer it is written to. */
function isFieldValue(text: unknown): text is string {
  return typeof text === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
}
