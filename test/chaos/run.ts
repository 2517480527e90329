import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Figure, Row } from './row.ts';
import { row01 } from './row-01.ts';
import { row02 } from './row-02.ts';
import { row03 } from './row-03.ts';
import { row04 } from './row-04.ts';
import { row05 } from './row-05.ts';
import { row06 } from './row-06.ts';
import { row07 } from './row-07.ts';
import { row08 } from './row-08.ts';
import { row09 } from './row-09.ts';
import { row10 } from './row-10.ts';
import { row11 } from './row-11.ts';
import { row12 } from './row-12.ts';
import { row13 } from './row-13.ts';
import { row14 } from './row-14.ts';
import { row15 } from './row-15.ts';
import { row16 } from './row-16.ts';
import { row17 } from './row-17.ts';
import { row24 } from './row-24.ts';
import { row25 } from './row-25.ts';
import { row26 } from './row-26.ts';
import { row27 } from './row-27.ts';
import { tableHead, tableLine } from './table.ts';

const rows = [
  row01,
  row02,
  row03,
  row04,
  row05,
  row06,
  row07,
  row08,
  row09,
  row10,
  row11,
  row12,
  row13,
  row14,
  row15,
  row16,
  row17,
  row24,
  row25,
  row26,
  row27,
];

const usage = `node test/chaos/run.ts [--row N]… [--json FILE]
Breaks things around a real gateway and prints what its promises came to. Rows: ${rows.map(({ number }) => number).join(', ')}.`;

interface Result extends Figure {
  readonly row: number;
}

async function measure(row: Row): Promise<readonly Figure[]> {
  try {
    return await row.measure();
  } catch (error) {
    console.error(error);
    return [{ promise: 'the row can be measured', wanted: 'yes', measured: 'no, see above', passed: false }];
  }
}

function chosen(numbers: readonly string[] | undefined): readonly Row[] {
  if (numbers === undefined) return rows;
  return numbers.map((number) => {
    const row = rows.find((candidate) => String(candidate.number) === number);
    if (row === undefined) throw new Error(`there is no row ${JSON.stringify(number)}\n${usage}`);
    return row;
  });
}

// What the rows have started ends with them; for that the process must end by itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const { values } = parseArgs({
  options: { row: { type: 'string', multiple: true }, json: { type: 'string' }, help: { type: 'boolean' } },
});
if (values.help) {
  console.log(usage);
} else {
  const results: Result[] = [];
  console.log(tableHead);
  for (const row of chosen(values.row)) {
    for (const figure of await measure(row)) {
      results.push({ row: row.number, ...figure });
      console.log(tableLine(row.number, figure));
    }
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
  const failed = results.filter(({ passed }) => !passed);
  console.log(`\n${results.length - failed.length} of ${results.length} figures hold`);
  if (failed.length > 0) process.exitCode = 1;
}
