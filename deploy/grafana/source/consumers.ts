import { board } from './board.ts';
import { inRange, largest, ofConsumers, orZero, perSecond } from './expressions.ts';
import { outcomes } from './meanings.ts';
import { bars, lines, number } from './panels.ts';
import { table } from './table.ts';
import { badFromOne, worseFrom } from './thresholds.ts';
import { count, money, perSecondUnit, plain, ratio } from './units.ts';
import { consumers, instances } from './variables.ts';

const requests = 'runway_requests_total';
const decisions = 'runway_limit_decisions_total';
const used = 'runway:limit_used:ratio{consumer=~"$consumer"}';
const near = worseFrom(0.8, 0.9);

const now = [
  number(
    {
      title: 'Requests',
      description: 'Calls of these consumers answered each second.',
      unit: perSecondUnit,
      runbook: 'consumers',
      width: 4,
    },
    orZero(perSecond(requests, ofConsumers)),
  ),
  number(
    {
      title: 'Consumers',
      description: 'How many called in the time shown; who called without a key is one of them, anonymous.',
      unit: plain,
      runbook: 'consumers',
      width: 4,
    },
    orZero(`count(${inRange(requests, `${ofConsumers}, consumer!="_unknown"`, 'consumer')} > 0)`),
    { sparkline: false },
  ),
  number(
    {
      title: 'Limits near their end',
      description: 'Limits of which 80 % and more are used.',
      unit: plain,
      runbook: 'limit-near-its-end',
      width: 4,
    },
    orZero(`count(${used} >= 0.8)`),
    { steps: badFromOne },
  ),
  number(
    {
      title: 'Refused by limits',
      description: 'Calls refused each second because a limit was used up: 429 with Retry-After.',
      unit: perSecondUnit,
      runbook: 'rate_limited',
      width: 4,
    },
    orZero(perSecond(decisions, `${ofConsumers}, decision="refused"`)),
    { steps: ['blue', [0.01, 'yellow']] },
  ),
  number(
    {
      title: 'Unknown keys',
      description:
        'Calls each second with no key, or one that is not known. A few are typing mistakes; many are an expired key or somebody who tries.',
      unit: perSecondUnit,
      runbook: 'unauthenticated',
      width: 4,
    },
    orZero(perSecond(requests, 'instance=~"$instance", consumer="_unknown", status="401"')),
    { steps: ['blue', [1, 'yellow']] },
  ),
  number(
    { title: 'Cost', description: 'What their executions cost in the time shown.', unit: money, runbook: 'cost', width: 4 },
    orZero(inRange('functiongraph_cost_total', ofConsumers)),
    { sparkline: false },
  ),
];

const limits = [
  bars(
    {
      title: 'Use of each limit',
      description:
        'How much of each limit is used in its present window, the twenty that are nearest to their end. 100 %: calls are refused, unless the limit is in shadow mode.',
      unit: ratio,
      runbook: 'limit-near-its-end',
      width: 12,
      height: 9,
    },
    { expr: `sort_desc(${largest(20, used)})`, legend: '{{consumer}} {{limit}}' },
    near,
  ),
  table(
    {
      title: 'Limits',
      description:
        'Used share, what is left and what there is, in the limit’s own unit (requests, GB-seconds or money), and refusals in the time shown.',
      unit: count,
      runbook: 'limit-near-its-end',
      width: 12,
      height: 9,
    },
    {
      rows: { consumer: 'Consumer', limit: 'Limit' },
      columns: [
        { title: 'Used', expr: largest(100, used), unit: ratio, steps: near },
        { title: 'Left', expr: `min by (consumer, limit) (runway_limit_remaining{${ofConsumers}})`, unit: count },
        { title: 'Amount', expr: `max by (consumer, limit) (runway_limit_amount{${ofConsumers}})`, unit: count },
        { title: 'Refused', expr: inRange(decisions, `${ofConsumers}, decision="refused"`, 'consumer, limit'), unit: count },
      ],
    },
  ),
  lines(
    {
      title: 'Use over time',
      description: 'The ten limits nearest to their end. A saw is a limit of a short window that is well used.',
      unit: ratio,
      runbook: 'limit-near-its-end',
      width: 12,
    },
    [{ expr: largest(10, used), legend: '{{consumer}} {{limit}}' }],
    { steps: near, max: 1 },
  ),
  lines(
    {
      title: 'Refused by limit',
      description: 'Calls each second, the ten limits that refuse most. concurrency is the consumer’s own places.',
      unit: perSecondUnit,
      runbook: 'quota_exhausted',
      width: 12,
    },
    [
      {
        expr: largest(10, `${perSecond(decisions, `${ofConsumers}, decision="refused"`, 'consumer, limit')} > 0`),
        legend: '{{consumer}} {{limit}}',
      },
    ],
  ),
  lines(
    {
      title: 'Would have been refused',
      description: 'Calls each second that a limit in shadow mode let through: what it would do once it is enforced.',
      unit: perSecondUnit,
      runbook: 'consumers',
      width: 12,
    },
    [
      {
        expr: largest(10, `${perSecond(decisions, `${ofConsumers}, decision="shadowed"`, 'consumer, limit')} > 0`),
        legend: '{{consumer}} {{limit}}',
      },
    ],
  ),
  lines(
    {
      title: 'Warnings',
      description: 'Windows of a limit in which warnAt was reached.',
      unit: count,
      runbook: 'limit-near-its-end',
      width: 12,
    },
    [
      {
        expr: largest(10, `sum by (consumer, limit) (increase(runway_limit_warnings_total{${ofConsumers}}[$__rate_interval])) > 0`),
        legend: '{{consumer}} {{limit}}',
      },
    ],
  ),
];

const use = [
  lines(
    { title: 'Requests by consumer', description: 'The ten that call most.', unit: perSecondUnit, runbook: 'consumers', width: 8 },
    [{ expr: largest(10, perSecond(requests, ofConsumers, 'consumer')), legend: '{{consumer}}' }],
    { stacked: true },
  ),
  lines(
    {
      title: 'Requests by outcome',
      description: 'Of the consumers that are chosen: how their calls end.',
      unit: perSecondUnit,
      runbook: 'traffic',
      width: 8,
    },
    [{ expr: perSecond(requests, ofConsumers, 'outcome'), legend: '{{outcome}}' }],
    { stacked: true, colours: outcomes },
  ),
  lines(
    { title: 'Cost per hour', description: 'The ten that cost most.', unit: money, runbook: 'cost', width: 8 },
    [{ expr: largest(10, `3600 * ${perSecond('functiongraph_cost_total', ofConsumers, 'consumer')}`), legend: '{{consumer}}' }],
    { stacked: true },
  ),
];

/** For who gives out keys: who uses what, and who is at their end. */
export const consumersBoard = board({
  uid: 'runway-consumers',
  title: 'Consumers',
  description: 'Who calls, how much of their limits is used, and who is refused?',
  from: 'now-6h',
  variables: [instances(), consumers()],
  rows: [{ panels: now }, { title: 'Limits', panels: limits }, { title: 'Use', panels: use }],
});
