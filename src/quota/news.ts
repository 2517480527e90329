import type { Line } from './line.ts';

/** What is used in a running window, as gateways tell it each other. */
export interface News {
  readonly key: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly calls: number;
  readonly mbMs: number;
}

export function encodeNews(lines: ReadonlyMap<string, Line>): string {
  const running = [...lines].filter(([, { startMs }]) => startMs !== 0);
  return JSON.stringify(running.map(([key, { startMs, endMs, said }]) => [key, startMs, endMs, said.calls, said.mbMs]));
}

/** Nothing of a text that is none. */
export function decodeNews(text: string): News[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return [];
  }
  if (!Array.isArray(list)) return [];
  return list.flatMap((each: unknown) => {
    if (!Array.isArray(each)) return [];
    const [key, ...numbers] = each as unknown[];
    if (typeof key !== 'string' || numbers.length !== 4 || !numbers.every(Number.isSafeInteger)) return [];
    const [startMs, endMs, calls, mbMs] = numbers as [number, number, number, number];
    return [{ key, startMs, endMs, calls, mbMs }];
  });
}
