import { board } from './board.ts';
import { inRange, largest, ofBoth, ofFunctions, ofInstances, orZero, perSecond } from './expressions.ts';
import { lines, number } from './panels.ts';
import { boardOf, table } from './table.ts';
import { worseFrom } from './thresholds.ts';
import { count, money, ratio } from './units.ts';
import { consumers, functions, instances } from './variables.ts';

const cost = 'functiongraph_cost_total';
const gbSeconds = 'functiongraph_billed_gb_seconds_total';
const requests = 'runway_requests_total';
const perHour = (expression: string) => `3600 * ${expression}`;
const budget = `max (runway_monthly_budget_cost{${ofInstances}})`;
const perThousandCalls = (labels = '') => `1000 * ${inRange(cost, ofBoth, labels)} / ${inRange(requests, ofBoth, labels)}`;

const now = [
  number(
    {
      title: 'Cost',
      description:
        'What the executions in the time shown cost, by the pricing of the file. No substitute for the cloud’s invoice: no free tier is taken off.',
      unit: money,
      runbook: 'cost',
      width: 4,
    },
    orZero(inRange(cost, ofBoth)),
    { sparkline: false },
  ),
  number(
    {
      title: 'Forecast for the month',
      description: 'A whole month at the rate of the last day, of all functions and consumers.',
      unit: money,
      runbook: 'cost-over-budget',
      width: 4,
    },
    'runway:cost:forecast_month',
    { none: 'not yet' },
  ),
  number(
    {
      title: 'Forecast ÷ budget',
      description: 'The forecast as a share of pricing.monthlyBudget. Above 100 % the month will cost more than was planned.',
      unit: ratio,
      runbook: 'cost-over-budget',
      width: 4,
    },
    `runway:cost:forecast_month / ${budget}`,
    { steps: worseFrom(0.8, 1), none: 'no budget' },
  ),
  number(
    {
      title: 'Cost of 1000 calls',
      description: 'Cost of the time shown ÷ all calls answered in it, those answered from what is kept included.',
      unit: money,
      runbook: 'cost',
      width: 4,
    },
    perThousandCalls(),
    { none: 'no calls', sparkline: false },
  ),
  number(
    {
      title: 'Saved by kept results',
      description: 'What the calls answered from what is kept would have cost, in the time shown.',
      unit: money,
      runbook: 'kept-results',
      width: 4,
    },
    orZero(inRange('runway_cache_saved_cost_total', ofFunctions)),
    { sparkline: false },
  ),
  number(
    {
      title: 'Wasted',
      description: 'Billed and of no use to anybody, in the time shown: retries, timeouts, callers who left.',
      unit: money,
      runbook: 'cost',
      width: 4,
    },
    orZero(inRange('functiongraph_wasted_cost_total', ofFunctions)),
    { sparkline: false },
  ),
];

const overTime = [
  lines(
    { title: 'Cost per hour, by function', description: 'The ten functions that cost most.', unit: money, runbook: 'cost', width: 12 },
    [{ expr: largest(10, perHour(perSecond(cost, ofBoth, 'function'))), legend: '{{function}}' }],
    { stacked: true },
  ),
  lines(
    {
      title: 'Cost per hour, by consumer',
      description: 'The ten consumers that cost most. The same money as by function, cut the other way: do not add them up.',
      unit: money,
      runbook: 'cost',
      width: 12,
    },
    [{ expr: largest(10, perHour(perSecond(cost, ofBoth, 'consumer'))), legend: '{{consumer}}' }],
    { stacked: true },
  ),
  lines(
    {
      title: 'GB-seconds each second, by function',
      description: 'What FunctionGraph bills, of its summaries: billed time × memory size. As many GB as are busy at a time.',
      unit: count,
      runbook: 'cost',
      width: 12,
    },
    [{ expr: largest(10, perSecond(gbSeconds, ofBoth, 'function')), legend: '{{function}}' }],
    { stacked: true },
  ),
  lines(
    { title: 'GB-seconds each second, by consumer', description: 'The same, by who called.', unit: count, runbook: 'cost', width: 12 },
    [{ expr: largest(10, perSecond(gbSeconds, ofBoth, 'consumer')), legend: '{{consumer}}' }],
    { stacked: true },
  ),
  lines(
    {
      title: 'Forecast and budget',
      description:
        'What the month would cost at the rate of the last day, against pricing.monthlyBudget. It moves for a day after each change.',
      unit: money,
      runbook: 'cost-over-budget',
      width: 8,
    },
    [
      { expr: 'runway:cost:forecast_month', legend: 'forecast' },
      { expr: budget, legend: 'budget' },
    ],
    { colours: { forecast: 'blue', budget: 'red' } },
  ),
  lines(
    {
      title: 'Saved per hour',
      description: 'By kept results, the ten functions that save most.',
      unit: money,
      runbook: 'kept-results',
      width: 8,
    },
    [{ expr: largest(10, perHour(perSecond('runway_cache_saved_cost_total', ofFunctions, 'function'))), legend: '{{function}}' }],
    { stacked: true },
  ),
  lines(
    {
      title: 'Wasted per hour',
      description: 'retry: an attempt that was billed and then repeated; timeout: nobody waited any more; client_closed: the caller left.',
      unit: money,
      runbook: 'cost',
      width: 8,
    },
    [{ expr: perHour(perSecond('functiongraph_wasted_cost_total', ofFunctions, 'reason')), legend: '{{reason}}' }],
    { stacked: true },
  ),
];

const tops = [
  table(
    {
      title: 'Top ten functions',
      description:
        'By cost in the time shown, with what the month would cost at the rate of the last day. A name leads to its own dashboard.',
      unit: money,
      runbook: 'cost',
      width: 12,
    },
    {
      rows: { function: 'Function' },
      columns: topTen('function', [
        { title: 'Month', expr: 'runway:cost:forecast_month_by_function', unit: money },
        { title: '1000 calls', expr: perThousandCalls('function'), unit: money },
      ]),
      links: { function: boardOf('function') },
    },
  ),
  table(
    {
      title: 'Top ten consumers',
      description: 'By cost in the time shown. A name leads to what it used of its limits.',
      unit: money,
      runbook: 'consumers',
      width: 12,
    },
    {
      rows: { consumer: 'Consumer' },
      columns: topTen('consumer', [{ title: '1000 calls', expr: perThousandCalls('consumer'), unit: money }]),
      links: { consumer: boardOf('consumer') },
    },
  ),
];

function topTen(label: 'function' | 'consumer', more: readonly { title: string; expr: string; unit: typeof money }[]) {
  const most = largest(10, inRange(cost, ofBoth, label));
  const ofThese = (expression: string) => `${expression} and on (${label}) ${most}`;
  return [
    { title: 'Cost', expr: most, unit: money },
    { title: 'GB-seconds', expr: ofThese(inRange(gbSeconds, ofBoth, label)), unit: count },
    { title: 'Calls', expr: ofThese(inRange(requests, ofBoth, label)), unit: count },
    ...more.map((column) => ({ ...column, expr: ofThese(column.expr) })),
  ] as const;
}

/** For who pays: what it costs, by whom, and what could be less. */
export const costBoard = board({
  uid: 'runway-cost',
  title: 'Cost',
  description: 'What does it cost, who causes it, and how will the month end?',
  from: 'now-24h',
  variables: [instances(), functions(), consumers()],
  rows: [{ panels: now }, { title: 'Over time', panels: overTime }, { title: 'Who', panels: tops }],
});
