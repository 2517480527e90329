import { readdirSync, readFileSync } from 'node:fs';
import type { Dashboard, GridPos } from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { dashboardFiles } from '../../deploy/grafana/source/all.ts';
import { money } from '../../deploy/grafana/source/units.ts';
import { metricsText, newMetrics } from '../support/metrics.ts';
import { recordings } from '../support/prometheus-rules.ts';
import { expressionsOf, keptIn, labelsIn, metricsIn, panelsOf, queriesOf } from './dashboard-file.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const folder = 'deploy/grafana/dashboards/';
const committed = readdirSync(new URL(folder, root)).sort();
const dashboards = committed.map((name) => JSON.parse(read(folder + name)) as Dashboard);
const named = dashboards.map((dashboard) => [dashboard.title!, dashboard] as const);
const panels = dashboards.flatMap((dashboard) =>
  panelsOf(dashboard).map((panel) => [`${dashboard.title} / ${panel.title}`, panel] as const),
);

/** Of a heading of Markdown, as GitHub and the admin port make it. */
const anchorOf = (heading: string) => heading.toLowerCase().replaceAll(' ', '-');

describe('the files', () => {
  test('are what `npm run dashboards` writes, each named after its uid', () => {
    expect(Object.fromEntries(committed.map((name) => [name, read(folder + name)]))).toEqual(
      Object.fromEntries(dashboardFiles().map(({ name, content }) => [name, content])),
    );
  });

  test('keep their uids, by which links and bookmarks find them', () => {
    expect(dashboards.map(({ uid }) => uid)).toEqual([
      'runway-consumers',
      'runway-cost',
      'runway-function',
      'runway-overview',
      'runway-reliability',
    ]);
  });

  test('show money in the currency of the example', () => {
    expect(money).toBe(`currency${parse(read('deploy/runway.yaml')).pricing.currency}`);
  });
});

