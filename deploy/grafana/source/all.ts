import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { consumersBoard } from './consumers.ts';
import { costBoard } from './cost.ts';
import { oneFunctionBoard } from './function.ts';
import { overview } from './overview.ts';
import { reliability } from './reliability.ts';

export const dashboards: readonly Dashboard[] = [overview, oneFunctionBoard, costBoard, consumersBoard, reliability];

export interface DashboardFile {
  readonly name: string;
  readonly content: string;
}

/** As they are shipped in deploy/grafana/dashboards: a file each, named after its uid. */
export const dashboardFiles = (): DashboardFile[] =>
  dashboards.map((dashboard) => ({ name: `${dashboard.uid}.json`, content: `${JSON.stringify(dashboard, null, 2)}\n` }));
