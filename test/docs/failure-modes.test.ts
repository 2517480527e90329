import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { problemKinds } from '../../src/problem.ts';
import { metricsText, newMetrics } from '../support/metrics.ts';
import { alerts, recordings } from '../support/prometheus-rules.ts';

const page = readFileSync(new URL('../../docs/failure-modes.md', import.meta.url), 'utf8');
const titleOf = (section: string) => section.slice(0, section.indexOf('\n'));
const pointsOf = (section: string) => [...section.matchAll(/^- \*\*([\w ]+):\*\* \S/gm)].map(([, point]) => point);

/** The entries under each chapter, by the chapter's title. */
const chapters = new Map(
  page
    .split(/^## /m)
    .slice(1)
    .map((chapter) => [titleOf(chapter), chapter.split(/^### /m).slice(1)]),
);
const entriesOf = (chapter: string) => chapters.get(chapter)!.map((section) => [titleOf(section), section] as const);

/** What a panel of a dashboard may link to, beside the alerts and problems. */
const subjects = 'traffic latency overhead kept-results saturation cost cold-starts consumers dependencies process'.split(' ');

describe('docs/failure-modes.md', () => {
  test('has no heading twice: each is the end of a link', () => {
    const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toHaveLength(new Set(headings).size);
  });

  test('has one heading for each problem code, and none for a code that is not', () => {
    expect(new Set(entriesOf('Problems').map(([title]) => title))).toEqual(new Set(Object.keys(problemKinds)));
  });

  test('has one heading for what each alert links to, and none for an alert that is not', () => {
    const linked = alerts.map(({ annotations }) => annotations.runbook_url.split('#')[1]);
    expect(new Set(entriesOf('Alerts').map(([title]) => title))).toEqual(new Set(linked));
  });

  test('explains each subject of the dashboards', () => {
    expect(entriesOf('Reading the dashboards').map(([title]) => title)).toEqual(subjects);
  });

  test.each(entriesOf('Problems'))('says of the problem %s why, what is seen, what to check, what shows it', (code, section) => {
    expect(pointsOf(section)).toEqual(['Cause', 'Caller', 'Operator', 'Shows']);
    expect(section).toContain(`**Caller:** ${problemKinds[code as keyof typeof problemKinds].status}`);
  });

  test.each(entriesOf('Alerts'))(
    'says of the alert for %s what it means, where to look first, how to mend it, what shows it',
    (_, section) => {
      expect(pointsOf(section)).toEqual(['Means', 'First look', 'Mend', 'Shows']);
    },
  );

  test.each(entriesOf('Reading the dashboards'))('says of %s what it means, what is normal, where to look next', (_, section) => {
    expect(pointsOf(section)).toEqual(['Means', 'Normal', 'Look next']);
  });

  test('links to no heading of its own that is not there', () => {
    const headings = new Set([...page.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading!.toLowerCase().replaceAll(' ', '-')));
    const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, heading]) => heading!);
    expect(links.filter((heading) => !headings.has(heading))).toEqual([]);
  });

  test('names no metric and no recorded series that is not there', async () => {
    const exposition = await metricsText(
      newMetrics({ pricing: { currency: 'USD', perMillionRequests: 1, perGbSecond: 1, monthlyBudget: 1 } }),
    );
    const known = new Set([...exposition.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    const named = [...page.matchAll(/\b(?:runway|functiongraph|process|nodejs)_[a-z0-9_]+/g)].map(([name]) => name.replace(/_bucket$/, ''));
    expect(named.filter((name) => !known.has(name))).toEqual([]);
    const recorded = new Set(recordings.map(({ record }) => record));
    expect([...page.matchAll(/\brunway:[\w:]+/g)].map(([name]) => name).filter((name) => !recorded.has(name))).toEqual([]);
  });
});
