import type { Dashboard, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';

/** What a dashboard shows, without the rows between. */
export const panelsOf = ({ panels = [] }: Dashboard): Panel[] => panels.filter((panel): panel is Panel => !isRow(panel));
export const isRow = (panel: Panel | RowPanel): panel is RowPanel => panel.type === 'row';

export const queriesOf = (panel: Panel): Dataquery[] => (panel.targets ?? []) as Dataquery[];

/** Every expression that a dashboard asks Prometheus for, its marks included. */
export function expressionsOf(dashboard: Dashboard): string[] {
  const marks = (dashboard.annotations.list ?? []).map(({ target }) => (target as Dataquery).expr);
  return [...panelsOf(dashboard).flatMap((panel) => queriesOf(panel).map(({ expr }) => expr)), ...marks];
}

/** Words of PromQL that stand where a metric could. */
const words = new Set([
  'and',
  'or',
  'unless',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'by',
  'without',
  'bool',
  'offset',
  'inf',
  'nan',
]);

/** The metrics an expression reads: what is neither a label, a function, a word nor a number. */
export function metricsIn(expr: string): string[] {
  const bare = expr
    .replace(/"[^"]*"/g, '')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  return [...bare.matchAll(/(?<![\w.:])[a-zA-Z_:][\w:]*(?!\s*\()(?![\w:])/g)].map(([name]) => name).filter((name) => !words.has(name));
}

/** The labels an expression reads: those it chooses by, and those it keeps. */
export function labelsIn(expr: string): string[] {
  const chosen = [...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, matchers]) => [...matchers!.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)]);
  return [...chosen.map(([, label]) => label!), ...keptIn(expr)];
}

/** The labels its series have in the end, as far as it says so. */
export function keptIn(expr: string): string[] {
  const lists = expr.matchAll(/\b(?:by|on|group_left)\s*\(([^)]*)\)/g);
  return [...lists].flatMap(([, list]) => list!.split(',').map((label) => label.trim()));
}
