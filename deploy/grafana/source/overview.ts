import { board } from './board.ts';
import { largest, ofFunctions, orZero, perSecond, quantile, sloErrorRatio, sloRequests } from './expressions.ts';
import { gateways, saturation } from './gateways.ts';
import { circuits, outcomes, quantiles } from './meanings.ts';
import { lines, number, states } from './panels.ts';
import { boardOf, table } from './table.ts';
import { badFromOne, worseFrom } from './thresholds.ts';
import { perSecondUnit, plain, ratio, seconds } from './units.ts';
import { functions, instances } from './variables.ts';

const requests = 'runway_requests_total';
const duration = 'runway_request_duration_seconds';
const overhead = 'runway_overhead_duration_seconds';
const openCircuits = `max by (function) (runway_breaker_state{${ofFunctions}}) > 0`;
const busiest = largest(20, perSecond(requests, ofFunctions, 'function'));
const ofTheBusiest = (expression: string) => `${expression} and on (function) ${busiest}`;

const now = [
  number(
    {
      title: 'Requests',
      description: 'Calls answered each second, by all gateways that are chosen. A sudden fall is worse than a rise.',
      unit: perSecondUnit,
      runbook: 'traffic',
      width: 4,
    },
    orZero(perSecond(requests, ofFunctions)),
  ),
  number(
    {
      title: 'Errors',
      description:
        'Share of the calls that failed by the platform’s fault: FunctionGraph, the network, the gateway, no place. The objective is 0.1 % over 30 days. The functions’ own errors are not in it.',
      unit: ratio,
      runbook: 'slo-burn',
      width: 4,
    },
    sloErrorRatio(ofFunctions),
    { steps: worseFrom(0.001, 0.01), none: 'no calls' },
  ),
  number(
    {
      title: 'Duration, p99',
      description: 'One call in a hundred takes longer than this, from accepting it to its answer, the function’s own time included.',
      unit: seconds,
      runbook: 'latency',
      width: 4,
    },
    quantile(0.99, duration, ofFunctions),
    { none: 'no calls' },
  ),
  number(
    {
      title: 'Overhead, p99',
      description: 'What the gateway itself adds, without waiting for FunctionGraph. Above 5 ms look at the event loop and the CPU.',
      unit: seconds,
      runbook: 'overhead',
      width: 4,
    },
    quantile(0.99, overhead, ofFunctions),
    { steps: worseFrom(0.005, 0.025), none: 'no calls' },
  ),
  number(
    {
      title: 'Circuits not closed',
      description: 'Functions that are not called at the moment, or only probed, because too much of them failed.',
      unit: plain,
      runbook: 'breaker-open',
      width: 4,
    },
    orZero(`count(${openCircuits})`),
    { steps: badFromOne },
  ),
  number(
    {
      title: 'Alerts',
      description: 'Alerts of Runway that fire. Which ones, and since when, is on the dashboard Reliability.',
      unit: plain,
      runbook: 'slo-burn',
      width: 4,
    },
    orZero('count(ALERTS{alertname=~"Runway.+", alertstate="firing"})'),
    { steps: badFromOne },
  ),
];

const traffic = [
  lines(
    {
      title: 'Requests by outcome',
      description:
        'ok; function_error: the function’s own; upstream_error: FunctionGraph or the way to it; refused: by the gateway, mostly limits; gateway_error: a fault of the gateway; client_closed: the caller left.',
      unit: perSecondUnit,
      runbook: 'traffic',
      width: 12,
    },
    [{ expr: perSecond(requests, ofFunctions, 'outcome'), legend: '{{outcome}}' }],
    { stacked: true, colours: outcomes },
  ),
  lines(
    {
      title: 'Duration',
      description: 'Quantiles over all calls. Points are single calls: one with a trace leads to it.',
      unit: seconds,
      runbook: 'latency',
      width: 12,
    },
    [0.5, 0.95, 0.99].map((share) => ({ expr: quantile(share, duration, ofFunctions), legend: `p${share * 100}` })),
    { colours: quantiles, exemplars: true },
  ),
  lines(
    {
      title: 'What did not succeed, by function',
      description:
        'Calls each second whose outcome was not ok, of the ten functions with most of them. Names that are not in the file are _unknown.',
      unit: perSecondUnit,
      runbook: 'traffic',
      width: 12,
    },
    [
      {
        expr: largest(10, `${perSecond(requests, `${ofFunctions}, outcome!="ok"`, 'function, outcome')} > 0`),
        legend: '{{function}} {{outcome}}',
      },
    ],
  ),
  lines(
    {
      title: 'Overhead',
      description: 'What the gateway added to a call, p50 and p99. It does not grow with the functions’ own time.',
      unit: seconds,
      runbook: 'overhead',
      width: 12,
    },
    [0.5, 0.99].map((share) => ({ expr: quantile(share, overhead, ofFunctions), legend: `p${share * 100}` })),
    { colours: quantiles },
  ),
];

const busy = [
  table(
    {
      title: 'Functions',
      description:
        'The twenty that are called most: calls each second, share of the platform’s errors, share of the function’s own errors, 99th percentile. A name leads to its own dashboard.',
      unit: perSecondUnit,
      runbook: 'traffic',
      width: 12,
    },
    {
      rows: { function: 'Function' },
      columns: [
        { title: 'Requests', expr: busiest, unit: perSecondUnit },
        {
          title: 'Errors',
          expr: ofTheBusiest(sloErrorRatio(ofFunctions, 'function')),
          unit: ratio,
          steps: worseFrom(0.001, 0.01),
        },
        {
          title: 'Own errors',
          expr: ofTheBusiest(
            `${perSecond(requests, `${ofFunctions}, outcome="function_error"`, 'function')} / ${sloRequests(ofFunctions, 'function')}`,
          ),
          unit: ratio,
          steps: worseFrom(0.01, 0.1),
        },
        { title: 'p99', expr: ofTheBusiest(quantile(0.99, duration, ofFunctions, 'function')), unit: seconds },
      ],
      links: { function: boardOf('function') },
    },
  ),
  states(
    {
      title: 'Circuits that were not closed',
      description: 'Functions whose circuit was half-open or open in this time. Empty is good.',
      unit: plain,
      runbook: 'breaker-open',
      width: 12,
      height: 8,
    },
    { expr: largest(10, openCircuits), legend: '{{function}}' },
    circuits,
  ),
];

/** For whoever is called: is it well, and if not, where to look. */
export const overview = board({
  uid: 'runway-overview',
  title: 'Overview',
  description: 'Is it well? Traffic, errors, time and room of all gateways.',
  from: 'now-1h',
  variables: [instances(), functions()],
  rows: [
    { panels: now },
    { title: 'Traffic', panels: traffic },
    { title: 'Functions', panels: busy },
    { title: 'Saturation', panels: saturation },
    { title: 'Gateways', panels: gateways },
  ],
});
