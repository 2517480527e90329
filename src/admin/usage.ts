import { accepts } from 'hono/accepts';
import type { Problem } from '../call.ts';
import { only, type Plane, requestIdOf } from '../http/plane.ts';
import { problemResponse } from '../http/problem-json.ts';
import type { CostAmounts, CostReport } from './cost-report.ts';
import { focusCsv } from './focus.ts';
import { headersFor } from './json.ts';
import { type DayRange, daysBefore, reportQuery } from './report-query.ts';
import { sliced, slicedJson } from './sliced.ts';

/** How a limit of a consumer stands. */
export interface LimitStanding {
  readonly name: string;
  readonly unit: 'requests' | 'gbSeconds' | 'cost';
  readonly amount: number;
  readonly mode: 'enforce' | 'shadow';
  /** It may be more than the amount. */
  readonly used: number;
  /** What is neither used nor held by calls under way. */
  readonly remaining: number;
  /** Until all is there again. */
  readonly resetMs: number;
  readonly windowSeconds: number;
}

/** What was used and what it cost, and how the limits stand. */
export interface UsageControl {
  /** The day it is, in UTC. */
  today(): string;
  usageOf(consumer: string, range: DayRange): Promise<CostReport & { readonly today?: CostAmounts }>;
  costs(asked: DayRange & { readonly by: 'function' | 'consumer'; readonly per: 'day' }): Promise<CostReport>;
  /** How the consumer's limits stand. Undefined: there is no consumer of this id. */
  limits(consumer: string): readonly LimitStanding[] | undefined | Promise<readonly LimitStanding[] | undefined>;
}

/** Days of costs, unless a range is asked for. */
const usualDays = 30;

/** `GET /admin/consumers/:id/usage` and `GET /admin/costs`. */
export function routeUsage(app: Plane, usage: UsageControl): void {
  app.get('/admin/consumers/:id/usage', async (c) => {
    const consumer = c.req.param('id');
    const limits = await usage.limits(consumer);
    if (limits === undefined) return problemResponse(unknown, requestIdOf(c), noStore);
    // The month so far: what most budgets are for.
    const query = reportQuery(c.req.url, ['from', 'to'], { today: usage.today(), fromFor: (to) => `${to.slice(0, 8)}01` });
    if (!query.ok) return problemResponse(query.problem, requestIdOf(c), noStore);
    const { rows, ...report } = await usage.usageOf(consumer, query.range);
    return sliced(slicedJson({ consumer, limits, ...report }, 'rows', rows), { ...headersFor(c), ...typeJson });
  });
  app.all('/admin/consumers/:id/usage', only('GET, HEAD'));

  app.get('/admin/costs', async (c) => {
    const defaults = { today: usage.today(), fromFor: (to: string) => daysBefore(to, usualDays - 1) };
    const query = reportQuery(c.req.url, ['by', 'per', 'format', 'from', 'to'], defaults);
    if (!query.ok) return problemResponse(query.problem, requestIdOf(c), noStore);
    const { given, range } = query;
    const by = given.by === 'consumer' ? 'consumer' : 'function';
    const report = await usage.costs({ by, per: 'day', ...range });
    const asCsv = given.format === undefined ? accepts(c, typesOfCosts) === 'text/csv' : given.format === 'csv';
    const { rows, ...rest } = report;
    if (!asCsv) return sliced(slicedJson({ by, per: 'day', ...rest }, 'rows', rows), { ...headersFor(c), ...typeJson });
    return sliced(focusCsv(report), {
      ...headersFor(c),
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="costs-by-${by}-${range.from}-${range.to}.csv"`,
      // What JSON says in the report itself.
      'x-report-complete': String(report.complete),
    });
  });
  app.all('/admin/costs', only('GET, HEAD'));
}

// The id of a request that brought none is made once: the problem has it.
const noStore = { 'cache-control': 'no-store' };
const typeJson = { 'content-type': 'application/json' };
const typesOfCosts: Parameters<typeof accepts>[1] = {
  header: 'Accept',
  supports: ['application/json', 'text/csv'],
  default: 'application/json',
};
const unknown: Problem = { code: 'not_found', detail: 'no consumer of this id is known here' };
