/**
 * Reads JSON (RFC 8259) without building anything: grammar and depth, byte by byte, and it can pause between any two bytes.
 * `JSON.parse` of a hostile 6 MB event holds the event loop for hundreds of milliseconds; this pauses whenever it is told to.
 * UTF-8 is not its business: see `check.ts`.
 */

// What may come next. A pushdown automaton: these states, and one bit on the stack for each open bracket.
const value = 0; // a value
const valueOrEnd = 1; // after `[`
const keyOrEnd = 2; // after `{`
const key = 3; // after `,` in an object
const colon = 4;
const next = 5; // after a value: `,`, a closing bracket, or the end
const string = 6;
const afterBackslash = 7;
const hex1 = 8; // `\u` and four hexadecimal digits
const hex4 = 11;
const minus = 12; // numbers, RFC 8259 section 6
const zero = 13;
const integer = 14;
const point = 15;
const fraction = 16;
const exponent = 17;
const exponentSign = 18;
const exponentDigits = 19;
const literal = 20; // the rest of `true`, `false`, `null`

const expected: readonly string[] = [
  'a value',
  'a value or "]"',
  'a member name or "}"',
  'a member name',
  '":"',
  '",", a closing bracket or the end',
  'a character of a string',
  'one of "\\/bfnrtu after "\\"',
  ...Array<string>(4).fill('a hexadecimal digit'),
  'a digit',
  'the end of the number',
  'the end of the number',
  'a digit',
  'the end of the number',
  'a digit or a sign',
  'a digit',
  'the end of the number',
  'true, false or null',
];

const literals: Readonly<Record<number, string>> = { 116: 'rue', 102: 'alse', 110: 'ull' };

const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;
const isHex = (byte: number) => isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
const isEscape = (byte: number) => '"\\/bfnrt'.includes(String.fromCharCode(byte));

export type ScanFlaw = { readonly kind: 'syntax'; readonly atByte: number; readonly expected: string } | { readonly kind: 'too_deep' };

export class JsonScanner {
  readonly #bytes: Uint8Array;
  /** One entry for each open bracket: 1 an object, 0 an array. */
  readonly #open: Uint8Array;
  #depth = 0;
  #state = value;
  #position = 0;
  #stringIsKey = false;
  #literalRest = '';

  /** `open`: room for a bracket a level; whatever is in it does not matter, and it is not to be shared with a scan that goes on. */
  constructor(bytes: Uint8Array, open: Uint8Array) {
    this.#bytes = bytes;
    this.#open = open;
  }

  get done(): boolean {
    return this.#position === this.#bytes.length;
  }

