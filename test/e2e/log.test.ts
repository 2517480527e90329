import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, type Emulated, startEmulated } from '../support/emulated.ts';
import type { Served } from '../support/runway.ts';

let emulated: Emulated;
beforeAll(async () => {
  emulated = await startEmulated();
});
afterAll(() => emulated[Symbol.asyncDispose]());

const callLines = (gateway: Served) =>
  gateway
    .output()
    .stdout.split('\n')
    .filter((line) => line.includes('"msg":"call"'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('the log of calls', () => {
  test('has a call that failed while the gateway goes on, under the id its caller was told, with what FunctionGraph billed', async () => {
    const { gateway, url } = await emulated.serve('failed', { more: 'log: { successes: 0 }\n' });
    await using _ = gateway;
    await call(url, 'hello', { message: 'went well' });
    const answer = await call(url, 'flaky', { how: 'throw', share: 1 });
    await expect.poll(() => callLines(gateway)).toHaveLength(1);
    expect(callLines(gateway)).toMatchObject([
      {
        level: 'warn',
        requestId: answer.headers.get('x-request-id'),
        function: 'flaky',
        outcome: 'function_error',
        status: 500,
        billedGbSeconds: expect.any(Number),
        upstreamRequestId: answer.headers.get('x-cff-request-id'),
      },
    ]);
    expect(callLines(gateway)[0]?.billedGbSeconds).toBeGreaterThan(0);
  });

  test('loses no line when the gateway is told to end', async () => {
    const { gateway, url } = await emulated.serve('ended', { more: 'log: { successes: 1 }\n' });
    await using _ = gateway;
    const answers = await Promise.all(Array.from({ length: 300 }, (_, n) => call(url, n % 2 === 0 ? 'hello' : 'nobody', {})));
    expect(await gateway.stop()).toBe(0);
    const logged = new Set(callLines(gateway).map(({ requestId }) => requestId));
    const others = answers.filter(({ status }) => status !== 404).map(({ headers }) => headers.get('x-request-id'));
    expect(others.length).toBeGreaterThanOrEqual(150);
    expect(others.filter((id) => !logged.has(id))).toEqual([]);
    expect(gateway.output().stdout.trimEnd().split('\n').at(-1)).toContain('"msg":"drained"');
  });
});
