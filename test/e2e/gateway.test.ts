import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { call, credentials, type Emulated, startEmulated, sumOf } from '../support/emulated.ts';
import { startRedis } from '../support/redis-server.ts';
import { serving } from '../support/runway.ts';

let emulated: Emulated;
beforeAll(async () => {
  emulated = await startEmulated();
});
afterAll(() => emulated[Symbol.asyncDispose]());

describe('a gateway with Redis', () => {
  test('keeps a result over its own restart', async () => {
    const redis = inject('redisUrl');
    const first = await emulated.serve('restart', { redis });
    await using _first = first.gateway;
    const event = { message: `kept at ${first.url}` };
    expect((await call(first.url, 'hello', event)).headers.get('cache-status')).toBe('runway; fwd=uri-miss; stored');
    expect((await call(first.url, 'hello', event)).headers.get('cache-status')).toMatch(/^runway; hit; ttl=\d+$/);
    expect(await first.gateway.stop()).toBe(0);

    const second = await emulated.serve('restart', { redis });
    await using _second = second.gateway;
    await expect.poll(() => sumOf(second.admin, 'runway_dependency_up')).toBe(1);
    const answer = await call(second.url, 'hello', event);
    expect(answer.headers.get('cache-status')).toMatch(/^runway; hit; ttl=\d+$/);
    expect(await answer.json()).toMatchObject(event);
  });

  test('fails none of 1,000 calls while its Redis is killed', async () => {
    const redis = await startRedis();
    const { gateway, url, admin } = await emulated.serve('killed', { redis: redis.url });
    await using _gateway = gateway;
    await expect.poll(() => sumOf(admin, 'runway_dependency_up')).toBe(1);
    const statuses: number[] = [];
    for (let batch = 0; batch < 100; batch++) {
      if (batch === 30) await redis.kill('SIGKILL');
      // Half of the events are new, so that both look-ups and writes meet the dead Redis.
      const events = Array.from({ length: 10 }, (_, i) => ({ n: i % 2 === 0 ? i : batch * 10 + i }));
      const answers = await Promise.all(events.map((event) => call(url, 'hello', event)));
      for (const answer of answers) {
        statuses.push(answer.status);
        await answer.arrayBuffer();
      }
    }
    expect(statuses).toEqual(Array(1_000).fill(200));
    await expect.poll(() => sumOf(admin, 'runway_dependency_up')).toBe(0);
    expect((await fetch(`${admin}/readyz`)).status).toBe(200);
    await redis.stop();
  });
});

describe('metrics', () => {
  test('bill exactly what FunctionGraph has on its books', async () => {
    const before = await emulated.books();
    const { gateway, url, admin } = await emulated.serve('books');
    await using _gateway = gateway;
    const calls = Array.from({ length: 60 }, async (_, i) => {
      if (i % 4 === 0) return call(url, 'primes', { n: 10_000 + i });
      if (i % 4 === 1) return call(url, 'flaky', { how: 'throw' });
      return call(url, 'hello', { message: `billed ${i % 7}` });
    });
    await Promise.all(calls);
    const after = await emulated.books();
    expect(after.invocations - before.invocations).toBeGreaterThan(30);
    // Both are whole numbers of small units: what rounding takes away is the floating point of their sum alone.
    const billed = {
      gbSeconds: await sumOf(admin, 'functiongraph_billed_gb_seconds_total'),
      seconds: await sumOf(admin, 'functiongraph_billed_seconds_total'),
    };
    expect(Math.round(billed.gbSeconds * 1_024_000)).toBe(after.mbMs - before.mbMs);
    expect(Math.round(billed.seconds * 1_000)).toBe(after.ms - before.ms);
    expect(await sumOf(admin, 'functiongraph_invocations_total')).toBe(after.invocations - before.invocations);
  });
});

describe('a gateway', () => {
  test('whose upstream is gone answers with a problem that says so', async () => {
    const gone = await serving(['emulator', '--port', '0', '--json']);
    const { gateway, url } = await emulated.serve('gone', { endpoint: String(gone.ready.url) });
    await using _gateway = gateway;
    expect((await call(url, 'hello', { still: 'there' })).status).toBe(200);
    await gone.stop();
    const answer = await call(url, 'hello', { is: 'gone' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([502, 'application/problem+json']);
    expect(await answer.json()).toMatchObject({ code: 'upstream_unreachable', error_code: 'FSS.0502', retryable: true });
    expect(answer.headers.get('proxy-status')).toBe('runway; error=connection_refused');
  });

  test('whose credentials are refused tells its operator why, and its callers nothing', async () => {
    await using upstream = await serving(['emulator', '--port', '0', '--json', '--access-key', 'OTHER', '--secret-key', 'other']);
    const { gateway, url } = await emulated.serve('refused', { endpoint: String(upstream.ready.url) });
    await using _gateway = gateway;
    const answer = await call(url, 'hello', {});
    const text = await answer.text();
    expect([answer.status, (JSON.parse(text) as { code: string }).code]).toEqual([502, 'upstream_rejected_gateway']);
    expect(text).not.toMatch(/APIGW|canonical|EXAMPLEACCESSKEY/);
    await expect.poll(() => gateway.output().stdout).toContain('FunctionGraph refused the credentials');
    expect(gateway.output().stdout).toContain('ak not exist');
    expect(gateway.output().stdout).not.toContain(credentials.HUAWEICLOUD_SDK_SK);
  });

  test('told to end finishes what it began, fails no call, and exits with 0', async () => {
    const { gateway, url } = await emulated.serve('drain');
    await using _gateway = gateway;
    const slow = call(url, 'slow', { seconds: 1.5 });
    let ended: Promise<number | null> | undefined;
    const statuses: number[] = [];
    for (let i = 0; i < 40; i++) {
      if (i === 10) ended = gateway.stop('SIGTERM');
      if (i === 12) expect((await fetch(`${url}/readyz`)).status).toBe(503);
      const answer = await call(url, 'hello', { i });
      statuses.push(answer.status);
      await answer.arrayBuffer();
    }
    expect(statuses).toEqual(Array(40).fill(200));
    expect((await slow).status).toBe(200);
    expect(await ended).toBe(0);
    await expect(call(url, 'hello', {})).rejects.toThrow();
  });

  test('told to end does not wait for a call with a key for longer than for others, though its caller has left', async () => {
    const { gateway, url } = await emulated.serve('drain-keyed');
    await using _gateway = gateway;
    const leaver = new AbortController();
    const left = fetch(`${url}/run/endless`, {
      method: 'POST',
      body: '{"seconds":60}',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'drained' },
      signal: leaver.signal,
    });
    setTimeout(() => leaver.abort(), 500);
    await expect(left).rejects.toThrow();
    const toldAtMs = performance.now();
    expect(await gateway.stop('SIGTERM')).toBe(0);
    // 3 s of grace, 25 s of patience, and what it takes to end.
    expect(performance.now() - toldAtMs).toBeLessThan(32_000);
  }, 60_000);

  test('passes the log of the function on when it is asked for', async () => {
    const { gateway, url } = await emulated.serve('log');
    await using _gateway = gateway;
    const answer = await call(url, 'hello', { message: 'for the log' }, { 'x-cff-log-type': 'tail' });
    expect(Buffer.from(answer.headers.get('x-cff-function-log')!, 'base64').toString()).toContain('Finish invoke request');
    expect(answer.headers.get('cache-status')).toBe('runway; fwd=bypass');
  });
});
