import { expect, test } from 'vitest';
import { type Advice, adviceOn, unseenAdvice } from '../../src/advice/advice.ts';
import { adviceTable } from '../../src/cli/advice-table.ts';
import { observedOf } from '../advice/observed.ts';

const pricing = { currency: 'USD', perMillionRequests: 0.2, perGbSecond: 0.5 };
const table = (...functions: Advice[]) => adviceTable({ since: '2026-11-03T09:30:12.345Z', executions: 20_000, functions });

test('people read a line of numbers, what to do, and what speaks against it', () => {
  const printed = table(
    adviceOn('hello', observedOf({ sizeMb: 256, usedP99Mb: 100.2 }), undefined, pricing),
    adviceOn('image', observedOf({ usedPeakMb: 300 }), undefined, undefined),
    unseenAdvice('idle'),
  );
  expect(printed).toBe(`\
Watched since 2026-11-03 09:30 UTC; 20,000 executions count, the last 7 days at most. Memory in MB.

FUNCTION                      ADVICE   SIZE     TO    P50    P99   PEAK        SAVES A MONTH  RISK
hello                         shrink    256    128     80    101    110           384.00 USD  low
  Shrink from 256 to 128 MB: 99 % of the executions use up to 101 MB, none more than 110 MB, which
  saves 768 GB-seconds (384.00 USD) a month at the pace of the last 5 days.
  - CPU comes with memory: executions may take longer, and when they take twice as long nothing is
  saved
image                         keep      512            80    100    300
  Keep 512 MB: 99 % of the executions use up to 100 MB, none more than 300 MB, and no smaller size
  holds that and a margin of 20 %.
idle                          wait
  Wait: no execution was seen, and it takes 300 to say what fits.
`);
});

test('without prices savings are GB-seconds', () => {
  expect(table(adviceOn('hello', observedOf(), undefined, undefined))).toMatch(
    /^hello +shrink +512 +128 +80 +100 +110 +2,304 GB-s {2}medium$/m,
  );
});

test('no line is longer than 100 columns, whatever the name and the numbers', () => {
  const name = `${'n'.repeat(62)}9`;
  const huge = observedOf({ sizeMb: 10_240, usedP99Mb: 8_000, usedPeakMb: 8_100, executions: 400, billedMs: 1e9, overMs: 60_000 });
  const other = { sizeMb: 4096, executions: 1_000_000, outOfMemory: 0 };
  const printed = table(
    adviceOn(name, observedOf(), undefined, pricing),
    adviceOn('huge', { ...huge, usedP99Mb: 6_000 }, other, undefined),
  );
  expect(printed).toContain(`\n${name}\n`);
  for (const line of printed.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
});
