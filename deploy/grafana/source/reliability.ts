import { board } from './board.ts';
import { largest, ofInstances, ofJob, orZero, perSecond } from './expressions.ts';
import { parts } from './foundations.ts';
import { outcomes, statuses } from './meanings.ts';
import { lines, number } from './panels.ts';
import { table } from './table.ts';
import { badBelow, badFromOne, worseFrom } from './thresholds.ts';
import { count, perSecondUnit, plain, ratio } from './units.ts';
import { instances } from './variables.ts';

/** 99.9 % of the calls over 30 days. */
const allowedErrors = 0.001;
const windows = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'];
const burnRate = (window: string) => `runway:slo_errors:ratio_rate${window} / ${allowedErrors}`;

const now = [
  number(
    {
      title: 'Success over 30 days',
      description: 'Share of the calls that did not fail by the platform’s fault. The objective is 99.9 %.',
      unit: ratio,
      runbook: 'slo-burn',
      width: 4,
    },
    '1 - runway:slo_errors:ratio_rate30d',
    { steps: badBelow(0.9995, 0.999), none: 'not yet' },
  ),
  number(
    {
      title: 'Error budget left',
      description: 'What is left of the errors that the objective allows in 30 days. Below 0 it is missed.',
      unit: ratio,
      runbook: 'slo-burn',
      width: 4,
    },
    'runway:slo_error_budget:remaining_ratio30d',
    { steps: badBelow(0.25, 0), none: 'not yet' },
  ),
  number(
    {
      title: 'Burn rate, 1 h',
      description: 'How many times faster than allowed the budget was used in the last hour. At 1 it lasts 30 days, at 14.4 two days.',
      unit: count,
      runbook: 'slo-burn',
      width: 4,
    },
    burnRate('1h'),
    { steps: worseFrom(1, 14.4), none: 'no calls' },
  ),
  number(
    { title: 'Gateways away', description: 'That Prometheus knows of and cannot reach.', unit: plain, runbook: 'gateway-down', width: 4 },
    orZero(`count(up{${ofJob}} == 0)`),
    { steps: badFromOne },
  ),
  number(
    {
      title: 'Dependencies away',
      description: 'Redis or IAM, as a gateway sees it. Calls go on; what it means is in the runbook.',
      unit: plain,
      runbook: 'dependencies',
      width: 4,
    },
    orZero(`count(min by (dependency) (runway_dependency_up{${ofInstances}}) == 0)`),
    { steps: badFromOne },
  ),
  number(
    { title: 'Alerts', description: 'That fire now; the list is below.', unit: plain, runbook: 'slo-burn', width: 4 },
    orZero('count(ALERTS{alertname=~"Runway.+", alertstate="firing"})'),
    { steps: badFromOne },
  ),
];

const objective = [
  lines(
    {
      title: 'Burn rates',
      description:
        'How fast the error budget is used, over several windows: 1 is what is allowed. Somebody is called at 14.4 (over an hour and 5 minutes) and at 6 (over 6 hours and 30 minutes).',
      unit: count,
      runbook: 'slo-burn',
      width: 12,
    },
    windows.map((window) => ({ expr: burnRate(window), legend: window })),
    { steps: ['green', [1, 'yellow'], [6, 'orange'], [14.4, 'red']] },
  ),
  lines(
    {
      title: 'Error budget left',
      description: 'Of the errors that 99.9 % over 30 days allow. A cliff is an outage, a slope is something that fails all the time.',
      unit: ratio,
      runbook: 'slo-burn',
      width: 12,
    },
    [{ expr: 'runway:slo_error_budget:remaining_ratio30d', legend: 'left' }],
    { steps: ['red', [0, 'yellow'], [0.25, 'green']], max: 1 },
  ),
  lines(
    {
      title: 'Errors by function',
      description: 'Calls each second that failed in the sense of the objective, the ten functions with most of them.',
      unit: perSecondUnit,
      runbook: 'slo-burn',
      width: 12,
    },
    [{ expr: largest(10, 'runway:slo_errors:rate5m > 0'), legend: '{{function}}' }],
  ),
  table(
    {
      title: 'Alerts that fire',
      description: 'Each is explained in the runbook under its own heading.',
      unit: plain,
      runbook: 'slo-burn',
      width: 12,
    },
    {
      rows: { alertname: 'Alert', severity: 'Severity', function: 'Function', consumer: 'Consumer', limit: 'Limit', instance: 'Gateway' },
      columns: [{ title: 'Firing', expr: 'ALERTS{alertname=~"Runway.+", alertstate="firing"}', unit: plain }],
    },
  ),
];

const errors = [
  lines(
    {
      title: 'Errors by kind',
      description:
        'What callers got that was not ok, by outcome and status. 502: unreachable or no HTTP; 503: no place or an open circuit; 504: out of time.',
      unit: perSecondUnit,
      runbook: 'traffic',
      width: 12,
    },
    [
      {
        expr: `${perSecond('runway_requests_total', `${ofInstances}, outcome!="ok"`, 'outcome, status')} > 0`,
        legend: '{{outcome}} {{status}}',
      },
    ],
    { stacked: true, colours: Object.fromEntries(Object.entries(outcomes).map(([outcome, colour]) => [`${outcome} .*`, colour])) },
  ),
  lines(
    {
      title: 'Attempts that failed',
      description: 'What FunctionGraph or the way to it answered instead of 2xx, before any retry.',
      unit: perSecondUnit,
      runbook: 'upstream_unreachable',
      width: 12,
    },
    [{ expr: `${perSecond('runway_upstream_attempts_total', `${ofInstances}, status!~"2.."`, 'status')} > 0`, legend: '{{status}}' }],
    { stacked: true, colours: statuses },
  ),
];

/** For the review, and for what is not yet an outage. */
export const reliability = board({
  uid: 'runway-reliability',
  title: 'Reliability',
  description: 'Is the promise kept, what fires, and what is about to go wrong?',
  from: 'now-6h',
  variables: [instances()],
  rows: [
    { panels: now },
    { title: 'The objective', panels: objective },
    { title: 'Errors', panels: errors },
    { title: 'What it stands on', panels: parts },
  ],
});
