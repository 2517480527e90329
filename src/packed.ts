import { crc32 } from 'node:zlib';

/**
 * A small head and many bytes as one value of a store:
 *
 * | offset | bytes | |
 * | --- | --- | --- |
 * | 0 | 3 | a mark that says what kind of value it is |
 * | 3 | 1 | version of the head |
 * | 4 | 4 | CRC-32 of all that follows |
 * | 8 | 15 | {@link Packed.stamp} in decimal digits, which scripts within the store can read |
 * | 23 | 4 | length of the head |
 * | 27 | | the head, as JSON |
 * | | | the body as it came |
 *
 * Numbers are big-endian.
 */
export interface Packed {
  /** A whole number from 0 to 10^15 - 1, in order of age where that matters. */
  readonly stamp: number;
  /** Anything that JSON carries. */
  readonly head: unknown;
  readonly body: Buffer;
}

/** Three ASCII letters and a number from 0 to 255. */
export interface Kind {
  readonly mark: string;
  readonly version: number;
}

export type Unpacked =
  | ({ readonly ok: true } & Packed)
  /** `foreign`: not of this kind. `version`: by another release. `corrupt`: cut short or changed since. */
  | { readonly ok: false; readonly reason: 'foreign' | 'version' | 'corrupt' };

const versionAt = 3;
const checksumAt = 4;
const stampAt = 8;
const stampDigits = 15;
const lengthAt = stampAt + stampDigits;
const headAt = lengthAt + 4;

export function pack({ mark, version }: Kind, { stamp, head, body }: Packed): Buffer {
  const headBytes = Buffer.from(JSON.stringify(head));
  const value = Buffer.allocUnsafe(headAt + headBytes.length + body.length);
  value.write(mark, 'latin1');
  value.writeUInt8(version, versionAt);
  value.write(String(stamp).padStart(stampDigits, '0'), stampAt, 'latin1');
  value.writeUInt32BE(headBytes.length, lengthAt);
  headBytes.copy(value, headAt);
  body.copy(value, headAt + headBytes.length);
  value.writeUInt32BE(crc32(value.subarray(stampAt)), checksumAt);
  return value;
}

/** The body is a part of `value`, not a copy. */
export function unpack({ mark, version }: Kind, value: Buffer): Unpacked {
  if (value.length < headAt || value.toString('latin1', 0, versionAt) !== mark) return { ok: false, reason: 'foreign' };
  if (value.readUInt8(versionAt) !== version) return { ok: false, reason: 'version' };
  if (crc32(value.subarray(stampAt)) !== value.readUInt32BE(checksumAt)) return { ok: false, reason: 'corrupt' };
  const stamp = value.toString('latin1', stampAt, lengthAt);
  const bodyAt = headAt + value.readUInt32BE(lengthAt);
  const head = parsed(value.toString('utf8', headAt, bodyAt));
  if (head === undefined || !/^\d+$/.test(stamp)) return { ok: false, reason: 'foreign' };
  return { ok: true, stamp: Number(stamp), head, body: value.subarray(bodyAt) };
}

/** The checksum says that nothing changed since, not who wrote it: others may write to the same store. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
