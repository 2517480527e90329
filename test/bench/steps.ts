import { parseArgs } from 'node:util';
import { openCallPath } from './call-path.ts';
import { measure } from './measure.ts';
import { type Row, scrapeLine, table, writeJson } from './report.ts';
import { measureScrape } from './scrape.ts';

// npm run bench:steps [-- --quick] [-- --json FILE]
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } } });
const effort = values.quick ? { rounds: 15, batchMs: 4 } : { rounds: 60, batchMs: 20 };

const { steps, close } = await openCallPath();
const mediansNs = await measure(steps, effort);
close();

const rows = steps.map(({ name }, index): Row => {
  const medianNs = mediansNs[index]!;
  return { name, medianNs, moreNs: medianNs - mediansNs[0]! };
});
const scrape = await measureScrape(1_000, values.quick ? 5 : 15);
console.log(`${table('the path of a call', rows)}\n\n${scrapeLine(scrape)}`);
if (values.json) writeJson(values.json, rows, scrape);
