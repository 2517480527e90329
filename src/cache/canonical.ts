import { isUtf8 } from 'node:buffer';

/** Results of larger events are not kept: their canonical form would hold the event loop for too long. */
const maxEventBytes = 32 * 1024;
const maxDepth = 512;

/** RFC 8259 section 7, code unit by code unit; the class in brackets is everything but controls, `"` and `\`. */
const stringToken = /"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})[ !#-[\]-\uffff]*)*"/y;
/** RFC 8259 section 6. */
const numberToken = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const spaceToken = /[ \t\n\r]*/y;

/**
 * The canonical form of RFC 8785: equal values have equal forms, however they were written.
 *
 * Undefined where two events that a function can tell apart would share a form, or another reader may see something else
 * (RFC 7493): a member named twice, a lone surrogate, a number that a double does not carry. Undefined also for what is
 * no JSON, deeper than 512 levels or over 32 KB.
 */
export function canonicalForm(event: Buffer): string | undefined {
  if (event.length > maxEventBytes || !isUtf8(event)) return undefined;
  return new Reader(event.toString('utf8')).document();
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): string | undefined {
    const form = this.#value(0);
    this.#token(spaceToken);
    return this.#at === this.#text.length ? form : undefined;
  }

  #value(depth: number): string | undefined {
    this.#token(spaceToken);
    switch (this.#text[this.#at]) {
      case '{':
        return depth < maxDepth ? this.#object(depth + 1) : undefined;
      case '[':
        return depth < maxDepth ? this.#array(depth + 1) : undefined;
      case '"':
        return quoted(this.#string());
      case 't':
        return this.#word('true');
      case 'f':
        return this.#word('false');
      case 'n':
        return this.#word('null');
      default:
        return canonicalNumber(this.#token(numberToken));
    }
  }

  #object(depth: number): string | undefined {
    const members: { name: string; value: string }[] = [];
    this.#at++;
    if (this.#take('}')) return '{}';
    do {
      this.#token(spaceToken);
      const name = this.#string();
      if (name === undefined || !this.#take(':')) return undefined;
      const value = this.#value(depth);
      if (value === undefined) return undefined;
      members.push({ name, value });
    } while (this.#take(','));
    if (!this.#take('}')) return undefined;
    // RFC 8785 section 3.2.3: by UTF-16 code units, which is how JavaScript compares strings.
    members.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    if (members.some(({ name }, index) => name === members[index - 1]?.name)) return undefined;
    // Put together as a rope, which copies nothing until the end: a join at each of 512 levels would copy the whole form 512 times.
    let form = '';
    for (const { name, value } of members) form += `${form && ','}${JSON.stringify(name)}:${value}`;
    return `{${form}}`;
  }

  #array(depth: number): string | undefined {
    let form = '';
    this.#at++;
    if (this.#take(']')) return '[]';
    do {
      const item = this.#value(depth);
      if (item === undefined) return undefined;
      form += form === '' ? item : `,${item}`;
    } while (this.#take(','));
    return this.#take(']') ? `[${form}]` : undefined;
  }

  /** A string's value, undefined when it is none or holds a lone surrogate. */
  #string(): string | undefined {
    const token = this.#token(stringToken);
    if (token === undefined) return undefined;
    const value: string = JSON.parse(token);
    return value.isWellFormed() ? value : undefined;
  }

  #word(word: 'true' | 'false' | 'null'): string | undefined {
    if (!this.#text.startsWith(word, this.#at)) return undefined;
    this.#at += word.length;
    return word;
  }

  #take(sign: string): boolean {
    this.#token(spaceToken);
    if (this.#text[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }

  #token(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const token = pattern.exec(this.#text)?.[0];
    if (token !== undefined) this.#at += token.length;
    return token;
  }
}

/** RFC 8785 section 3.2.2.2 asks for what `JSON.stringify` writes. */
function quoted(value: string | undefined): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}

/** RFC 8785 section 3.2.2.3: as ECMAScript writes a number. Undefined when the double is not the number that was written. */
function canonicalNumber(literal: string | undefined): string | undefined {
  // No printer of numbers writes more; what follows is not made for long digit strings.
  if (literal === undefined || literal.length > 64) return undefined;
  const value = Number(literal);
  if (/^-?\d+$/.test(literal)) return Number.isSafeInteger(value) ? String(value) : undefined;
  if (!Number.isFinite(value)) return undefined;
  const form = String(value);
  const digits = significant(literal);
  // Many printers write a fraction with 16 or 17 digits where fewer name the same double: RFC 8785's own example does.
  const overlong = (digits.length === 16 || digits.length === 17) && !Number.isInteger(value);
  return digits === significant(form) || overlong ? form : undefined;
}

/** The digits that count: no sign, point, exponent, leading or trailing zeros. */
function significant(literal: string): string {
  return literal
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+|0+$/g, '');
}
