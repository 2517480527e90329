import { describe, expect, test } from 'vitest';
import { MemoryWatch } from '../../src/advice/memory-watch.ts';
import { startAdminPlane } from '../support/admin.ts';
import { targetOf } from '../support/calls.ts';
import { FakeClock } from '../support/clock.ts';

/** An admin plane on a port of its own, over a watch that has seen nothing yet. */
async function startAdmin({ names = ['hello'], token }: { names?: readonly string[]; token?: string } = {}) {
  const targets = names.map((name) => targetOf({ name }));
  const pricing = { currency: 'USD', perMillionRequests: 0.2, perGbSecond: 0.5 };
  const advice = new MemoryWatch({ targets, pricing, clock: new FakeClock() });
  const listening = await startAdminPlane({
    advice,
    token,
  });
  const ask = (init: RequestInit = {}) => fetch(`${listening.url}/admin/advice`, init);
  return { ask, advice, targets, [Symbol.asyncDispose]: () => listening.close(0) };
}

describe('GET /admin/advice', () => {
  test('gives the advice on each function, with what it is based on', async () => {
    await using admin = await startAdmin();
    const summary = { durationMs: 10, billedMs: 10, memorySizeMb: 256, memoryUsedMb: 32 };
    for (let i = 0; i < 300; i++) admin.advice.attempted(admin.targets[0]!, summary, false);
    const answer = await admin.ask();
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
      200,
      'application/json',
      'no-store',
    ]);
    expect(await answer.json()).toEqual({
      since: '2026-01-01T00:00:00.000Z',
      executions: 300,
      functions: [
        {
          function: 'hello',
          advice: 'shrink',
          sizeMb: 256,
          recommendedMb: 128,
          usedP50Mb: 32,
          usedP99Mb: 32,
          usedPeakMb: 32,
          executions: 300,
          outOfMemory: 0,
          missingExecutions: 0,
          overSeconds: 0,
          savesGbSecondsPerMonth: 16_200,
          savesCostPerMonth: 8_100,
          currency: 'USD',
          risk: { level: 'high', reasons: [expect.any(String), expect.any(String), expect.any(String)] },
          says: expect.stringMatching(/^Shrink from 256 to 128 MB: .+\.$/),
        },
      ],
    });
  });

  test('names every function there is, however many', async () => {
    const names = Array.from({ length: 2_500 }, (_, at) => `fn-${at}`);
    await using admin = await startAdmin({ names });
    const { functions } = (await (await admin.ask()).json()) as { functions: { function: string }[] };
    expect(new Set(functions.map((each) => each.function))).toEqual(new Set(names));
    expect(functions).toHaveLength(names.length);
  });

  test('is an empty list where there are none', async () => {
    await using admin = await startAdmin({ names: [] });
    expect(await (await admin.ask()).json()).toEqual({ since: '2026-01-01T00:00:00.000Z', executions: 0, functions: [] });
  });

  test('is for who has the token, where one is set', async () => {
    await using admin = await startAdmin({ token: 'secret' });
    expect((await admin.ask()).status).toBe(401);
    expect((await admin.ask({ headers: { authorization: 'Bearer secret' } })).status).toBe(200);
  });

  test.each(['POST', 'DELETE', 'PUT'])('takes no %s', async (method) => {
    await using admin = await startAdmin();
    const answer = await admin.ask({ method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});
