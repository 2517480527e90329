import { writeFileSync } from 'node:fs';
import { thisMachine } from './machine.ts';
import type { Scrape } from './scrape.ts';

export interface Row {
  readonly name: string;
  readonly medianNs: number;
  /** What the step costs more than the first one. */
  readonly moreNs: number;
}

/** One table for people: nanoseconds a call, and how much more than the first row that is. */
export function table(title: string, rows: readonly Row[]): string {
  const width = Math.max(title.length, ...rows.map(({ name }) => name.length));
  const line = (name: string, median: string, more: string) => `${name.padEnd(width)}${median.padStart(12)}${more.padStart(12)}`;
  const [, ...others] = rows;
  const first = rows[0]!;
  return [
    line(title, 'ns a call', 'more'),
    line(first.name, whole(first.medianNs), ''),
    ...others.map(({ name, medianNs, moreNs }) => line(name, whole(medianNs), `${moreNs < 0 ? '' : '+'}${whole(moreNs)}`)),
  ].join('\n');
}

export function scrapeLine({ lines, wholeMs, heldMs }: Scrape): string {
  const figures = `${whole(wholeMs)} ms for ${whole(lines)} lines, calls wait for at most ${heldMs.toFixed(1)} ms of it`;
  return `a scrape of /metrics with 1,000 functions: ${figures}`;
}

/** For programs: the same figures, and the machine they are of. */
export function writeJson(file: string, rows: readonly Row[], scrape: Scrape): void {
  writeFileSync(file, `${JSON.stringify({ ...thisMachine(Date.now()), callPath: rows, scrape }, null, 2)}\n`);
}

function whole(ns: number): string {
  return Math.round(ns).toLocaleString('en');
}
