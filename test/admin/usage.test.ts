import { describe, expect, test } from 'vitest';
import type { CostReport, CostRow } from '../../src/admin/cost-report.ts';
import type { UsageControl } from '../../src/admin/usage.ts';
import { consumerIdPattern } from '../../src/consumer.ts';
import { isFunctionName } from '../../src/name.ts';
import { startAdminPlane } from '../support/admin.ts';

const amounts = { requests: 10, kept: 4, executions: 6, gbSeconds: 0.75, wastedGbSeconds: 0.125, cost: 0.25 };
const report: Omit<CostReport, 'from' | 'to'> = {
  currency: 'USD',
  complete: true,
  total: amounts,
  rows: [{ day: '2026-11-02', function: 'hello', ...amounts }],
};

const daily = {
  name: 'daily',
  unit: 'requests',
  amount: 1,
  mode: 'enforce',
  used: 0.75,
  remaining: 0.25,
  resetMs: 1_000,
  windowSeconds: 86_400,
} as const;

/** An admin plane on a port of its own, on 3 November 2026, over reports that only remember what was asked of them. */
async function startAdmin({ token, ...over }: Partial<UsageControl> & { token?: string } = {}) {
  const asked: unknown[] = [];
  const usage: UsageControl = {
    today: () => '2026-11-03',
    async usageOf(consumer, range) {
      asked.push({ consumer, ...range });
      return { ...range, today: amounts, ...report };
    },
    async costs({ from, to, ...what }) {
      asked.push({ ...what, from, to });
      return { from, to, ...report };
    },
    limits: (id) => (id === 'billing' ? [daily] : undefined),
    ...over,
  };
  const listening = await startAdminPlane({
    usage,
    token,
  });
  const get = (path: string, init: RequestInit = {}) => fetch(`${listening.url}/admin/${path}`, init);
  return { ...listening, asked, get, [Symbol.asyncDispose]: () => listening.close(0) };
}

describe('GET /admin/consumers/:id/usage', () => {
  test('says what the consumer used this month and today, and how its limits stand', async () => {
    await using admin = await startAdmin();
    const answer = await admin.get('consumers/billing/usage');
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
      200,
      'application/json',
      'no-store',
    ]);
    const range = { from: '2026-11-01', to: '2026-11-03' };
    expect(await answer.json()).toEqual({
      consumer: 'billing',
      limits: [daily],
      ...range,
      today: amounts,
      ...report,
    });
    expect(admin.asked).toEqual([{ consumer: 'billing', ...range }]);
  });

  test.each([
    ['from=2026-10-15', '2026-10-15', '2026-11-03'],
    ['to=2026-10-15', '2026-10-01', '2026-10-15'],
    ['from=2025-12-24&to=2026-02-28', '2025-12-24', '2026-02-28'],
  ])('?%s is from %s to %s', async (query, from, to) => {
    await using admin = await startAdmin();
    await admin.get(`consumers/billing/usage?${query}`);
    expect(admin.asked).toEqual([{ consumer: 'billing', from, to }]);
  });

  test.each(['nobody', '__proto__', '%00'])('knows no consumer %j that is not in the configuration', async (id) => {
    await using admin = await startAdmin();
    const answer = await admin.get(`consumers/${id}/usage`);
    expect([answer.status, await answer.json()]).toMatchObject([
      404,
      { code: 'not_found', detail: 'no consumer of this id is known here' },
    ]);
    expect(admin.asked).toEqual([]);
  });

  test('waits for limits that are looked up elsewhere', async () => {
    await using admin = await startAdmin({ limits: async () => [] });
    expect(await (await admin.get('consumers/billing/usage')).json()).toMatchObject({ limits: [] });
  });
});

