import { dayFrom, dayText } from '../../src/usage/days.ts';
import type { UsageStore } from '../../src/usage/store.ts';

/** What a store says of some days: `DAY CONSUMER FUNCTION` → requests, kept, executions, mbMs, wastedMbMs. */
export async function readingOf(store: UsageStore, from: string, to: string, consumer?: string) {
  const sums: Record<string, number[]> = {};
  const missing = await store.read({ fromMs: dayFrom(from), toMs: dayFrom(to), consumer }, (day, id, name, counts) => {
    const key = `${dayText(day)} ${id} ${name}`;
    const more = [counts.requests, counts.kept, counts.executions, counts.mbMs, counts.wastedMbMs];
    sums[key] = more.map((count, at) => count + (sums[key]?.[at] ?? 0));
  });
  return { sums, missing };
}
