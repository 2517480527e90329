import { describe, expect, test } from 'vitest';
import { canonicalForm } from '../../src/cache/canonical.ts';

const canonical = (json: string) => canonicalForm(Buffer.from(json));

describe('RFC 8785', () => {
  test('section 3.2.2: literals, numbers and strings are written in one way', () => {
    const input = String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`;
    expect(canonical(input)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  test('section 3.2.3: members are sorted by UTF-16 code units', () => {
    const input = String.raw`{
      "\u20ac": "Euro Sign",
      "\r": "Carriage Return",
      "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face",
      "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis"
    }`;
    expect(canonical(input)).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis",' +
        '"€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    );
  });

  test.each([
    ['arrays', '[\n  56,\n  {\n    "d": true,\n    "10": null,\n    "1": [ ]\n  }\n]', '[56,{"1":[],"10":null,"d":true}]'],
    [
      'french',
      '{\n  "peach": "This sorting order",\n  "péché": "is wrong according to French",\n  "pêche": "but canonicalization MUST",\n  "sin":   "ignore locale"\n}',
      '{"peach":"This sorting order","péché":"is wrong according to French","pêche":"but canonicalization MUST","sin":"ignore locale"}',
    ],
    [
      'structures',
      '{\n  "1": {"f": {"f": "hi","F": 5} ,"\\n": 56.0},\n  "10": { },\n  "": "empty",\n  "a": { },\n  "111": [ {"e": "yes","E": "no" } ],\n  "A": { }\n}',
      '{"":"empty","1":{"\\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}',
    ],
    ['unicode', '{\n  "Unnormalized Unicode":"A\u030a"\n}', '{"Unnormalized Unicode":"A\u030a"}'],
    [
      'weird',
      '{\n  "\\u20ac": "Euro Sign",\n  "\\r": "Carriage Return",\n  "\\u000a": "Newline",\n  "1": "One",\n  "\\u0080": "Control\\u007f",\n  "\\ud83d\\ude02": "Smiley",\n  "\\u00f6": "Latin Small Letter O With Diaeresis",\n  "\\ufb33": "Hebrew Letter Dalet With Dagesh",\n  "</script>": "Browser Challenge"\n}',
      '{"\\n":"Newline","\\r":"Carriage Return","1":"One","</script>":"Browser Challenge","\u0080":"Control\u007f","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😂":"Smiley","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    ],
  ])('the published pair "%s"', (_name, input, output) => {
    expect(canonical(input)).toBe(output);
  });

  test.each([
    ['-0', '0'],
    ['-0.0', '0'],
    ['0e9', '0'],
    ['5e-324', '5e-324'],
    ['-5e-324', '-5e-324'],
    ['1.7976931348623157e308', '1.7976931348623157e+308'],
    ['9007199254740991', '9007199254740991'],
    ['-9007199254740991', '-9007199254740991'],
    ['295147905179352830000.0', '295147905179352830000'],
    ['999999999999999900000.0', '999999999999999900000'],
    ['1e21', '1e+21'],
    ['9.999999999999997e22', '9.999999999999997e+22'],
    ['0.000001', '0.000001'],
    ['0.0000001', '1e-7'],
    ['333333333.33333325', '333333333.33333325'],
    ['0.10000000000000001', '0.1'],
  ])('number %s is written %s', (input, output) => {
    expect(canonical(input)).toBe(output);
  });
});

describe('no form is given to', () => {
  test.each([
    ['a member named twice', '{"a":1,"a":2}'],
    ['a member named twice with the same value', '{"a":1,"a":1}'],
    ['a member named twice in two spellings', String.raw`{"a":1,"\u0061":2}`],
    ['a member named twice deep within', '[{"x":[{"a":{},"b":1,"a":{}}]}]'],
    ['an integer past 2^53 - 1', '9007199254740992'],
    ['a negative integer past 2^53 - 1', '{"n":-9007199254740993}'],
    ['an integer past 2^53 - 1 written as a fraction', '9007199254740993.0'],
    ['an integer past 2^53 - 1 written with an exponent', '9.007199254740993e15'],
    ['a fraction of more digits than a double carries', '0.1000000000000000055511151231257827'],
    ['a number too large for a double', '1e400'],
    ['a negative number too large for a double', '[-1e309]'],
    ['a number too small for a double', '1e-400'],
    ['a number that a double carries in part', '3e-324'],
    ['a number of very many digits', `1.${'0'.repeat(100)}`],
    ['a lone high surrogate', String.raw`"\ud83d"`],
    ['a lone low surrogate', String.raw`{"a":"\ude00\ud83d"}`],
    ['a lone surrogate in a name', String.raw`{"\udead":1}`],
    ['what is no JSON', '{"a":1,}'],
    ['a raw control character in a string', '"a\u0001"'],
    ['an escape that JSON does not know', String.raw`"\x41"`],
    ['text after the value', '1 2'],
    ['a byte order mark', '\ufeff{}'],
    ['nothing', ''],
  ])('%s', (_name, json) => {
    expect(canonical(json)).toBeUndefined();
  });

  test('bytes that are no UTF-8', () => {
    expect(canonicalForm(Buffer.from([0x22, 0xff, 0x22]))).toBeUndefined();
  });

  test('an event over 32 KB', () => {
    const string = (bytes: number) => JSON.stringify('a'.repeat(bytes - 2));
    expect(canonical(string(32_768))).toBe(string(32_768));
    expect(canonical(string(32_769))).toBeUndefined();
  });
});

test('512 levels have a form, more have none, and neither throws', () => {
  const arrays = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  const objects = (depth: number) => `${'{"a":'.repeat(depth)}0${'}'.repeat(depth)}`;
  expect(canonical(arrays(512))).toBe(arrays(512));
  expect(canonical(objects(512))).toBe(objects(512));
  expect(canonical(arrays(513))).toBeUndefined();
  expect(canonical('['.repeat(65_000))).toBeUndefined();
});

test('a member named __proto__ is a member like others', () => {
  expect(canonical('{"a":1,"__proto__":{"b":2}}')).toBe('{"__proto__":{"b":2},"a":1}');
});
