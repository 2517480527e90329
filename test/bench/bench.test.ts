import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/call.ts';
import { openCallPath } from './call-path.ts';
import { measure } from './measure.ts';
import { scrapeLine, table } from './report.ts';
import { measureScrape } from './scrape.ts';
import { median } from './statistics.ts';

const { signal } = new AbortController();
const gist = (outcome: Outcome) => (outcome.kind === 'refused' ? outcome.problem.code : outcome.kind);

describe('the benchmark', () => {
  test('every step of the path does what its name says, and goes on doing it', async () => {
    const { steps, close } = await openCallPath();
    for (const { name, invoke, call, gives } of steps) {
      for (let repeat = 0; repeat < 100; repeat++) expect(gist(await invoke(call(), signal)), name).toBe(gives);
    }
    close();
  });

  test('measures every step, in their order', async () => {
    const { steps, close } = await openCallPath();
    const mediansNs = await measure(steps.slice(0, 2), { rounds: 1, batchMs: 1 });
    close();
    expect(mediansNs).toEqual([expect.any(Number), expect.any(Number)]);
    expect(Math.min(...mediansNs)).toBeGreaterThan(0);
  });

  test('one slow batch does not move the median', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([1, 2, 3, 1_000_000])).toBe(2.5);
  });

  test('says what each step costs more than the first', () => {
    const rows = [
      { name: 'bare', medianNs: 80.4, moreNs: 0 },
      { name: 'with all', medianNs: 1880.4, moreNs: 1800 },
    ];
    expect(table('path', rows)).toBe(
      [
        'path       ns a call        more', //
        'bare              80            ',
        'with all       1,880      +1,800',
      ].join('\n'),
    );
  });

  test('scrapes every function, and says how long that takes', async () => {
    const scrape = await measureScrape(3, 1);
    expect(scrape.lines).toBeGreaterThan(3 * 100);
    expect(scrapeLine({ lines: 1_234, wholeMs: 56.7, heldMs: 1.23 })).toBe(
      'a scrape of /metrics with 1,000 functions: 57 ms for 1,234 lines, calls wait for at most 1.2 ms of it',
    );
  });
});
