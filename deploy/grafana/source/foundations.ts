import { largest, ofInstances, ofJob, perSecond } from './expressions.ts';
import { dependencies, reloads } from './meanings.ts';
import { lines, states } from './panels.ts';
import { table } from './table.ts';
import { badBelow, worseFrom } from './thresholds.ts';
import { count, perSecondUnit, plain, ratio, timeLeft } from './units.ts';

const expiry = (kind: string) => `min by (holder) (runway_credentials_expiry_timestamp_seconds{${ofInstances}, kind="${kind}"}) - time()`;
const dayS = 86_400;

/** What the gateways stand on: Redis, IAM, credentials, their own configuration and bounds. */
export const parts = [
  states(
    {
      title: 'Dependencies',
      description: 'Redis and IAM, as the gateway that is worst off sees them.',
      unit: plain,
      runbook: 'redis-away',
      width: 8,
    },
    { expr: `min by (dependency) (runway_dependency_up{${ofInstances}})`, legend: '{{dependency}}' },
    dependencies,
  ),
  lines(
    {
      title: 'Redis faults',
      description: 'Commands that Redis did not carry out in time, and values that could not be read, by the reason.',
      unit: perSecondUnit,
      runbook: 'redis-away',
      width: 8,
      height: 6,
    },
    [{ expr: `${perSecond('runway_redis_faults_total', ofInstances, 'reason')} > 0`, legend: '{{reason}}' }],
  ),
  lines(
    {
      title: 'Credentials refused',
      description: 'Answers in which FunctionGraph or IAM refused the gateway’s own credentials. Every one is an outage for its callers.',
      unit: perSecondUnit,
      runbook: 'credentials-refused',
      width: 8,
      height: 6,
    },
    [{ expr: `${perSecond('runway_credentials_refused_total', ofInstances, 'upstream')} > 0`, legend: '{{upstream}}' }],
  ),
  table(
    {
      title: 'API keys: time left',
      description: 'Until the earliest key of a consumer that still works ends. Give out the next one before that.',
      unit: timeLeft,
      runbook: 'credentials-near-expiry',
      width: 8,
      height: 6,
    },
    {
      rows: { holder: 'Consumer' },
      columns: [{ title: 'Ends in', expr: expiry('api_key'), unit: timeLeft, steps: badBelow(14 * dayS, 3 * dayS) }],
    },
  ),
  table(
    {
      title: 'IAM tokens: time left',
      description:
        'Of each upstream. They are renewed when a fifth of their life is left: one with less than an hour was not, or nobody called.',
      unit: timeLeft,
      runbook: 'credentials-near-expiry',
      width: 8,
      height: 6,
    },
    {
      rows: { holder: 'Upstream' },
      columns: [{ title: 'Ends in', expr: expiry('iam_token'), unit: timeLeft, steps: badBelow(3_600, 600) }],
    },
  ),
  states(
    {
      title: 'Reloads',
      description:
        'Whether the last configuration that was read was good. A refused one changes nothing: the one before it stays in force.',
      unit: plain,
      runbook: 'reload-failed',
      width: 8,
    },
    { expr: `min by (instance) (runway_config_last_reload_success{${ofInstances}})`, legend: '{{instance}}' },
    reloads,
  ),
  lines(
    {
      title: 'Retries withheld',
      description: 'Repeats that would have been of use and were not made. For the budget: more fails than retries can mend.',
      unit: perSecondUnit,
      runbook: 'retry-budget-spent',
      width: 8,
      height: 6,
    },
    [
      {
        expr: largest(10, `${perSecond('runway_retries_withheld_total', ofInstances, 'function, reason')} > 0`),
        legend: '{{function}} {{reason}}',
      },
    ],
  ),
  lines(
    {
      title: 'Series',
      description:
        'Series of metrics held by each gateway, and observations each second that went to _overflow because there were too many (metrics.maxSeries).',
      unit: count,
      runbook: 'series-overflow',
      width: 8,
      height: 6,
    },
    [
      { expr: largest(10, `runway_metrics_series{${ofInstances}}`), legend: '{{instance}}' },
      { expr: `${perSecond('runway_metrics_overflow_total', ofInstances)} > 0`, legend: 'overflow' },
    ],
  ),
  lines(
    {
      title: 'Open files',
      description: 'Share of the file descriptors a gateway may have. Connections are most of them.',
      unit: ratio,
      runbook: 'process',
      width: 8,
      height: 6,
    },
    [{ expr: largest(10, `process_open_fds{${ofJob}} / process_max_fds{${ofJob}}`), legend: '{{instance}}' }],
    { steps: worseFrom(0.7, 0.9), max: 1 },
  ),
];
