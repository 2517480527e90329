import { ofTheFunction, perSecond, quantile } from './expressions.ts';
import { quantiles } from './meanings.ts';
import { heatmap, lines } from './panels.ts';
import { bytes, count, ratio, seconds } from './units.ts';

const duration = 'runway_request_duration_seconds';
const overhead = 'runway_overhead_duration_seconds';
const execution = 'functiongraph_duration_seconds';
const start = 'functiongraph_start_delay_seconds';
const memory = 'functiongraph_memory_used_bytes';
const gauge = (metric: string, aggregation = 'sum') => `${aggregation} (${metric}{${ofTheFunction}})`;
/** FunctionGraph does not say which execution was cold: a start that took longer than this was. */
const coldStarts = `(${perSecond(`${start}_count`, ofTheFunction)} - ${perSecond(`${start}_bucket`, `${ofTheFunction}, le="0.25"`)})`;

/** Where the time of one function’s calls goes. */
export const time = [
  lines(
    {
      title: 'Duration',
      description:
        'Quantiles of all calls, those answered from what is kept included. Points are single calls: one with a trace leads to it.',
      unit: seconds,
      runbook: 'latency',
      width: 12,
    },
    [0.5, 0.95, 0.99].map((share) => ({ expr: quantile(share, duration, ofTheFunction), legend: `p${share * 100}` })),
    { colours: quantiles, exemplars: true },
  ),
  heatmap(
    {
      title: 'Duration, spread',
      description: 'How many calls took how long. Two bands are two kinds of calls, such as kept and computed.',
      unit: seconds,
      runbook: 'latency',
      width: 12,
    },
    `sum by (le) (increase(${duration}_bucket{${ofTheFunction}}[$__rate_interval]))`,
  ),
  lines(
    {
      title: 'Execution and overhead',
      description:
        'What the function itself took, by FunctionGraph’s summary, and what the gateway added. The rest of a call is network, start and waiting.',
      unit: seconds,
      runbook: 'overhead',
      width: 12,
    },
    [0.5, 0.99].flatMap((share) => [
      { expr: quantile(share, execution, ofTheFunction), legend: `execution p${share * 100}` },
      { expr: quantile(share, overhead, ofTheFunction), legend: `overhead p${share * 100}` },
    ]),
  ),
  lines(
    {
      title: 'Start delay',
      description: 'Time of an attempt that was not execution: network, platform, cold start.',
      unit: seconds,
      runbook: 'cold-starts',
      width: 6,
    },
    [0.5, 0.99].map((share) => ({ expr: quantile(share, start, ofTheFunction), legend: `p${share * 100}` })),
    { colours: quantiles },
  ),
  lines(
    {
      title: 'Cold starts',
      description:
        'Share of the executions that took more than 250 ms to start. FunctionGraph does not say which were cold: this is the sign of it.',
      unit: ratio,
      runbook: 'cold-starts',
      width: 6,
    },
    [{ expr: `${coldStarts} / ${perSecond(`${start}_count`, ofTheFunction)}`, legend: 'cold' }],
    { max: 1 },
  ),
];

/** The room it has, and what it takes of it. */
export const places = [
  lines(
    {
      title: 'Places',
      description:
        'Executions in flight, how many there may be (learned from throttling, at most concurrency.max), and calls that wait; over all gateways.',
      unit: count,
      runbook: 'saturation',
      width: 12,
    },
    [
      { expr: gauge('runway_in_flight'), legend: 'in flight' },
      { expr: gauge('runway_concurrency_limit'), legend: 'limit' },
      { expr: gauge('runway_queue_depth'), legend: 'waiting' },
    ],
    { colours: { 'in flight': 'blue', limit: 'red', waiting: 'orange' } },
  ),
  lines(
    {
      title: 'Memory used',
      description: 'p50 and p99 of what executions used, below the size that is configured.',
      unit: bytes,
      runbook: 'memory-near-size',
      width: 12,
    },
    [
      ...[0.5, 0.99].map((share) => ({ expr: quantile(share, memory, ofTheFunction), legend: `p${share * 100}` })),
      { expr: gauge('functiongraph_memory_size_bytes', 'max'), legend: 'size' },
    ],
    { colours: { p50: 'green', p99: 'orange', size: 'red' } },
  ),
];
