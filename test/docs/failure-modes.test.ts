import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { problemKinds } from '../../src/problem.ts';
import { metricsText, newMetrics } from '../support/metrics.ts';

const page = readFileSync(new URL('../../docs/failure-modes.md', import.meta.url), 'utf8');
const sections = page.split(/^## /m).slice(1);
const titleOf = (section: string) => section.slice(0, section.indexOf('\n'));

describe('docs/failure-modes.md', () => {
  test('has one heading for each problem code, and none for a code that is not', () => {
    const titles = sections.map(titleOf);
    expect(new Set(titles)).toEqual(new Set(Object.keys(problemKinds)));
    expect(titles).toHaveLength(new Set(titles).size);
  });

  test.each(sections.map((section) => [titleOf(section), section] as const))(
    'says of %s why, what is seen, what to check, what shows it',
    (code, section) => {
      const points = [...section.matchAll(/^- \*\*(\w+):\*\* \S/gm)].map(([, point]) => point);
      expect(points).toEqual(['Cause', 'Caller', 'Operator', 'Shows']);
      expect(section).toContain(`**Caller:** ${problemKinds[code as keyof typeof problemKinds].status}`);
    },
  );

  test('names no metric that is not there', async () => {
    const exposition = await metricsText(newMetrics());
    const known = new Set([...exposition.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    const named = [...page.matchAll(/\b(?:runway|functiongraph|process)_[a-z_]+/g)].map(([name]) => name.replace(/_bucket$/, ''));
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});
