import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import { type DashboardLink, DashboardLinkBuilder, DashboardLinkType, type Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import type { Unit } from './units.ts';

/** What every panel has: whoever is woken at night should not have to guess. */
export interface Frame {
  readonly title: string;
  /** What it says, and when to worry. */
  readonly description: string;
  readonly unit: Unit;
  /** A heading of docs/failure-modes.md: what to do about it. */
  readonly runbook: string;
  /** Of 24. */
  readonly width: number;
  readonly height?: number;
}

/** A query, and what the legend calls its series. */
export interface Line {
  readonly expr: string;
  readonly legend?: string;
}

/** What all panel builders of the SDK have in common. */
interface PanelBuilder extends Builder<Panel> {
  title(title: string): this;
  description(description: string): this;
  unit(unit: string): this;
  datasource(datasource: DataSourceRef): this;
  links(links: Builder<DashboardLink>[]): this;
  span(width: number): this;
  height(height: number): this;
  withTarget(target: Builder<Dataquery>): this;
}

/** The one that is chosen on top of the dashboard. */
export const prometheus: DataSourceRef = { type: 'prometheus', uid: `\${datasource}` };

/** Puts a panel into its frame; `heightByDefault` in rows of the grid. */
export function framed<Kind extends PanelBuilder>(panel: Kind, frame: Frame, heightByDefault: number): Kind {
  return panel
    .title(frame.title)
    .description(frame.description)
    .unit(frame.unit)
    .datasource(prometheus)
    .links([runbookLink('What to do', frame.runbook)])
    .span(frame.width)
    .height(frame.height ?? heightByDefault);
}

export function runbookLink(title: string, heading?: string): Builder<DashboardLink> {
  const url = heading === undefined ? `\${runbook}` : `\${runbook}#${heading}`;
  return inSight(new DashboardLinkBuilder(title).type(DashboardLinkType.Link).icon('doc').url(url).targetBlank(true));
}

/** Out of the menu of controls, where the SDK puts links unless told otherwise. */
export function inSight(link: Builder<DashboardLink>): Builder<DashboardLink> {
  const { placement: _, ...built } = link.build();
  return { build: () => built };
}

type Kind = 'range' | 'exemplars' | 'instant' | 'table' | 'heatmap';

/** The queries of a panel, as A, B, C … */
export function withQueries<Kinds extends PanelBuilder>(panel: Kinds, lines: readonly Line[], kind: Kind): Kinds {
  for (const [index, { expr, legend }] of lines.entries()) {
    const query = new DataqueryBuilder()
      .datasource(prometheus)
      .refId(String.fromCharCode(65 + index))
      .expr(expr);
    if (legend !== undefined) query.legendFormat(legend);
    if (kind === 'instant' || kind === 'table') query.instant();
    else query.range();
    if (kind === 'table') query.format(PromQueryFormat.Table);
    if (kind === 'heatmap') query.format(PromQueryFormat.Heatmap);
    if (kind === 'exemplars') query.exemplar(true);
    panel.withTarget(query);
  }
  return panel;
}
