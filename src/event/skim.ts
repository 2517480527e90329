import { state } from './scan-table.ts';

/** So many bytes are skimmed at once. */
export const windowBytes = 64 * 1024;

/** What is skimmed, and a byte that ends whatever stands before it: no loop has to ask for the end. Used up before anybody else runs. */
const window = new Uint8Array(windowBytes + 1);

/** Where a scan is. */
export interface Place {
  position: number;
  depth: number;
  state: number;
}

/**
 * Takes a scan that is between two tokens over all tokens before `end` that are right, {@link windowBytes} at most, and leaves it there as
 * the table of `scan-table.ts` would. The rest is for the table: what is wrong, and a token that does not end in the window.
 * There are two readers because the table knows what was expected and can stop anywhere, and this one is nearly three times as fast.
 * Its loops are written out, with numbers for characters and brackets: cut into more functions it is a third slower.
 */
export function skim(bytes: Uint8Array, end: number, open: Uint8Array, at: Place): void {
  const from = at.position;
  window.set(bytes.subarray(from, end));
  window[end - from] = 0;
  at.position = 0;
  skimTokens(window, open, at);
  at.position += from;
}

/** The bytes as a parameter, here and below: V8 takes a third more time for those of the module. */
function skimTokens(bytes: Uint8Array, open: Uint8Array, at: Place): void {
  const { value, valueOrEnd, keyOrEnd, key, colon, next } = state;
  let { position, depth, state: now } = at;
  let inObject = depth > 0 && open[depth - 1] === 1;
  let end = 0;
  reading: for (;;) {
    if (now !== next) {
      if (now > valueOrEnd) {
        if (now !== colon) {
          if (bytes[position]! <= 0x20) position = spaceEnd(bytes, position);
          if (bytes[position] === 0x22) {
            end = stringEnd(bytes, position + 1);
            if (end < 0) break;
            position = end;
            now = colon;
          } else if (bytes[position] === 0x7d && now === keyOrEnd) {
            now = next;
            continue;
          } else break;
        }
        if (bytes[position]! <= 0x20) position = spaceEnd(bytes, position);
        if (bytes[position] !== 0x3a) break;
        position++;
        now = value;
      }
      if (bytes[position]! <= 0x20) position = spaceEnd(bytes, position);
      const byte = bytes[position]!;
      if (byte === 0x22) {
        end = stringEnd(bytes, position + 1);
        if (end < 0) break;
        position = end;
      } else if (byte <= 0x39) {
        end = numberEnd(bytes, position);
        if (end < 0) break;
        position = end;
      } else if (byte === 0x7b) {
        if (depth === open.length) break;
        open[depth++] = 1;
        inObject = true;
        position++;
        now = keyOrEnd;
        continue;
      } else if (byte === 0x5b) {
        if (depth === open.length) break;
        open[depth++] = 0;
        inObject = false;
        position++;
        now = valueOrEnd;
        continue;
      } else if (byte === 0x74) {
        if (bytes[position + 1] !== 0x72 || bytes[position + 2] !== 0x75 || bytes[position + 3] !== 0x65) break;
        position += 4;
      } else if (byte === 0x66) {
        if (bytes[position + 1] !== 0x61 || bytes[position + 2] !== 0x6c || bytes[position + 3] !== 0x73 || bytes[position + 4] !== 0x65)
          break;
        position += 5;
      } else if (byte === 0x6e) {
        if (bytes[position + 1] !== 0x75 || bytes[position + 2] !== 0x6c || bytes[position + 3] !== 0x6c) break;
        position += 4;
      } else if (byte !== 0x5d || now !== valueOrEnd) break;
      now = next;
    }
    for (;;) {
      if (bytes[position]! <= 0x20) position = spaceEnd(bytes, position);
      if (depth === 0) break reading;
      const byte = bytes[position]!;
      if (byte === 0x2c) {
        position++;
        now = inObject ? key : value;
        break;
      }
      if (byte !== (inObject ? 0x7d : 0x5d)) break reading;
      position++;
      depth--;
      inObject = depth > 0 && open[depth - 1] === 1;
    }
  }
  at.position = position;
  at.depth = depth;
  at.state = now;
}

function spaceEnd(bytes: Uint8Array, start: number): number {
  let position = start;
  let byte = bytes[position]!;
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++position]!;
  return position;
}

const hexDigit = new Uint8Array(256);
for (const char of '0123456789abcdefABCDEF') hexDigit[char.charCodeAt(0)] = 1;
const escaped = new Uint8Array(256);
for (const char of '"\\/bfnrt') escaped[char.charCodeAt(0)] = 1;

/** These two: -1 where the token is wrong, or not all there. `start` is after the quote. */
function stringEnd(bytes: Uint8Array, start: number): number {
  let position = start;
  for (;;) {
    let byte = bytes[position]!;
    while (byte !== 0x22 && byte !== 0x5c && byte >= 0x20) byte = bytes[++position]!;
    if (byte === 0x22) return position + 1;
    if (byte !== 0x5c) return -1;
    byte = bytes[position + 1]!;
    if (escaped[byte]) position += 2;
    else if (byte === 0x75 && isHex(bytes, position + 2)) position += 6;
    else return -1;
  }
}

/** Four digits. Stops at the first that is none: there may be no more bytes. */
function isHex(bytes: Uint8Array, at: number): boolean {
  return !!(hexDigit[bytes[at]!] && hexDigit[bytes[at + 1]!] && hexDigit[bytes[at + 2]!] && hexDigit[bytes[at + 3]!]);
}

function numberEnd(bytes: Uint8Array, start: number): number {
  let position = start;
  let byte = bytes[position]!;
  if (byte === 0x2d) byte = bytes[++position]!;
  if (byte === 0x30) byte = bytes[++position]!;
  else if (byte > 0x30 && byte <= 0x39) {
    do byte = bytes[++position]!;
    while (byte >= 0x30 && byte <= 0x39);
  } else return -1;
  if (byte === 0x2e) {
    byte = bytes[++position]!;
    if (byte < 0x30 || byte > 0x39) return -1;
    do byte = bytes[++position]!;
    while (byte >= 0x30 && byte <= 0x39);
  }
  if ((byte | 0x20) === 0x65) {
    byte = bytes[++position]!;
    if (byte === 0x2b || byte === 0x2d) byte = bytes[++position]!;
    if (byte < 0x30 || byte > 0x39) return -1;
    do byte = bytes[++position]!;
    while (byte >= 0x30 && byte <= 0x39);
  }
  // It may go on after the window; and of a digit after a leading zero the table says more.
  return byte === 0 || (byte >= 0x30 && byte <= 0x39) ? -1 : position;
}
