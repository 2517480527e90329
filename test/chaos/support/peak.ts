import { setTimeout as pass } from 'node:timers/promises';

/** The highest value a gauge had while `work` went on, looked at ten times a second. */
export async function peakWhile<Result>(
  gauge: () => Promise<number>,
  work: () => Promise<Result>,
): Promise<{ readonly peak: number; readonly result: Result }> {
  let over = false;
  let peak = Number.NEGATIVE_INFINITY;
  const watch = async () => {
    while (!over) {
      peak = Math.max(peak, await gauge());
      await pass(100);
    }
  };
  const watching = watch();
  const result = await work().finally(() => {
    over = true;
  });
  await watching;
  return { peak, result };
}
