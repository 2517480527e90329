import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** The rules as they are shipped. */
export const rulesFolder = new URL('../../deploy/prometheus/', import.meta.url);

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string };
}

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

function rulesOf(file: string): unknown[] {
  const { groups } = parse(readFileSync(new URL(file, rulesFolder), 'utf8')) as { groups: { rules: unknown[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

export const alerts = rulesOf('alerts.yml') as readonly AlertRule[];
export const recordings = rulesOf('recording.yml') as readonly RecordingRule[];
