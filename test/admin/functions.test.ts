import { describe, expect, test } from 'vitest';
import { figuresOf } from '../../src/admin/functions.ts';
import { targetOf } from '../support/calls.ts';
import { startConsole } from './console/start-console.ts';

async function startCalled() {
  const console = await startConsole({ targets: [targetOf(), targetOf({ name: 'silent' })] });
  console.calls.call('hello', 90);
  console.calls.call('hello', 10, 0.004, 'function_error');
  console.calls.call('hello', 20, 0.004, 'client_closed');
  console.calls.lookUp('hello', 50, 20);
  await console.clock.advance(10_000);
  console.history.sample();
  console.fail('hello');
  return console;
}

describe('GET /admin/functions', () => {
  test('says of each function how it did in the last minute', async () => {
    await using admin = await startCalled();
    const answer = await fetch(`${admin.url}/admin/functions`);
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const report = await answer.json();
    const lastMinute = { seconds: 10, requests: 120, requestsPerSecond: 12, errorShare: 0.1, keptShare: 0.4, gbSecondsPerDay: 120 * 8_640 };
    expect(report).toMatchObject({
      total: lastMinute,
      functions: [
        { name: 'hello', lastMinute },
        { name: 'silent', lastMinute: null },
      ],
    });
  });
});

describe('GET /admin/functions/:name', () => {
  test('says all that is known of it: how it is called, how it did, what failed', async () => {
    await using admin = await startCalled();
    const answer = await fetch(`${admin.url}/admin/functions/hello`);
    expect(await answer.json()).toMatchObject({
      name: 'hello',
      urn: targetOf().urn,
      version: 'latest',
      versions: { latest: 3 },
      policies: { timeoutMs: 30_000, retry: { attempts: 3 }, cache: null, fallback: null },
      failures: [{ requestId: 'request-1', code: 'upstream_unreachable' }],
      series: { ok: [9], p50: [expect.any(Number)] },
    });
  });

  test('knows none that is not in the configuration', async () => {
    await using admin = await startCalled();
    for (const name of ['nobody', '__proto__']) {
      const answer = await fetch(`${admin.url}/admin/functions/${name}`);
      expect([answer.status, await answer.json()]).toMatchObject([404, { code: 'unknown_function' }]);
    }
  });
});

test.each(['/admin/functions', '/admin/functions/hello'])('%s asks for the token, and takes no other method', async (path) => {
  await using admin = await startConsole({ token: 's3cret' });
  expect((await fetch(admin.url + path)).status).toBe(401);
  const authorization = 'Bearer s3cret';
  expect((await fetch(admin.url + path, { headers: { authorization } })).status).toBe(200);
  const refused = await fetch(admin.url + path, { method: 'DELETE', headers: { authorization } });
  expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test('the cost of a day is that of the pace: requests and GB-seconds by their prices', () => {
  const nothing = {
    ok: 0,
    function_error: 0,
    upstream_error: 0,
    refused: 0,
    gateway_error: 0,
    client_closed: 0,
    wastedMbMs: 0,
    savedMbMs: 0,
  };
  const quantiles = { p50: undefined, p99: undefined, overheadP50: undefined, overheadP99: undefined };
  const window = { ...nothing, ...quantiles, seconds: 60, requests: 0, lookups: 0, kept: 0, executions: 600, billedMbMs: 60 * 1_024_000 };
  const figures = figuresOf(window, { currency: 'USD', perMillionRequests: 0.2, perGbSecond: 0.5 });
  expect(figures.gbSecondsPerDay).toBe(86_400);
  expect(figures.costPerDay).toBeCloseTo(0.1728 + 43_200, 6);
  expect([figures.errorShare, figures.keptShare]).toEqual([undefined, undefined]);
});
