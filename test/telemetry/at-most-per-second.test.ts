import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AtMostPerSecond } from '../../src/telemetry/at-most-per-second.ts';

test('of each kind no more come than the limit for each second that begins with one, and none is lost count of', () => {
  const step = fc.record({ kind: fc.constantFrom('a', 'b'), afterMs: fc.integer({ min: 0, max: 700 }) });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 200 }), (limit, steps) => {
      let nowMs = 0;
      const occasional = new AtMostPerSecond(limit, { nowMs: () => nowMs });
      const said: { kind: string; atMs: number; unsaid: number }[] = [];
      const asked = { a: 0, b: 0 };
      const say = (kind: 'a' | 'b') => {
        asked[kind]++;
        occasional.say(kind, (unsaid) => said.push({ kind, atMs: nowMs, unsaid }));
      };
      for (const { kind, afterMs } of steps) {
        nowMs += afterMs;
        say(kind);
      }
      nowMs += 1_000;
      for (const kind of ['a', 'b'] as const) {
        say(kind);
        const lines = said.filter((line) => line.kind === kind);
        expect(lines.reduce((sum, { unsaid }) => sum + 1 + unsaid, 0)).toBe(asked[kind]);
        // The seconds of a kind begin with a line of it: two of them meet in some other second, never three.
        for (const { atMs } of lines) {
          const inSecond = lines.filter((other) => other.atMs >= atMs && other.atMs < atMs + 1_000);
          expect(inSecond.length).toBeLessThanOrEqual(2 * limit);
        }
      }
    }),
  );
});
