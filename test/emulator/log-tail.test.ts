import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogTail, tailOf } from '../../src/emulator/log-tail.ts';

/** Texts of one to four bytes a character, long ones too. */
const line = fc.tuple(fc.string({ unit: 'binary', maxLength: 20 }), fc.nat(200)).map(([text, times]) => text.repeat(times));

describe('the tail of a log', () => {
  test('is the last 2000 bytes, whatever the characters', () => {
    fc.assert(
      fc.property(line, (log) => {
        const bytes = Buffer.from(log);
        expect(tailOf(log).equals(bytes.subarray(Math.max(0, bytes.length - 2000)))).toBe(true);
      }),
    );
  });

  test('is the same although earlier text is dropped on the way', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 20, maxLength: 30 }), (lines) => {
        const log = new LogTail();
        for (const text of lines) log.append(text);
        expect(tailOf(log.take()).equals(tailOf(lines.join('')))).toBe(true);
      }),
    );
  });

  test('is empty once taken', () => {
    const log = new LogTail();
    log.append('one');
    expect([log.take(), log.take()]).toEqual(['one', '']);
  });
});
