import { TableCellDisplayMode, TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { type Frame, framed, withQueries } from './frame.ts';
import { type Steps, thresholds } from './thresholds.ts';
import type { Unit } from './units.ts';

export interface Column {
  readonly title: string;
  readonly expr: string;
  readonly unit: Unit;
  readonly steps?: Steps;
}

interface TableOptions {
  /** The labels that name a row, with the titles of their columns. */
  readonly rows: Readonly<Record<string, string>>;
  readonly columns: readonly [Column, ...Column[]];
  /** Where the cells of a label lead to. */
  readonly links?: Readonly<Record<string, { readonly title: string; readonly url: string }>>;
}

/** A row for each set of labels, as it is now. The first column puts them in order, largest first. */
export function table(frame: Frame, { rows, columns, links = {} }: TableOptions) {
  const queries = columns.map(({ expr }) => ({ expr }));
  // Where several queries found something their columns are called Value #A, Value #B …; where one did, Value.
  const titles: Readonly<Record<string, string>> = {
    Value: columns[0].title,
    ...Object.fromEntries(columns.map(({ title }, index) => [`Value #${String.fromCharCode(65 + index)}`, title])),
  };
  const order = [...Object.keys(rows), ...Object.keys(titles)];
  const panel = withQueries(framed(new TablePanel(), frame, 8), queries, 'table')
    .filterable(true)
    .noValue('–')
    .withTransformation({ id: 'merge', options: {} })
    // Without what the rules and the scrape put on a series besides.
    .withTransformation({ id: 'filterFieldsByName', options: { include: { names: order } } })
    .withTransformation({
      id: 'organize',
      options: {
        indexByName: Object.fromEntries(order.map((name, index) => [name, index])),
        renameByName: { ...rows, ...titles },
      },
    })
    .sortBy([new TableSortByFieldStateBuilder().displayName(columns[0].title).desc(true)]);
  for (const { title, unit, steps } of columns) panel.overrideByName(title, lookOf(unit, steps));
  for (const [label, link] of Object.entries(links)) panel.overrideByName(rows[label] ?? label, [{ id: 'links', value: [link] }]);
  return panel;
}

/** A link from a name to what there is about it, in the same time and of the same Prometheus. */
export function boardOf(label: 'function' | 'consumer') {
  const uid = label === 'function' ? 'runway-function' : 'runway-consumers';
  return { title: `This ${label}`, url: `/d/${uid}?\${datasource:queryparam}&var-${label}=\${__value.text}&\${__url_time_range}` };
}

function lookOf(unit: Unit, steps: Steps | undefined): DynamicConfigValue[] {
  if (steps === undefined) return [{ id: 'unit', value: unit }];
  return [
    { id: 'unit', value: unit },
    { id: 'thresholds', value: thresholds(steps).build() },
    { id: 'custom.cellOptions', value: { type: TableCellDisplayMode.ColorText } },
  ];
}
