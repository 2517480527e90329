/**
 * The grammar of JSON (RFC 8259) as a table: the state after each byte in each state. Brackets and commas need to know what is open, and are
 * left to `scan.ts` as actions.
 */

const names = [
  'value', // a value
  'valueOrEnd', // after `[`
  'keyOrEnd', // after `{`
  'key', // after `,` in an object
  'colon',
  'next', // after a value: `,`, a closing bracket, or the end
  'string',
  'escape', // after `\` in a string
  'hex1', // `\u` and four hexadecimal digits
  'hex2',
  'hex3',
  'hex4',
  'name', // a string that is the name of a member
  'nameEscape',
  'nameHex1',
  'nameHex2',
  'nameHex3',
  'nameHex4',
  'minus', // numbers, RFC 8259 section 6
  'zero',
  'integer',
  'point',
  'fraction',
  'exponent',
  'exponentSign',
  'exponentDigits',
  'rue', // what is left of `true`, `false`, `null`
  'ue',
  'alse',
  'lse',
  'se',
  'e',
  'ull',
  'll',
  'l',
] as const;

type Name = (typeof names)[number];

/** Up to `next` a state is one between two tokens. */
export const state = Object.fromEntries(names.map((name, index) => [name, index])) as Readonly<Record<Name, number>>;

/** What stands in the place of a state where there is none, or more is to be done. */
export const action = { flaw: 250, openObject: 251, openArray: 252, closeObject: 253, closeArray: 254, comma: 255 } as const;

/** What is open, innermost last: an entry of one of these for each bracket. */
export const object = 1;
export const array = 0;

/** The least of the actions. */
export const firstAction = action.flaw;

const byState: Partial<Record<Name, string>> = {
  value: 'a value',
  valueOrEnd: 'a value or "]"',
  keyOrEnd: 'a member name or "}"',
  key: 'a member name',
  colon: '":"',
  next: '",", a closing bracket or the end',
  string: 'a character of a string',
  escape: 'one of "\\/bfnrtu after "\\"',
  name: 'a character of a string',
  nameEscape: 'one of "\\/bfnrtu after "\\"',
  minus: 'a digit',
  zero: 'the end of the number',
  integer: 'the end of the number',
  point: 'a digit',
  fraction: 'the end of the number',
  exponent: 'a digit or a sign',
  exponentSign: 'a digit',
  exponentDigits: 'the end of the number',
};

/** What may come in each state, for people. */
export const expected: readonly string[] = names.map(
  (name) => byState[name] ?? (/hex\d$/i.test(name) ? 'a hexadecimal digit' : 'true, false or null'),
);

/** Where a number may end. */
export const numberEnds: readonly number[] = [state.zero, state.integer, state.fraction, state.exponentDigits];

const space = ' \n\r\t';
const digits = '0123456789';
const hexDigits = `${digits}abcdefABCDEF`;

/** The state after byte `b` in state `s` stands at `s << 8 | b`. */
export const table: Uint8Array = new Uint8Array(names.length << 8).fill(action.flaw);

function on(from: Name, bytes: string, to: Name | number): void {
  for (const char of bytes) table[(state[from] << 8) | char.charCodeAt(0)] = typeof to === 'number' ? to : state[to];
}

for (const from of ['value', 'valueOrEnd'] as const) {
  on(from, space, from);
  on(from, '"', 'string');
  on(from, '{', action.openObject);
  on(from, '[', action.openArray);
  on(from, '-', 'minus');
  on(from, '0', 'zero');
  on(from, digits.slice(1), 'integer');
  on(from, 't', 'rue');
  on(from, 'f', 'alse');
  on(from, 'n', 'ull');
}
on('valueOrEnd', ']', action.closeArray);
for (const from of ['keyOrEnd', 'key'] as const) {
  on(from, space, from);
  on(from, '"', 'name');
}
on('keyOrEnd', '}', action.closeObject);
on('colon', space, 'colon');
on('colon', ':', 'value');

const strings = [
  ['string', 'escape', ['hex1', 'hex2', 'hex3', 'hex4'], 'next'],
  ['name', 'nameEscape', ['nameHex1', 'nameHex2', 'nameHex3', 'nameHex4'], 'colon'],
] as const;
for (const [inside, escaped, hex, after] of strings) {
  table.fill(state[inside], (state[inside] << 8) | 0x20, (state[inside] + 1) << 8);
  on(inside, '\\', escaped);
  on(inside, '"', after);
  on(escaped, '"\\/bfnrt', inside);
  on(escaped, 'u', hex[0]);
  for (const [at, from] of hex.entries()) on(from, hexDigits, hex[at + 1] ?? inside);
}

on('minus', '0', 'zero');
on('minus', digits.slice(1), 'integer');
on('integer', digits, 'integer');
on('point', digits, 'fraction');
on('fraction', digits, 'fraction');
on('exponent', '+-', 'exponentSign');
for (const from of ['exponent', 'exponentSign', 'exponentDigits'] as const) on(from, digits, 'exponentDigits');
for (const from of ['zero', 'integer'] as const) on(from, '.', 'point');
for (const from of ['zero', 'integer', 'fraction'] as const) on(from, 'eE', 'exponent');
for (const from of ['next', 'zero', 'integer', 'fraction', 'exponentDigits'] as const) {
  on(from, space, 'next');
  on(from, ',', action.comma);
  on(from, '}', action.closeObject);
  on(from, ']', action.closeArray);
}

on('rue', 'r', 'ue');
on('ue', 'u', 'e');
on('alse', 'a', 'lse');
on('lse', 'l', 'se');
on('se', 's', 'e');
on('e', 'e', 'next');
on('ull', 'u', 'll');
on('ll', 'l', 'l');
on('l', 'l', 'next');
