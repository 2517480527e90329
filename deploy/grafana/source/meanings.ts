import { MappingType, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';

const mapped = (options: Record<string, { text: string; color: string }>): ValueMapping[] => [{ type: MappingType.ValueToText, options }];

/** Of `runway_breaker_state`. */
export const circuits = mapped({
  0: { text: 'closed', color: 'green' },
  1: { text: 'half-open', color: 'yellow' },
  2: { text: 'open', color: 'red' },
});
export const dependencies = mapped({ 0: { text: 'away', color: 'red' }, 1: { text: 'there', color: 'green' } });
export const reloads = mapped({ 0: { text: 'refused', color: 'red' }, 1: { text: 'good', color: 'green' } });

/** The colour of an outcome, wherever one is drawn. */
export const outcomes = {
  ok: 'green',
  function_error: 'orange',
  upstream_error: 'red',
  gateway_error: 'dark-red',
  refused: 'purple',
  client_closed: 'text',
};
/** The same for a status, alone or behind an outcome. */
export const statuses = {
  '.*2\\d\\d': 'green',
  '.*429': 'purple',
  '.*4(?!29)\\d\\d': 'yellow',
  '.*5\\d\\d': 'red',
  'reset|timeout|refused': 'dark-red',
};
export const quantiles = { 'p50.*': 'green', 'p95.*': 'yellow', 'p99.*': 'red' };
