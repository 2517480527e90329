import { readdirSync, readFileSync } from 'node:fs';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';
import { panelsOf, queriesOf } from '../deploy/dashboard-file.ts';
import { withoutThresholds } from './promql.ts';

/** Something Prometheus is asked. */
export interface Question {
  /** Who asks, for whoever reads that there is no answer: dashboard, panel, which of its queries. */
  readonly of: string;
  readonly expr: string;
}

const folder = new URL('../../deploy/grafana/dashboards/', import.meta.url);

/** The dashboards as they are shipped. */
export function shippedDashboards(): Dashboard[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return files.map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Dashboard);
}

/** What Grafana fills in by itself, for a dashboard that shows the last five minutes of a scrape each second. */
const intervals: Readonly<Record<string, string>> = { __rate_interval: '10s', __interval: '1s', __range: '5m' };

/**
 * All that a dashboard asks: its panels, the lists of its variables, and its marks, which show what seldom happens and are asked without their
 * thresholds. A variable that may be "All" is that; of one that is always a single value `chosen` has it.
 *
 * @throws Error names a variable that nothing is known of
 */
export function questionsOf(dashboard: Dashboard, chosen: Readonly<Record<string, string>>): Question[] {
  const { title = '', templating, annotations } = dashboard;
  const variables = templating.list ?? [];
  const valueFor = (name: string): string => {
    const variable = variables.find((each) => each.name === name);
    const value = intervals[name] ?? (variable?.includeAll ? (variable.allValue ?? '.*') : chosen[name]);
    if (value === undefined) throw new Error(`the dashboard "${title}" has a variable "${name}" that nothing is known of`);
    return value;
  };
  const filled = (expr: string) =>
    expr.replace(/\$\{(\w+)(?::\w+)?\}|\$(\w+)|\[\[(\w+)\]\]/g, (_, braced, plain, bracketed) => valueFor(braced ?? plain ?? bracketed));

  const panels = panelsOf(dashboard).flatMap((panel) =>
    queriesOf(panel).map(({ refId, expr }) => ({ of: `${title} / ${panel.title} / ${refId}`, expr: filled(expr) })),
  );
  const lists = variables.flatMap(({ name, definition = '' }) => {
    const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(definition) ?? [];
    return metric === undefined ? [] : [{ of: `${title} / the list of ${name}`, expr: `count by (${label}) (${metric})` }];
  });
  const marks = (annotations.list ?? []).map(({ name, target }) => ({
    of: `${title} / the mark ${name}`,
    expr: withoutThresholds(filled((target as Dataquery).expr)),
  }));
  return [...panels, ...lists, ...marks];
}
