import { by, hitRatio, largest, ofFunctions, ofInstances, ofJob, perSecond } from './expressions.ts';
import { lines, number } from './panels.ts';
import { table } from './table.ts';
import { worseFrom } from './thresholds.ts';
import { bytes, count, perSecondUnit, plain, ratio, seconds, timeLeft } from './units.ts';

const requests = 'runway_requests_total';

/** What runs out first: places, and the gateways themselves. */
export const saturation = [
  lines(
    {
      title: 'Places in use',
      description:
        'Executions in flight ÷ executions that may be, of the ten functions nearest to their end. At 100 % calls wait, then are refused.',
      unit: ratio,
      runbook: 'saturation',
      width: 8,
    },
    [
      {
        expr: largest(
          10,
          `sum by (function) (runway_in_flight{${ofFunctions}}) / sum by (function) (runway_concurrency_limit{${ofFunctions}})`,
        ),
        legend: '{{function}}',
      },
    ],
    { steps: worseFrom(0.8, 1), max: 1 },
  ),
  lines(
    {
      title: 'Calls that wait',
      description:
        'For a place, of the ten functions with most of them. Some for a moment is what the queue is for; a plateau is too few places.',
      unit: count,
      runbook: 'saturation',
      width: 8,
    },
    [{ expr: largest(10, `sum by (function) (runway_queue_depth{${ofFunctions}})`), legend: '{{function}}' }],
  ),
  lines(
    {
      title: 'Refused for want of a place',
      description:
        'Calls answered 503: no place in time, an open circuit, or the gateway itself overloaded (shed, before it is known which function).',
      unit: perSecondUnit,
      runbook: 'overloaded',
      width: 8,
    },
    [
      {
        expr: largest(10, `${perSecond(requests, `${ofFunctions}, outcome="refused", status="503"`, 'function')} > 0`),
        legend: '{{function}}',
      },
      { expr: `${perSecond('runway_shed_total', ofInstances)} > 0`, legend: 'shed' },
    ],
  ),
  lines(
    {
      title: 'Event loop, p99',
      description:
        'How late the gateway’s own work begins: every call waits for it. 10 to 40 ms under full load; from 200 ms on it sheds calls.',
      unit: seconds,
      runbook: 'event-loop-late',
      width: 8,
    },
    [{ expr: largest(10, `nodejs_eventloop_lag_p99_seconds{${ofJob}}`), legend: '{{instance}}' }],
    { steps: worseFrom(0.1, 0.2) },
  ),
  lines(
    {
      title: 'CPU',
      description:
        'Seconds of CPU each second. A gateway is one thread, and full at 1; what is above that is garbage collection and compilation beside it.',
      unit: count,
      runbook: 'process',
      width: 8,
    },
    [{ expr: largest(10, `sum${by('instance')} (rate(process_cpu_seconds_total{${ofJob}}[$__rate_interval]))`), legend: '{{instance}}' }],
    { steps: worseFrom(0.8, 1) },
  ),
  lines(
    {
      title: 'Memory',
      description: 'Resident memory of each gateway. It grows with cache.memory and the functions, then stays.',
      unit: bytes,
      runbook: 'process',
      width: 8,
    },
    [{ expr: largest(10, `process_resident_memory_bytes{${ofJob}}`), legend: '{{instance}}' }],
  ),
];

/** Which gateways there are. */
export const gateways = [
  number(
    {
      title: 'Answered from what is kept',
      description: 'Share of the look-ups that needed no upstream call of their own: hit, stale, or shared with an identical call.',
      unit: ratio,
      runbook: 'kept-results',
      width: 6,
      height: 6,
    },
    hitRatio(ofFunctions),
    { none: 'no look-ups' },
  ),
  table(
    {
      title: 'Gateways',
      description:
        'Which version runs where, for how long, and how many configurations each has loaded. After a roll-out all are the same.',
      unit: plain,
      runbook: 'process',
      width: 18,
      height: 6,
    },
    {
      rows: { instance: 'Gateway', version: 'Version' },
      columns: [
        {
          title: 'Runs for',
          expr: `time() - process_start_time_seconds{${ofJob}} + on (instance) group_left (version) 0 * runway_build_info{${ofInstances}}`,
          unit: timeLeft,
        },
        {
          title: 'Configurations loaded',
          expr: `runway_config_generation{${ofInstances}} + on (instance) group_left (version) 0 * runway_build_info{${ofInstances}}`,
          unit: plain,
        },
        {
          title: 'Requests',
          expr: `${perSecond(requests, ofInstances, 'instance')} + on (instance) group_left (version) 0 * runway_build_info{${ofInstances}}`,
          unit: perSecondUnit,
        },
      ],
    },
  ),
];