  /** Reads at most `count` bytes on. Returns the first flaw, and is not to be called again after one. */
  read(count: number): ScanFlaw | undefined {
    const end = Math.min(this.#bytes.length, this.#position + count);
    while (this.#position < end) {
      const flaw = this.#step(this.#bytes[this.#position]!, end);
      if (flaw) return flaw;
    }
    return undefined;
  }

  /** To be asked once all bytes are read: whether a whole value stood there. */
  finish(): ScanFlaw | undefined {
    const numberEnded = this.#state === zero || this.#state === integer || this.#state === fraction || this.#state === exponentDigits;
    return this.#depth === 0 && (this.#state === next || numberEnded) ? undefined : this.#syntax();
  }

  #step(byte: number, end: number): ScanFlaw | undefined {
    switch (this.#state) {
      case string:
        return this.#inString(end);
      case value:
      case valueOrEnd:
        if (byte === 0x5d && this.#state === valueOrEnd) return this.#close(0);
        return isSpace(byte) ? this.#to(this.#state) : this.#startValue(byte);
      case next:
        return isSpace(byte) ? this.#to(next) : this.#afterValue(byte);
      case keyOrEnd:
      case key:
        if (byte === 0x22) return this.#startString(true);
        if (byte === 0x7d && this.#state === keyOrEnd) return this.#close(1);
        return isSpace(byte) ? this.#to(this.#state) : this.#syntax();
      case colon:
        if (byte === 0x3a) return this.#to(value);
        return isSpace(byte) ? this.#to(colon) : this.#syntax();
      case afterBackslash:
        if (byte === 0x75) return this.#to(hex1);
        return isEscape(byte) ? this.#to(string) : this.#syntax();
      case literal:
        return this.#inLiteral(byte);
      default:
        return this.#state <= hex4 ? this.#inHex(byte) : this.#inNumber(byte);
    }
  }

  /** Runs over the plain part of a string in one go: most bytes of an event are here. */
  #inString(end: number): ScanFlaw | undefined {
    const bytes = this.#bytes;
    let position = this.#position;
    let byte = 0;
    while (position < end) {
      byte = bytes[position]!;
      if (byte === 0x22 || byte === 0x5c || byte < 0x20) break;
      position++;
    }
    this.#position = position;
    if (position === end) return undefined;
    if (byte === 0x22) return this.#to(this.#stringIsKey ? colon : next);
    return byte === 0x5c ? this.#to(afterBackslash) : this.#syntax();
  }

  #startValue(byte: number): ScanFlaw | undefined {
    if (byte === 0x22) return this.#startString(false);
    if (byte === 0x7b) return this.#push(1, keyOrEnd);
    if (byte === 0x5b) return this.#push(0, valueOrEnd);
    if (byte === 0x2d) return this.#to(minus);
    if (byte === 0x30) return this.#to(zero);
    if (isDigit(byte)) return this.#to(integer);
    const rest = literals[byte];
    if (rest === undefined) return this.#syntax();
    this.#literalRest = rest;
    return this.#to(literal);
  }

  #startString(isKey: boolean): undefined {
    this.#stringIsKey = isKey;
    return this.#to(string);
  }

  #afterValue(byte: number): ScanFlaw | undefined {
    if (this.#depth === 0) return this.#syntax();
    const inObject = this.#open[this.#depth - 1] === 1;
    if (byte === 0x2c) return this.#to(inObject ? key : value);
    if (byte === 0x7d) return this.#close(1);
    if (byte === 0x5d) return this.#close(0);
    return this.#syntax();
  }

  #inHex(byte: number): ScanFlaw | undefined {
    if (!isHex(byte)) return this.#syntax();
    return this.#to(this.#state === hex4 ? string : this.#state + 1);
  }

  #inLiteral(byte: number): ScanFlaw | undefined {
    if (byte !== this.#literalRest.charCodeAt(0)) return this.#syntax();
    this.#literalRest = this.#literalRest.slice(1);
    return this.#to(this.#literalRest === '' ? next : literal);
  }

  #inNumber(byte: number): ScanFlaw | undefined {
    const state = this.#state;
    if (isDigit(byte)) {
      if (state === zero) return this.#syntax();
      if (state === minus) return this.#to(byte === 0x30 ? zero : integer);
      if (state === point) return this.#to(fraction);
      if (state === exponent || state === exponentSign) return this.#to(exponentDigits);
      return this.#to(state);
    }
    if (state === minus || state === point || state === exponentSign) return this.#syntax();
    if (state === exponent) return byte === 0x2b || byte === 0x2d ? this.#to(exponentSign) : this.#syntax();
    if (byte === 0x2e && (state === zero || state === integer)) return this.#to(point);
    if ((byte === 0x65 || byte === 0x45) && state !== exponentDigits) return this.#to(exponent);
    this.#state = next; // the number ended before this byte, which is read again as what follows a value
    return undefined;
  }

  #push(bracket: 0 | 1, state: number): ScanFlaw | undefined {
    if (this.#depth === this.#open.length) return { kind: 'too_deep' };
    this.#open[this.#depth++] = bracket;
    return this.#to(state);
  }

  #close(bracket: 0 | 1): ScanFlaw | undefined {
    if (this.#open[this.#depth - 1] !== bracket) return this.#syntax();
    this.#depth--;
    return this.#to(next);
  }

  #to(state: number): undefined {
    this.#state = state;
    this.#position++;
    return undefined;
  }

  #syntax(): ScanFlaw {
    return { kind: 'syntax', atByte: this.#position, expected: expected[this.#state]! };
  }
}