describe.each(named)('%s', (_, dashboard) => {
  test('lets the reader choose the Prometheus, and names no other', () => {
    const sources = panelsOf(dashboard).flatMap((panel) => [panel.datasource, ...queriesOf(panel).map(({ datasource }) => datasource)]);
    expect(new Set(sources.map((source) => JSON.stringify(source)))).toEqual(
      new Set([JSON.stringify({ type: 'prometheus', uid: `\${datasource}` })]),
    );
    expect(dashboard.templating.list![0]).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
  });

  test('has no two panels in one place or with one id, and none beyond the grid', () => {
    const all = dashboard.panels!;
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    const places = all.map(({ gridPos }) => gridPos!);
    for (const place of places) expect(place.x + place.w).toBeLessThanOrEqual(24);
    const overlapping = places.flatMap((one, index) => places.slice(index + 1).filter((other) => overlap(one, other)));
    expect(overlapping).toEqual([]);
  });

  test('uses no variable that it does not have, and has none that it does not use', () => {
    const text = JSON.stringify(dashboard.panels) + JSON.stringify(dashboard.links);
    const own = dashboard.templating.list!.map(({ name }) => name);
    const used = [...text.matchAll(/\$\{?([a-z]\w*)/g)].map(([, name]) => name!);
    expect(new Set(used)).toEqual(new Set(own));
  });

  test('links to the others, and to the runbook', () => {
    expect(dashboard.links).toMatchObject([
      { type: 'dashboards', tags: ['runway'] },
      { type: 'link', url: `\${runbook}` },
    ]);
    expect(dashboard.tags).toEqual(['runway']);
    expect(dashboard.templating.list!.at(-1)).toMatchObject({
      name: 'runbook',
      type: 'constant',
      hide: 2,
      query: 'http://localhost:8081/runbook',
    });
  });
});

describe.each(panels)('%s', (_, panel) => {
  test('has a title, a description, and a unit of Grafana’s', () => {
    expect(panel.title).toMatch(/\S/);
    expect(panel.description).toMatch(/^\S.*\.$/s);
    expect(Object.values(units)).toContain(panel.fieldConfig!.defaults.unit);
  });

  test('links to a heading of the runbook that is there', () => {
    const headings = [...read('docs/failure-modes.md').matchAll(/^#{2,3} (.+)$/gm)].map(([, heading]) => anchorOf(heading!));
    expect(panel.links).toHaveLength(1);
    const [, heading] = /^\$\{runbook\}#(.+)$/.exec(panel.links![0]!.url!)!;
    expect(headings).toContain(heading);
  });

  test('asks in its order, and by name', () => {
    expect(queriesOf(panel).map(({ refId }) => refId)).toEqual(['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'].slice(0, queriesOf(panel).length));
    expect(queriesOf(panel).length).toBeGreaterThan(0);
  });
});

describe('the expressions', () => {
  const pricing = { currency: 'USD', perMillionRequests: 1, perGbSecond: 1, monthlyBudget: 1 };
  const expressions = [...new Set(dashboards.flatMap(expressionsOf))];

  test('read only metrics and rules that are there', async () => {
    const exposition = await metricsText(newMetrics({ pricing }));
    const types = [...exposition.matchAll(/^# TYPE (\S+) (\S+)/gm)];
    const series = types.flatMap(([, name, type]) => (type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name!]));
    const known = new Set([...series, ...recordings.map(({ record }) => record), 'up', 'ALERTS']);
    expect(expressions.flatMap(metricsIn).filter((name) => !known.has(name))).toEqual([]);
  });

  test('read no label that their metrics do not have', () => {
    const own = new Map(
      newMetrics({ pricing })
        .described()
        .map(({ name, labels }) => [name, labels]),
    );
    const recorded = new Map(recordings.map(({ record, expr }) => [record, keptIn(expr)]));
    const labelsOf = (name: string) => recorded.get(name) ?? own.get(name.replace(/_(?:bucket|count)$/, '')) ?? [];
    const ofTheScrape = ['instance', 'job', 'le', 'alertname', 'alertstate'];
    const stray = expressions.flatMap((expr) => {
      const known = new Set([...ofTheScrape, ...metricsIn(expr).flatMap(labelsOf)]);
      return labelsIn(expr)
        .filter((label) => !known.has(label))
        .map((label) => `${label} in ${expr}`);
    });
    expect(stray).toEqual([]);
  });

  test('keep the labels that their legends show', () => {
    const stray = panels.flatMap(([name, panel]) =>
      queriesOf(panel).flatMap(({ expr, legendFormat = '' }) => {
        // What is not summed up has its instance; a recorded series has what its rule kept.
        const kept = [
          ...keptIn(expr),
          ...metricsIn(expr)
            .flatMap((metric) => recordings.filter(({ record }) => record === metric))
            .flatMap((rule) => keptIn(rule.expr)),
          'instance',
        ];
        return [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)]
          .filter(([, label]) => !kept.includes(label!))
          .map(([label]) => `${label} of ${name}`);
      }),
    );
    expect(stray).toEqual([]);
  });

  test('take rates over what the scrape allows, and sums over what is shown', () => {
    for (const expr of expressions) {
      for (const [range, fn, over] of expr.matchAll(/\b(i?rate|increase)\([^[]*\[([^\]]+)\]/g)) {
        expect(fn === 'increase' ? ['$__range', '$__rate_interval'] : ['$__rate_interval'], range).toContain(over);
      }
    }
  });

  test('show single calls, by which a trace is found, wherever durations of requests are drawn', () => {
    const drawn = panels.filter(
      ([, panel]) => panel.type === 'timeseries' && JSON.stringify(panel.targets).includes('request_duration_seconds'),
    );
    expect(drawn.length).toBeGreaterThan(0);
    for (const [name, panel] of drawn) expect(new Set(queriesOf(panel).map(({ exemplar }) => exemplar)), name).toEqual(new Set([true]));
  });
});

function overlap(one: GridPos, other: GridPos): boolean {
  return one.x < other.x + other.w && other.x < one.x + one.w && one.y < other.y + other.h && other.y < one.y + one.h;
}
