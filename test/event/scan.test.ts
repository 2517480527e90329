import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonScanner, type ScanFlaw } from '../../src/event/scan.ts';

const depth = 24;

/** What the scanner says when it is given so many bytes at a time. Few at a time are never skimmed, only read by the table. */
function judged(bytes: Uint8Array, count: number): ScanFlaw | undefined {
  const scanner = new JsonScanner(bytes, new Uint8Array(depth));
  while (!scanner.done) {
    const flaw = scanner.read(count);
    if (flaw) return flaw;
  }
  return scanner.finish();
}

const byTable = 64;

const token = fc.constantFrom(
  ...['{', '}', '[', ']', ',', ':', '{}', '[]', '{"a":', '[1,', '":"', ' ', '\n\t\r ', '\0', '"', '""', '"a\u0001"', '"\x7f"', '"é€😀"'],
  ...['"\\\\"', '"\\n\\t\\b\\f\\r\\/\\""', '"\\u12aF"', '"\\u12g4"', '"\\x"', '"\\', '"\\u', '"a', '"\\u00'],
  ...['0', '-0', '01', '-', '12', '1.5', '1.', '.5', '1e5', '1E+05', '1e-', '-0.0e-0', '1.5e', '+1', '1x', '1\0'],
  ...['true', 'false', 'null', 'tru', 'falsy', 'nul', 'True', 'nullx'],
);
const json = fc.json({ maxDepth: 5 });
const list = fc.array(fc.oneof(json, json, json, token), { minLength: 1, maxLength: 20 }).map((items) => `[${items.join(' ,')}]`);
const members = fc
  .array(fc.tuple(fc.string(), fc.oneof(json, json, token)), { maxLength: 20 })
  .map((all) => `{${all.map(([name, text]) => `${JSON.stringify(name)} : ${text}`).join(',')}}`);
const tokens = fc.array(token, { maxLength: 40 }).map((all) => all.join(''));
const nested = fc
  .tuple(fc.integer({ min: depth - 2, max: depth + 2 }), fc.boolean())
  .map(([levels, objects]) => (objects ? `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}` : '['.repeat(levels) + ']'.repeat(levels)));

/** Long enough to be skimmed, with what is tested at any place in it. */
const texts = fc
  .tuple(fc.oneof(json, list, members, tokens, nested), fc.integer({ min: 0, max: 400 }), fc.boolean())
  .map(([text, before, inArray]) =>
    Buffer.from(inArray ? `[${' '.repeat(before)}1,${text},${' '.repeat(300)}2]` : ' '.repeat(before) + text + ' '.repeat(300)),
  );
const broken = fc
  .tuple(texts, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 }), fc.constantFrom(0, 1, 2)), { maxLength: 3 }))
  .map(([bytes, edits]) =>
    edits.reduce((text, [place, byte, kind]) => {
      const at = place % (text.length + 1);
      return Buffer.concat([text.subarray(0, at), kind === 2 ? Buffer.alloc(0) : Buffer.of(byte), text.subarray(kind === 0 ? at : at + 1)]);
    }, bytes),
  );

describe('a text that is skimmed', () => {
  test('is judged as the table judges it, flaw and place, in slices of any size', () => {
    fc.assert(
      fc.property(broken, fc.integer({ min: 257, max: 1_000 }), (bytes, count) => {
        const expected = judged(bytes, byTable);
        expect(judged(bytes, count)).toEqual(expected);
        expect(judged(bytes, bytes.length)).toEqual(expected);
      }),
      { numRuns: 5_000 },
    );
  });

  test('is judged as the table judges it when it has more than one window', () => {
    const item = '{"id":-12.5e+3,"name":"a\\u00e9\\n","on":[true,false,null,{}]},';
    for (let shift = 0; shift < item.length; shift++) {
      const text = Buffer.from(`${' '.repeat(shift)}[${item.repeat(1_100)}0]`);
      expect(judged(text, text.length)).toBeUndefined();
      const flawed = Buffer.concat([text.subarray(0, -3), Buffer.from('x'), text.subarray(-3)]);
      expect(judged(flawed, flawed.length)).toEqual(judged(flawed, byTable));
    }
  });
});
