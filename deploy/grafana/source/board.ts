import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  RowBuilder,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { inSight, prometheus, runbookLink } from './frame.ts';
import { datasource, runbook } from './variables.ts';

interface Row {
  /** None: what comes first needs no heading. */
  readonly title?: string;
  /** From left to right; a line of the grid is full at 24. */
  readonly panels: readonly Builder<Panel>[];
}

export interface Board {
  readonly uid: string;
  readonly title: string;
  /** What it answers, in a sentence. */
  readonly description: string;
  /** How far back it looks at first: `now-1h`. */
  readonly from: string;
  readonly variables: readonly Builder<VariableModel>[];
  readonly rows: readonly Row[];
}

const tag = 'runway';

/** A dashboard of the set: with the same links, variables and marks as the others. */
export function board({ uid, title, description, from, variables, rows }: Board): Dashboard {
  const builder = new DashboardBuilder(`Runway / ${title}`)
    .uid(uid)
    .description(description)
    .tags([tag])
    .time({ from, to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([datasource(), ...variables, runbook()])
    .annotations([
      mark('Started', 'orange', `changes(process_start_time_seconds{job="runway"}[2m]) > 0`),
      mark('Reloaded', 'blue', 'changes(runway_config_generation[2m]) > 0'),
    ])
    .links([toTheOthers, runbookLink('Runbook')]);
  for (const row of rows) {
    if (row.title !== undefined) builder.withRow(new RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panel);
  }
  const built = builder.build();
  // By these ids a link leads to one panel; Grafana would give new ones each time.
  for (const [index, panel] of (built.panels ?? []).entries()) panel.id = index + 1;
  return built;
}

const toTheOthers = inSight(
  new DashboardLinkBuilder('Runway').type(DashboardLinkType.Dashboards).tags([tag]).includeVars(true).keepTime(true),
);

function mark(name: string, colour: string, expr: string) {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(prometheus)
    .enable(true)
    .iconColor(colour)
    .titleFormat(name)
    .textFormat('{{instance}}')
    .target(new DataqueryBuilder().refId('Anno').expr(expr));
}
