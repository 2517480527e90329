import { board } from './board.ts';
import { by, hitRatio, inRange, ofTheFunction, orZero, perSecond, quantile, sloErrorRatio } from './expressions.ts';
import { places, time } from './function-time.ts';
import { circuits, outcomes, statuses } from './meanings.ts';
import { lines, number, states } from './panels.ts';
import { worseFrom } from './thresholds.ts';
import { count, money, perSecondUnit, plain, ratio, seconds } from './units.ts';
import { instances, oneFunction } from './variables.ts';

const requests = 'runway_requests_total';
const duration = 'runway_request_duration_seconds';
const memory = 'functiongraph_memory_used_bytes';
const gauge = (metric: string, aggregation = 'sum') => `${aggregation} (${metric}{${ofTheFunction}})`;

const now = [
  number(
    { title: 'Requests', description: 'Calls of this function answered each second.', unit: perSecondUnit, runbook: 'traffic', width: 3 },
    orZero(perSecond(requests, ofTheFunction)),
  ),
  number(
    {
      title: 'Errors',
      description: 'Share of the calls that failed by the platform’s fault. The function’s own errors are below, by outcome.',
      unit: ratio,
      runbook: 'slo-burn',
      width: 3,
    },
    sloErrorRatio(ofTheFunction),
    { steps: worseFrom(0.001, 0.01), none: 'no calls' },
  ),
  number(
    {
      title: 'Duration, p99',
      description: 'One call in a hundred takes longer, retries and waiting included.',
      unit: seconds,
      runbook: 'latency',
      width: 3,
    },
    quantile(0.99, duration, ofTheFunction),
    { none: 'no calls' },
  ),
  number(
    {
      title: 'Circuit',
      description:
        'closed: it is called; open: it is not, callers get circuit_open; half-open: a probe is under way. The worst of all gateways.',
      unit: plain,
      runbook: 'breaker-open',
      width: 3,
    },
    gauge('runway_breaker_state', 'max'),
    { mappings: circuits, none: 'no calls', sparkline: false },
  ),
  number(
    { title: 'Places in use', description: 'Executions in flight ÷ executions that may be.', unit: ratio, runbook: 'saturation', width: 3 },
    `${gauge('runway_in_flight')} / ${gauge('runway_concurrency_limit')}`,
    { steps: worseFrom(0.8, 1), none: 'no calls' },
  ),
  number(
    {
      title: 'Memory, p99',
      description:
        'Memory used ÷ memory configured. Above 90 % it is near to being ended for it. Of a function with the smallest size, 128 MB, it says 89 % even when little is used: it comes of buckets.',
      unit: ratio,
      runbook: 'memory-near-size',
      width: 3,
    },
    `${quantile(0.99, memory, ofTheFunction)} / ${gauge('functiongraph_memory_size_bytes', 'max')}`,
    { steps: worseFrom(0.9, 0.95), none: 'no calls' },
  ),
  number(
    {
      title: 'Answered from what is kept',
      description: 'Share of the look-ups that needed no upstream call of their own. Only of idempotent functions with a cache.',
      unit: ratio,
      runbook: 'kept-results',
      width: 3,
    },
    hitRatio(ofTheFunction),
    { none: 'not kept' },
  ),
  number(
    {
      title: 'Cost',
      description: 'What its executions cost in the time shown, by the pricing of the file.',
      unit: money,
      runbook: 'cost',
      width: 3,
    },
    orZero(inRange('functiongraph_cost_total', ofTheFunction)),
    { sparkline: false },
  ),
];

