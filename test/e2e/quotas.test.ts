import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { call, type Emulated, startEmulated, sumOf } from '../support/emulated.ts';
import { runway } from '../support/runway.ts';

let emulated: Emulated;
beforeAll(async () => {
  emulated = await startEmulated();
});
afterAll(() => emulated[Symbol.asyncDispose]());

interface Usage {
  readonly total: { executions: number; gbSeconds: number; requests: number; kept: number };
  readonly limits: readonly { name: string; used: number; remaining: number }[];
}

const pricing = 'pricing: { currency: USD, perMillionRequests: 0.2, perGbSecond: 0.00001667 }\n';

/** A key, made as a platform engineer makes it, and the part of the file that lets it in. */
async function consumer(limits: string): Promise<{ key: string; more: string }> {
  const { key, hash } = JSON.parse((await runway(['key', 'new', 'team', '--json'])).stdout) as { key: string; hash: string };
  return { key, more: `consumers: { team: { keys: ["${hash}"], limits: [${limits}] } }\n${pricing}` };
}

const usageOf = async (admin: string) => (await (await fetch(`${admin}/admin/consumers/team/usage`)).json()) as Usage;
const problemOf = async (answer: Response) => (await answer.json()) as { code: string; detail: string };

test('a team with 2 requests a second and 0.01 GB-seconds a day sees them count down, is refused by name, and its report is the emulator’s books', async () => {
  const { key, more } = await consumer(
    '{ name: pace, requests: 2, per: 1s }, { name: spend, gbSeconds: 0.01, per: day }, { name: trial, requests: 1, per: day, mode: shadow }',
  );
  const before = await emulated.books();
  const { gateway, url, admin } = await emulated.serve('team', { more });
  await using _gateway = gateway;
  const headers = { authorization: `Bearer ${key}` };
  expect((await call(url, 'primes', { n: 10_007 })).status).toBe(401);

  // What it takes until the GB-seconds are spent, at the pace that is allowed.
  const left: number[] = [];
  let paced = 0;
  let spent: Response | undefined;
  while (spent === undefined) {
    const answer = await call(url, 'primes', { n: 10_000_000 - paced - left.length }, headers);
    const states = answer.headers.get('ratelimit') ?? '';
    expect(answer.headers.get('ratelimit-policy')).toContain('"pace";q=2;w=1, "spend";q=10000;w=86400;qu="gb-microseconds"');
    if (answer.status === 200) left.push(Number(/"spend";r=([\d.]+)/.exec(states)?.[1]));
    else {
      const { code, detail } = await problemOf(answer);
      if (code === 'rate_limited') {
        expect(detail).toContain('the limit "pace" of 2 requests');
        expect(answer.headers.get('retry-after')).toBe('1');
        paced++;
        await new Promise((resolve) => setTimeout(resolve, 300));
      } else {
        expect([answer.status, code]).toEqual([429, 'quota_exhausted']);
        expect(detail).toContain('the limit "spend" of 0.01 GB-seconds');
        spent = answer;
      }
    }
  }
  expect(left).toEqual(left.toSorted((a, b) => b - a));
  expect(Number(spent.headers.get('retry-after'))).toBeLessThanOrEqual(86_400);
  const trial = (decision: string) => sumOf(admin, 'runway_limit_decisions_total', `limit="trial",decision="${decision}"`);
  expect([await trial('refused'), (await trial('shadowed')) > 0]).toEqual([0, true]);

  const after = await emulated.books();
  const { total, limits } = await usageOf(admin);
  expect(total.executions).toBe(after.invocations - before.invocations);
  expect(Math.round(total.gbSeconds * 1_024_000)).toBe(after.mbMs - before.mbMs);
  expect(limits.find(({ name }) => name === 'spend')?.used).toBeCloseTo((after.mbMs - before.mbMs) / 1_024_000, 9);
  const costs = await (await fetch(`${admin}/admin/costs?by=consumer&per=day&format=csv`)).text();
  expect(costs).toContain('BilledCost');
  expect(costs).toContain('team');
}, 60_000);

test('two gateways count together, and the restart of one loses no count', async () => {
  const { key, more } = await consumer('{ name: day, requests: 10, per: day }');
  const settings = { redis: inject('redisUrl'), more };
  const name = `together-${process.pid}-${Date.now()}`;
  const headers = { 'x-api-key': key };
  const one = await emulated.serve(name, settings);
  await using _one = one.gateway;
  {
    const other = await emulated.serve(name, settings);
    await using _other = other.gateway;
    for (const { admin } of [one, other]) await expect.poll(() => sumOf(admin, 'runway_dependency_up')).toBe(1);
    for (let i = 0; i < 6; i++) expect((await call(i % 2 ? one.url : other.url, 'slow', { seconds: 0 }, headers)).status).toBe(200);
    expect(await other.gateway.stop()).toBe(0);
  }
  const again = await emulated.serve(name, settings);
  await using _again = again.gateway;
  await expect.poll(() => sumOf(again.admin, 'runway_dependency_up')).toBe(1);
  const statuses: number[] = [];
  for (let i = 0; i < 6; i++) statuses.push((await call(i % 2 ? one.url : again.url, 'slow', { seconds: 0 }, headers)).status);
  expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
  await expect.poll(async () => (await usageOf(one.admin)).total.executions, { timeout: 5_000 }).toBe(10);
});
