import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { flawOfEvent, maxEventDepth } from '../../src/event/check.ts';

const flaw = async (text: string) => (await flawOfEvent(Buffer.from(text)))?.detail;
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function parses(bytes: Buffer): boolean {
  try {
    JSON.parse(strictUtf8.decode(bytes));
    return true;
  } catch {
    return false;
  }
}

describe('an event', () => {
  test.each([
    ['{}', undefined],
    [' [1, -0.5e+3, "a\\u00e9\\n", true, false, null, {"a": {}}] \n', undefined],
    ['"text"', undefined],
    ['0', undefined],
    ['', 'the event is not JSON: expected a value at byte 0'],
    ['{"a":1', 'the event is not JSON: expected the end of the number at byte 6'],
    ['{"a":1,}', 'the event is not JSON: expected a member name at byte 7'],
    ['[1,]', 'the event is not JSON: expected a value at byte 3'],
    ['[1}', 'the event is not JSON: expected ",", a closing bracket or the end at byte 2'],
    ['{} {}', 'the event is not JSON: expected ",", a closing bracket or the end at byte 3'],
    ["{'a':1}", 'the event is not JSON: expected a member name or "}" at byte 1'],
    ['"a\nb"', 'the event is not JSON: expected a character of a string at byte 2'],
    ['"\\x"', 'the event is not JSON: expected one of "\\/bfnrtu after "\\" at byte 2'],
    ['nul', 'the event is not JSON: expected true, false or null at byte 3'],
    ['\u{feff}{}', 'the event is not JSON: expected a value at byte 0'],
    ['message=Hello', 'the event is not JSON: expected a value at byte 0'],
  ])('%j is judged, and the place is named', async (text, expected) => {
    expect(await flaw(text)).toBe(expected);
  });

  test('that is not UTF-8 is refused', async () => {
    expect(await flawOfEvent(Buffer.from([0x22, 0xff, 0x22]))).toEqual({ kind: 'not_json', detail: 'the event is not valid UTF-8' });
  });

  test('may be exactly as deep as allowed, and no deeper', async () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(await flaw(nested(maxEventDepth))).toBeUndefined();
    expect(await flaw(nested(maxEventDepth + 1))).toBe('the event is nested deeper than 512 levels');
    expect(await flaw(nested(20_000))).toBe('the event is nested deeper than 512 levels');
  });

  test('is accepted exactly when JSON.parse accepts its strict UTF-8', async () => {
    const json = fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text));
    const mutated = fc
      .tuple(json, fc.nat(), fc.constantFrom(...' \n{}[]",:0123-+.eE\\utfalsn\0é'.split('')))
      .map(([bytes, at, character]) => {
        const place = at % (bytes.length + 1);
        return Buffer.concat([bytes.subarray(0, place), Buffer.from(character), bytes.subarray(place + (at % 2))]);
      });
    const noise = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
    await fc.assert(
      fc.asyncProperty(fc.oneof(json, mutated, noise), async (bytes) => {
        expect((await flawOfEvent(bytes)) === undefined).toBe(parses(bytes));
      }),
      { numRuns: 3_000 },
    );
  });
});

/** How many turns of the event loop others have while `work` is done. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let done = false;
  const count = () => {
    turns++;
    if (!done) setImmediate(count);
  };
  setImmediate(count);
  await work;
  done = true;
  return turns;
}

describe('a large event', () => {
  const text = JSON.stringify({
    rows: Array.from({ length: 40_000 }, (_, i) => ({ id: i, name: 'row "\\" é', value: -1.5e-7 * i, ok: i % 2 === 0 })),
  });

  test('is judged like a small one', async () => {
    expect(await flaw(text)).toBeUndefined();
    expect(await flaw(`${text.slice(0, -1)}`)).toContain('the event is not JSON');
    expect(await flaw(`${text}x`)).toContain(`at byte ${Buffer.byteLength(text)}`);
  });

  test('lets others run while it is judged', async () => {
    expect(await turnsDuring(flaw(text))).toBeGreaterThan(text.length / (64 * 1024) - 2);
  });

  test('shares its turns with other large ones: many at once do not add up to one long turn', async () => {
    expect(await turnsDuring(Promise.all([flaw(text), flaw(text), flaw(text)]))).toBeGreaterThan((3 * text.length) / (64 * 1024) - 2);
  });
});