const calls = [
  lines(
    {
      title: 'Requests by outcome and status',
      description: 'What callers saw. refused is the gateway’s answer, the others came of a call.',
      unit: perSecondUnit,
      runbook: 'traffic',
      width: 12,
    },
    [{ expr: perSecond(requests, ofTheFunction, 'outcome, status'), legend: '{{outcome}} {{status}}' }],
    { stacked: true, colours: Object.fromEntries(Object.entries(outcomes).map(([outcome, colour]) => [`${outcome} .*`, colour])) },
  ),
  lines(
    {
      title: 'Attempts by status',
      description:
        'What FunctionGraph answered to each attempt, retries included: a number; reset and refused are the connection’s, timeout the deadline’s. 429 is throttling.',
      unit: perSecondUnit,
      runbook: 'upstream_unreachable',
      width: 12,
    },
    [{ expr: perSecond('runway_upstream_attempts_total', ofTheFunction, 'status'), legend: '{{status}}' }],
    { stacked: true, colours: statuses },
  ),
  lines(
    {
      title: 'Retries',
      description:
        'Attempts that repeated another one, by what had gone wrong; and those withheld, by what forbade it. Withheld for the budget: more fails than retries can mend.',
      unit: perSecondUnit,
      runbook: 'retry-budget-spent',
      width: 8,
    },
    [
      { expr: perSecond('runway_retries_total', ofTheFunction, 'reason'), legend: '{{reason}}' },
      { expr: perSecond('runway_retries_withheld_total', ofTheFunction, 'reason'), legend: 'withheld: {{reason}}' },
    ],
    { colours: { 'withheld: .*': 'red' } },
  ),
  states(
    { title: 'Circuit', description: 'Its state on each gateway.', unit: plain, runbook: 'breaker-open', width: 8, height: 8 },
    { expr: `max${by('instance')} (runway_breaker_state{${ofTheFunction}})`, legend: '{{instance}}' },
    circuits,
  ),
  lines(
    {
      title: 'Changes of the circuit',
      description: 'By the state gone to. One that opens and closes all the time has failures near breaker.failureRatio.',
      unit: count,
      runbook: 'breaker-open',
      width: 8,
    },
    [{ expr: `sum by (to) (increase(runway_breaker_transitions_total{${ofTheFunction}}[$__rate_interval]))`, legend: '{{to}}' }],
    { colours: { closed: 'green', 'half-open': 'yellow', open: 'red' } },
  ),
];

const results = [
  lines(
    {
      title: 'Versions',
      description: 'Executions by the version that ran, and their result. How a new version takes over.',
      unit: perSecondUnit,
      runbook: 'traffic',
      width: 8,
    },
    [{ expr: perSecond('functiongraph_invocations_total', ofTheFunction, 'version, result'), legend: '{{version}} {{result}}' }],
    { stacked: true },
  ),
  lines(
    {
      title: 'Kept results',
      description: 'Look-ups by what came of them, and where it was: memory, redis, or none.',
      unit: perSecondUnit,
      runbook: 'kept-results',
      width: 8,
    },
    [{ expr: perSecond('runway_cache_requests_total', ofTheFunction, 'result, tier'), legend: '{{result}} {{tier}}' }],
    {
      stacked: true,
      colours: { 'hit .*': 'green', 'stale .*': 'yellow', 'coalesced .*': 'blue', 'miss .*': 'orange', 'bypass .*': 'text' },
    },
  ),
  lines(
    { title: 'Cost per hour', description: 'By consumer, the ten that cost most.', unit: money, runbook: 'cost', width: 8 },
    [{ expr: `topk(10, 3600 * ${perSecond('functiongraph_cost_total', ofTheFunction, 'consumer')})`, legend: '{{consumer}}' }],
    { stacked: true },
  ),
];

/** For its team: how one function does. */
export const oneFunctionBoard = board({
  uid: 'runway-function',
  title: 'Function',
  description: 'How does this function do? Its outcomes, retries, circuit, time, memory, results and cost.',
  from: 'now-1h',
  variables: [instances(), oneFunction()],
  rows: [
    { panels: now },
    { title: 'Calls and attempts', panels: calls },
    { title: 'Time', panels: time },
    { title: 'Places and memory', panels: places },
    { title: 'Results and cost', panels: results },
  ],
});
