/** More of it unreadable than this share, and it was no UTF-8 text in Base64: a plain word looks like Base64 too. */
const mostUnreadable = 0.2;
/** Of fewer digits another reading is found by chance. */
const enoughDigits = 32;
const base64Form = /^[A-Za-z0-9+/_-]+={0,2}$/;

/**
 * The function's log as people read it, from `X-Cff-Function-Log`: Base64 of the last bytes of a text in UTF-8. Whoever cut it looked neither
 * for characters nor for groups of four: what is left of a character at its start or end goes, Base64 may begin and end anywhere. What is
 * no Base64 is given as it is. Uses nothing that a browser lacks.
 */
export function decodeLogTail(header: string): string {
  const text = header.trim();
  if (!base64Form.test(text)) return text;
  const digits = text.replace(/=+$/, '').replaceAll('-', '+').replaceAll('_', '/');
  // Padding says where the groups of four end; without it they may begin at any of the first four digits.
  const starts = text.endsWith('=') ? [text.length % 4] : digits.length < enoughDigits ? [0] : [0, 1, 2, 3];
  const readings = starts.map((start) => wholeCharacters(bytesOf(digits.slice(start))));
  const best = readings.find(isUtf8) ?? readings[0]!;
  const decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(best);
  return isUtf8(best) || isReadable(decoded) ? decoded : text;
}

/** A single digit at the end holds no byte. */
function bytesOf(digits: string): Uint8Array {
  const whole = digits.length % 4 === 1 ? digits.slice(0, -1) : digits;
  return Uint8Array.from(atob(whole), (byte) => byte.charCodeAt(0));
}

/** Without the rest of a character at the start, and the beginning of one at the end (RFC 3629 section 3). */
function wholeCharacters(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < 3 && isContinuation(bytes[start])) start++;
  let lead = bytes.length - 1;
  while (lead > start && lead > bytes.length - 4 && isContinuation(bytes[lead])) lead--;
  const cut = lead >= start && lead + lengthFrom(bytes[lead]!) > bytes.length;
  return bytes.subarray(start, cut ? lead : bytes.length);
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function lengthFrom(lead: number): number {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function isReadable(decoded: string): boolean {
  const unreadable = decoded.match(/\uFFFD/g)?.length ?? 0;
  return unreadable <= decoded.length * mostUnreadable;
}
