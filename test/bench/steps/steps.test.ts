import { describe, expect, test } from 'vitest';
import { openSteps } from './all.ts';
import { measure } from './measure.ts';
import { table } from './report.ts';
import { atOnce, awaited } from './step.ts';

const machine = { cpu: 'A CPU', cores: 2, memoryGb: 8, node: 'v26', kernel: '6.1', date: '2026-01-01T00:00' };

describe('the benchmark of the steps', () => {
  test('every step does what its name says, and goes on doing it', async () => {
    const { steps, close } = await openSteps(3);
    for (const { name, run, isRight } of steps) {
      for (let repeat = 0; repeat < 100; repeat++) expect(isRight((await run()) as never), name).toBe(true);
    }
    close();
  });

  test('measures every step, in their order', async () => {
    const { steps, close } = await openSteps(3);
    const costs = await measure(steps, { timeMs: 1, warmupMs: 1, batches: 2 });
    close();
    expect(costs.map(({ name }) => name)).toEqual(steps.map(({ name }) => name));
    expect(Math.min(...costs.map(({ medianNs }) => medianNs))).toBeGreaterThan(0);
  });

  test('a step that fails has no figure', async () => {
    const fail = () => {
      throw new Error('broken');
    };
    const effort = { timeMs: 1, warmupMs: 1, batches: 1 };
    await expect(measure([atOnce('at once', fail, () => true)], effort)).rejects.toThrow('broken');
    await expect(
      measure(
        [
          awaited(
            'awaited',
            async () => fail(),
            () => true,
          ),
        ],
        effort,
      ),
    ).rejects.toThrow('broken');
  });

  test('the table says what a step costs, how sure that is, and how often a core can do it', () => {
    const costs = [
      { name: 'short', medianNs: 80.4, deviationNs: 4 },
      { name: 'a long one', medianNs: 250_000, deviationNs: 2_500 },
    ];
    expect(table(machine, costs)).toBe(
      [
        'A CPU, 2 cores, 8 GB, Linux 6.1, Node v26, 2026-01-01T00:00Z',
        '',
        'step         ns a call    spread      calls/s',
        'short               80   ± 5.0 %   12,437,811',
        'a long one     250,000   ± 1.0 %        4,000',
      ].join('\n'),
    );
  });
});
