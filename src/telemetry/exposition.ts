import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Family } from './family.ts';
import { type Format, head, lineOf, linesOfHistogram } from './lines.ts';
import type { Series } from './series.ts';

/** Lines that are written at once: less than a millisecond of work, once the code is warm. */
const sliceLines = 1_000;
/** And values that are asked for at once: to look up the first time where a limit stands takes longer than to write it. */
const sliceSamples = 250;

/** What families hold, in slices with a turn of the event loop between them: calls must not wait for a scrape. */
export async function* exposition(families: Iterable<Family>, series: Series, format: Format): AsyncGenerator<string> {
  const room = { left: series.most - series.held };
  for (const family of families) {
    yield head(family, format);
    for (const slice of slices(family, format, room)) {
      yield slice;
      await turnOfTheLoop();
    }
    await turnOfTheLoop();
  }
  series.overflowed += Math.max(0, -room.left);
  if (format === 'openmetrics') yield '# EOF\n';
}

/** `room`: of series that are not held, but asked for. Those beyond it are left out: how many they would be, nobody asks. */
function* slices(family: Family, format: Format, room: { left: number }): Generator<string> {
  let text = '';
  let lines = 0;
  let asked = 0;
  for (const sample of samples(family, format)) {
    if ('watched' in family && room.left-- <= 0) break;
    text += sample.text;
    lines += sample.lines;
    asked += 1;
    if (lines < sliceLines && asked < sliceSamples) continue;
    yield text;
    text = '';
    lines = 0;
    asked = 0;
  }
  if (lines > 0) yield text;
}

function samples(family: Family, format: Format): Iterable<{ readonly text: string; readonly lines: number }> {
  const { name, labels } = family;
  if (family.type === 'histogram') {
    return Iterator.from(family.samples()).map(([values, distribution]) => ({
      text: linesOfHistogram(name, labels, values, distribution, format),
      lines: distribution.bounds.length + 3,
    }));
  }
  return Iterator.from(family.samples()).map(([values, value]) => ({ text: lineOf(name, labels, values, value), lines: 1 }));
}
