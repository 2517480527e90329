import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Books, billedMs } from '../../src/emulator/books.ts';
import type { Run } from '../../src/emulator/instance.ts';

const run = (durationMs: number): Run => ({
  kind: 'done',
  result: 'null',
  durationMs,
  startedAtEpochMs: 0,
  finishedAtEpochMs: 0,
  memoryUsedMb: 1,
  log: '',
});
const failed: Run = { ...run(2), kind: 'failed', code: 4002, error: { errorMessage: 'no', errorType: 'Error' } };

describe('the books', () => {
  test('billing is rounded up to whole milliseconds', () => {
    expect([0.01, 1, 1.01, 65.828].map((durationMs) => billedMs(run(durationMs)))).toEqual([1, 1, 2, 66]);
  });

  test('MB·ms add up exactly, in whole numbers, whatever the durations', () => {
    const durations = fc.array(fc.double({ min: 0, max: 900_000, noNaN: true }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(durations, fc.constantFrom(128, 1792, 10240), (all, memorySizeMb) => {
        const books = new Books();
        for (const durationMs of all) books.enter('hello', memorySizeMb, run(durationMs), undefined);
        const total = all.reduce((sum, durationMs) => sum + BigInt(Math.ceil(durationMs)), 0n);
        const account = books.report().functions.hello!;
        expect(BigInt(account.billedMbMs)).toBe(total * BigInt(memorySizeMb));
        expect(BigInt(account.billedMs)).toBe(total);
      }),
    );
  });

  test('a GB-second is 1024 MB for 1000 ms', () => {
    const books = new Books();
    books.enter('hello', 512, run(2000), undefined);
    expect(books.report().functions.hello!.gbSeconds).toBe(1);
  });

  test('failed executions are counted and billed', () => {
    const books = new Books();
    books.enter('hello', 128, run(1), undefined);
    books.enter('hello', 128, failed, undefined);
    expect(books.report().functions.hello).toMatchObject({ invocations: 2, errors: 1, billedMs: 3 });
  });

  test('an id that ran twice is seen to have', () => {
    const books = new Books();
    books.enter('hello', 128, run(1), 'once');
    books.enter('hello', 128, run(1), 'twice');
    books.enter('hello', 128, failed, 'twice');
    expect(books.report().executions).toEqual({ once: 1, twice: 2 });
  });

  test('ids are forgotten oldest first, so that the books do not grow for ever', () => {
    const books = new Books();
    for (let id = 0; id <= 10_000; id += 1) books.enter('hello', 128, run(1), `id-${id}`);
    const { executions } = books.report();
    expect(Object.keys(executions)).toHaveLength(10_000);
    expect(executions).not.toHaveProperty('id-0');
    expect(executions).toHaveProperty('id-10000');
  });

  test('a report is a copy', () => {
    const books = new Books();
    books.enter('hello', 128, run(1), undefined);
    const before = books.report();
    books.enter('hello', 128, run(1), undefined);
    expect(before.functions.hello!.invocations).toBe(1);
  });
});
