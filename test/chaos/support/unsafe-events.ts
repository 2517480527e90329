import fc from 'fast-check';
import { unsafeIntegers } from './rfc8785.ts';

/** Those that everybody thinks of. */
const known: readonly string[] = [
  '{"a":1,"a":2}',
  '{"a":1,"a":1}',
  String.raw`{"a":1,"\u0061":2}`,
  '[{"x":[{"a":{},"b":1,"a":{}}]}]',
  '{"__proto__":1,"__proto__":2}',
  ...unsafeIntegers,
  '{"n":-9007199254740993}',
  '9007199254740993.0',
  '9.007199254740993e15',
  '0.1000000000000000055511151231257827',
  '1e400',
  '[-1e309]',
  '1e-400',
  '3e-324',
  `1.${'0'.repeat(100)}`,
  String.raw`"\ud83d"`,
  String.raw`{"a":"\ude00\ud83d"}`,
  String.raw`{"\udead":1}`,
];

const value = fc.jsonValue({ maxDepth: 2 }).map((v) => JSON.stringify(v));
const text = fc.string({ minLength: 1, maxLength: 5 });

const duplicate = fc.tuple(text, value, value).map(([name, one, other]) => `{${JSON.stringify(name)}:${one},${escaped(name)}:${other}}`);
const integer = fc.bigInt({ min: 2n ** 53n, max: 2n ** 70n }).chain((n) => fc.constantFrom(`${n}`, `-${n}`));
const fraction = fc.bigInt({ min: 10n ** 18n, max: 10n ** 24n }).map((digits) => `0.${digits}1`);
const surrogate = fc
  .tuple(text, fc.integer({ min: 0xd800, max: 0xdfff }))
  .map(([before, unit]) => escaped(`${before}${String.fromCharCode(unit)}`));

/** What is unsafe somewhere within, wherever that is. */
const event = fc
  .tuple(fc.oneof(duplicate, integer, fraction, surrogate), value, text)
  .chain(([unsafe, other, name]) =>
    fc.constantFrom(unsafe, `[${other},${unsafe}]`, `[[${unsafe}],${other}]`, `{${JSON.stringify(name)}:${unsafe}}`),
  );

/**
 * JSON that two readers may take for two different things (RFC 7493): a member twice, numbers past a double, lone surrogates. The same
 * on each run, and some more than `count`.
 */
export function unsafeEvents(count: number): readonly string[] {
  return [...known, ...fc.sample(event, { numRuns: count, seed: 8785 })];
}

/** Every UTF-16 code unit as an escape. */
function escaped(plain: string): string {
  const units = plain.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${units.join('')}"`;
}