describe('GET /admin/costs', () => {
  test('is the last 30 days by function unless told otherwise', async () => {
    await using admin = await startAdmin();
    const answer = await admin.get('costs');
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
      200,
      'application/json',
      'no-store',
    ]);
    expect(await answer.json()).toEqual({ by: 'function', per: 'day', from: '2026-10-05', to: '2026-11-03', ...report });
  });

  test('is by consumer, and of other days, when asked', async () => {
    await using admin = await startAdmin();
    await admin.get('costs?by=consumer&per=day&from=2026-10-01&to=2026-10-31');
    expect(admin.asked).toEqual([{ by: 'consumer', per: 'day', from: '2026-10-01', to: '2026-10-31' }]);
  });

  const columns = 'BilledCost,BillingCurrency,ChargeCategory,ChargePeriodEnd,ChargePeriodStart,ConsumedQuantity,ConsumedUnit,ResourceName,';
  const header = `${columns}ServiceCategory,ServiceName,x_Consumer,x_Requests,x_KeptRequests,x_Executions,x_WastedQuantity\r\n`;
  const period = '2026-11-03T00:00:00Z,2026-11-02T00:00:00Z';

  test.each<[string, RequestInit]>([
    ['costs?format=csv', {}],
    ['costs', { headers: { accept: 'text/csv' } }],
    ['costs', { headers: { accept: 'text/csv, application/json;q=0.9' } }],
    ['costs?format=csv', { headers: { accept: 'application/json' } }],
  ])('%s is CSV with the columns of FOCUS when that is asked for: %j', async (path, init) => {
    await using admin = await startAdmin();
    const answer = await admin.get(path, init);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': 'attachment; filename="costs-by-function-2026-10-05-2026-11-03.csv"',
      'cache-control': 'no-store',
      'x-report-complete': 'true',
    });
    expect(await answer.text()).toBe(`${header}0.25,USD,Usage,${period},0.75,GiB-Seconds,hello,Compute,FunctionGraph,,10,4,6,0.125\r\n`);
  });

  test.each(['*/*', 'application/json', 'text/csv;q=0.5, application/json', 'text/csv;q=0'])('Accept: %s is JSON', async (accept) => {
    await using admin = await startAdmin();
    expect((await admin.get('costs', { headers: { accept } })).headers.get('content-type')).toBe('application/json');
  });

  test('of CSV what is not known is empty: no prices, no cost; by consumer, no function', async () => {
    const { cost: _cost, ...used } = amounts;
    await using admin = await startAdmin({
      costs: async ({ from, to }) => ({
        from,
        to,
        complete: false,
        missing: 'Redis could not be read',
        total: used,
        rows: [{ day: '2026-11-02', consumer: 'billing', ...used }],
      }),
    });
    const answer = await admin.get('costs?by=consumer&format=csv');
    expect(answer.headers.get('x-report-complete')).toBe('false');
    expect(await answer.text()).toBe(`${header},,Usage,${period},0.75,GiB-Seconds,,Compute,FunctionGraph,billing,10,4,6,0.125\r\n`);
  });

  test('a name can be no formula and needs no quotes, and if it could it would be quoted', async () => {
    for (const first of ['=', '+', '-', '@', '\t', '\r', '"', ',']) {
      expect([first, isFunctionName(`${first}a`), consumerIdPattern.test(`${first}a`)]).toEqual([first, false, false]);
    }
    const rows = ['=1+1', '-1', 'a"b,c', 'a\nb'].map((name) => ({ day: '2026-11-02', function: name, ...amounts }));
    await using admin = await startAdmin({ costs: async ({ from, to }) => ({ from, to, ...report, rows }) });
    const text = await (await admin.get('costs?format=csv')).text();
    const names = text
      .split('\r\n')
      .slice(1, -1)
      .map((line) => line.slice(line.indexOf('GiB-Seconds,') + 12, line.indexOf(',Compute')));
    expect(names).toEqual(["'=1+1", "'-1", '"a""b,c"', '"a\nb"']);
  });

  test.each(['json', 'csv'])('all of many rows come, in %s', async (format) => {
    const rows: CostRow[] = Array.from({ length: 2_500 }, (_, at) => ({ day: '2026-11-02', function: `fn-${at}`, ...amounts }));
    await using admin = await startAdmin({ costs: async ({ from, to }) => ({ from, to, ...report, rows }) });
    const text = await (await admin.get(`costs?format=${format}`)).text();
    if (format === 'json') expect(JSON.parse(text).rows).toEqual(rows);
    else expect(text.split('\r\n')).toHaveLength(2_502);
  });

  test.each([
    ['by=team', 'the parameter by is "team", allowed is "function" or "consumer"'],
    ['by=', 'the parameter by is "", allowed is "function" or "consumer"'],
    ['per=month', 'the parameter per is "month", allowed is "day"'],
    ['format=xml', 'the parameter format is "xml", allowed is "json" or "csv"'],
    ['from=yesterday', 'the parameter from is "yesterday", allowed is a day such as "2026-11-01"'],
    ['to=2026-02-30', 'the parameter to is "2026-02-30", allowed is a day such as "2026-11-30"'],
    ['to=2026-13-01', 'the parameter to is "2026-13-01", allowed is a day such as "2026-11-30"'],
    ['from=2026-11-04', 'the parameter from is "2026-11-04", allowed is no day after "2026-11-03", where the report ends'],
    [
      'from=2024-11-03',
      'the parameter from is "2024-11-03", and the report ends with "2026-11-03", allowed is at most 400 days in one report, so "2025-09-30" or later',
    ],
    ['fron=2026-11-01', 'there is no parameter "fron", allowed is by, per, format, from, to'],
    ['by=consumer&by=function', 'the parameter by comes twice, with "function", allowed is once'],
    [`by=${'x'.repeat(200)}`, `the parameter by is "${'x'.repeat(100)}…", allowed is "function" or "consumer"`],
  ])('?%s is invalid_request, and says which, what and what is allowed', async (query, detail) => {
    await using admin = await startAdmin();
    const answer = await admin.get(`costs?${query}`);
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'invalid_request', detail }]);
    expect(admin.asked).toEqual([]);
  });
});

describe('both', () => {
  test.each(['consumers/billing/usage', 'costs'])('%s needs the token where one is configured', async (path) => {
    await using admin = await startAdmin({ token: 'secret' });
    expect((await admin.get(path)).status).toBe(401);
    expect((await admin.get(path, { headers: { authorization: 'Bearer secret' } })).status).toBe(200);
  });

  test.each(['consumers/billing/usage', 'costs'])('%s answers HEAD, and takes no other method', async (path) => {
    await using admin = await startAdmin();
    const head = await admin.get(path, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const post = await admin.get(path, { method: 'POST' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});
