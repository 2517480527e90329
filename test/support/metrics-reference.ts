import { readFileSync } from 'node:fs';
import { newMetrics } from './metrics.ts';

const begin = '<!-- metrics: begin -->';
const end = '<!-- metrics: end -->';
const page = new URL('../../docs/metrics.md', import.meta.url);

/** The page of metrics with its table as the registry has it. */
export function metricsReference(): { readonly file: URL; readonly content: string } {
  const text = readFileSync(page, 'utf8');
  const before = text.slice(0, text.indexOf(begin) + begin.length);
  return { file: page, content: `${before}\n${table()}\n${text.slice(text.indexOf(end))}` };
}

function table(): string {
  const pricing = { currency: 'USD', perMillionRequests: 1, perGbSecond: 1, monthlyBudget: 1 };
  const rows = newMetrics({ pricing })
    .described()
    .map(({ name, type, labels, help }) => `| \`${name}\` | ${type} | ${labels.join(', ')} | ${help.replaceAll('|', '\\|')} |`);
  return ['| metric | type | labels | what it tells |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
