import type { Label } from './count.ts';
import type { Distribution } from './distribution.ts';
import type { Family } from './family.ts';

/** `text`: what everything reads, version 0.0.4. `openmetrics`: version 1.0.0, which has exemplars. */
export type Format = 'text' | 'openmetrics';

export const contentTypes: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** What stands before the series of a name. */
export function head({ name, help, type }: Pick<Family, 'name' | 'help' | 'type'>, format: Format): string {
  // In OpenMetrics a counter's family is called without the ending that its series have.
  const shown = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name;
  return `# HELP ${shown} ${help.replace(/[\\\n]/g, escaped)}\n# TYPE ${shown} ${type}\n`;
}

export function lineOf(name: string, labels: readonly string[], values: readonly Label[], value: number): string {
  const pairs = pairsOf(labels, values);
  return pairs === '' ? `${name} ${number(value)}\n` : `${name}{${pairs}} ${number(value)}\n`;
}

/** Its buckets, each with all that is below it, the sum and the count. */
export function linesOfHistogram(
  name: string,
  labels: readonly string[],
  values: readonly Label[],
  distribution: Distribution,
  format: Format,
): string {
  const { bounds, counts, sum, count } = distribution;
  const pairs = pairsOf(labels, values);
  const before = `${name}_bucket{${pairs}${pairs === '' ? '' : ','}le="`;
  let text = '';
  let below = 0;
  for (let bucket = 0; bucket <= bounds.length; bucket++) {
    below += counts[bucket]!;
    const bound = bucket < bounds.length ? bounds[bucket]! : '+Inf';
    text += `${before}${bound}"} ${below}${format === 'openmetrics' ? exemplar(distribution, bucket) : ''}\n`;
  }
  return `${text}${lineOf(`${name}_sum`, labels, values, sum)}${lineOf(`${name}_count`, labels, values, count)}`;
}

function exemplar(distribution: Distribution, bucket: number): string {
  const seen = distribution.exemplarOf(bucket);
  return seen === undefined ? '' : ` # {trace_id="${seen.traceId}"} ${number(seen.value)} ${number(seen.atMs / 1_000)}`;
}

function pairsOf(labels: readonly string[], values: readonly Label[]): string {
  let pairs = '';
  for (let i = 0; i < labels.length; i++) {
    const value = values[i]!;
    pairs += `${i === 0 ? '' : ','}${labels[i]}="${typeof value === 'string' ? value.replace(/[\\\n"]/g, escaped) : value}"`;
  }
  return pairs;
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}

function number(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}
