import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type BusyGateways, startBusyGateways } from '../support/busy-gateways.ts';
import { BusyLoad } from '../support/busy-load.ts';
import { type Question, questionsOf, shippedDashboards } from '../support/dashboards.ts';
import { booksOf } from '../support/emulated.ts';
import { alerts, recordings } from '../support/prometheus-rules.ts';
import { type PrometheusServer, startPrometheus } from '../support/prometheus-server.ts';
import { withoutThresholds } from '../support/promql.ts';

let gateways: BusyGateways;
let prometheus: PrometheusServer;
let startedAtSeconds: number;

beforeAll(async () => {
  gateways = await startBusyGateways(inject('redisUrl'));
  const { signing, withTokens, crowded } = gateways;
  prometheus = await startPrometheus([signing, withTokens, crowded].map(({ instance }) => instance));
  startedAtSeconds = Date.now() / 1000;
  await prometheus.scraped();
});
afterAll(async () => {
  await prometheus?.[Symbol.asyncDispose]();
  await gateways?.[Symbol.asyncDispose]();
});

const sumNow = async (expr: string) => (await prometheus.now(`sum(${expr})`))[0]?.values[0];

/** Those that have had no number at any second since the start. */
async function unanswered(questions: readonly Question[]): Promise<string[]> {
  const without: string[] = [];
  for (const { of, expr } of questions) {
    const series = await prometheus.since(startedAtSeconds, expr);
    if (!series.some(({ values }) => values.some(Number.isFinite))) without.push(`${of}: ${expr}`);
  }
  return without;
}

/** Two things cannot be had on demand, and are asked for in another way. */
function asFarAsProvoked(expr: string): string {
  // No alert is right for as long as its `for` here; those that wait for it are the same series.
  if (expr.includes('ALERTS{')) return expr.replace('"firing"', '"pending"');
  // A gateway that cannot keep up: that nothing is shed is a number too, which the panel does not show.
  if (expr.includes('runway_shed_total')) return withoutThresholds(expr);
  return expr;
}

describe('a Prometheus that scrapes gateways while everything happens to them', () => {
  test('bills what FunctionGraph has on its books, in GB-seconds, seconds, executions and money', async () => {
    const load = new BusyLoad(gateways);
    await load.fail('hello:429=0.2', 'primes:429=0.5', 'image:429', 'hello:cold-start=300ms');
    for (let round = 0; round < 5; round++) {
      await load.billedRound();
      await prometheus.scraped();
    }
    const books = await booksOf(gateways.emulatorUrl);
    expect(books.invocations).toBeGreaterThan(50);
    // What is computed in the background may end after its call.
    await expect.poll(() => sumNow('functiongraph_invocations_total'), { timeout: 10_000 }).toBe(books.invocations);
    expect(Math.round((await sumNow('functiongraph_billed_gb_seconds_total'))! * 1_024_000)).toBe(books.mbMs);
    expect(Math.round((await sumNow('functiongraph_billed_seconds_total'))! * 1_000)).toBe(books.ms);
    const cost = (books.invocations / 1e6) * 0.2 + (books.mbMs / 1_024_000) * 0.00001667;
    expect(await sumNow('functiongraph_cost_total')).toBeCloseTo(cost, 12);
  }, 60_000);

  test('sees failures, circuits that open and close, waste, and Redis away', async () => {
    const load = new BusyLoad(gateways);
    await load.fail('image:garbage=0.3', 'image:reset=0.3', 'image:bad-summary=0.3', 'flaky:401', 'hello:500');
    for (let round = 0; round < 4; round++) {
      if (round === 1) gateways.wayToRedis.cut();
      if (round === 2) gateways.wayToRedis.restore();
      await load.lostRound();
      await prometheus.scraped();
    }
    await load.untilCircuits(2);
    // Nobody calls: they stay open until it is seen.
    await prometheus.scraped();
    await load.fail();
    await load.untilCircuits(0);
    await prometheus.scraped();
    await prometheus.scraped();
  }, 60_000);

  test('finds names that promtool has one remark on, the unit that FunctionGraph bills in', async () => {
    const scrape = await (await fetch(`${gateways.signing.admin}/metrics`)).text();
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: scrape, encoding: 'utf8' });
    const remarks = stderr.trimEnd().split('\n');
    const known = /^\w+_gb_seconds_total metric names should not contain abbreviated units$/;
    expect(remarks.filter((remark) => !known.test(remark))).toEqual([]);
    expect([status, stdout, remarks.length]).toEqual([3, '', 3]);
  });

  test('evaluates every rule without an error', async () => {
    const rules = await prometheus.rules();
    expect(rules).toHaveLength(alerts.length + recordings.length);
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
  });

  test('renders what alerts say, with links to the runbook', async () => {
    const active = await prometheus.alerts();
    expect(active.map(({ labels }) => labels.alertname)).toContain('RunwayLimitNearItsEnd');
    for (const { annotations } of active) {
      expect(JSON.stringify(annotations)).not.toMatch(/error expanding template|<no value>|NaN/);
      expect(annotations.runbook_url).toMatch(/^http:\/\/localhost:8081\/runbook#[a-z-]+$/);
    }
  });

  test('has numbers for each recording rule', async () => {
    const questions = recordings.map(({ record, expr }) => ({ of: record, expr }));
    await expect.poll(() => unanswered(questions), { timeout: 10_000 }).toEqual([]);
  });

  test('has numbers for all that dashboards ask: every query of every panel, lists of variables, marks', async () => {
    const dashboards = shippedDashboards();
    expect(dashboards.length).toBeGreaterThan(0);
    const asked = dashboards.flatMap((dashboard) => questionsOf(dashboard, { function: 'hello' }));
    const questions = asked.map(({ of, expr }) => ({ of, expr: asFarAsProvoked(expr) }));
    await expect.poll(() => unanswered(questions), { timeout: 10_000 }).toEqual([]);
  }, 60_000);

  test('has numbers for all that alerts compare, whether they fire or not', async () => {
    const questions = alerts.map(({ alert, expr, labels }) => ({ of: `${alert} (${labels.severity})`, expr: withoutThresholds(expr) }));
    // The counts of days are looked at once a minute.
    await expect.poll(() => unanswered(questions), { timeout: 60_000, interval: 1_000 }).toEqual([]);
  }, 90_000);
});
