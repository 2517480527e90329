import { describe, expect, test } from 'vitest';
import type { Call, Invoke, Outcome } from '../../src/call.ts';
import { answerOf, cachePolicyOf, outcomes, targetOf } from '../support/calls.ts';
import { FakeClock } from '../support/clock.ts';
import { run, startGateway } from '../support/gateway.ts';

/** Fresh for 60 s, then 10 s to be revalidated, then good for errors until 30 s after it went stale. */
const policy = cachePolicyOf({ ttlMs: 60_000, staleWhileRevalidateMs: 10_000, staleIfErrorMs: 30_000 });
const target = targetOf({ idempotent: true, timeoutMs: 100, cache: policy, retry: { ...targetOf().retry, attempts: 1 } });

const answerNumbered = (number: number): Outcome => ({ kind: 'ok', answer: answerOf(200, { body: Buffer.from(`"answer ${number}"`) }) });

/** What a function does, as its caller's gateway sees it. */
const upstreams = {
  healthy: async (count) => answerNumbered(count),
  erroring: async () => outcomes.functionError,
  down: async () => outcomes.notSent,
  slow: () => new Promise<Outcome>(() => undefined),
} satisfies Record<string, (count: number) => Promise<Outcome>>;
type State = keyof typeof upstreams;

/** A gateway that has kept `"answer 1"`, on a clock that stands still. */
async function keeping(more: Parameters<typeof startGateway>[0] = {}) {
  const clock = new FakeClock();
  const calls: Call[] = [];
  let state: State = 'healthy';
  const send: Invoke = (call) => {
    calls.push(call);
    return upstreams[state](calls.length);
  };
  const gateway = await startGateway({ targets: [target], send, clock, ...more });
  await (await run(gateway)).text();
  const turn = (to: State) => {
    state = to;
  };
  return { gateway, clock, calls, turn };
}

const statusOf = (answer: Response) => answer.headers.get('cache-status');

/** What a caller sees, and how often the function is called for it, the call in the background included. */
const matrix: [age: string, afterMs: number, upstream: State, status: number, body: RegExp, cacheStatus: RegExp | null, calls: number][] = [
  ['fresh', 30_000, 'healthy', 200, /answer 1/, /^runway; hit; ttl=30$/, 0],
  ['fresh', 30_000, 'erroring', 200, /answer 1/, /^runway; hit; ttl=30$/, 0],
  ['fresh', 30_000, 'down', 200, /answer 1/, /^runway; hit; ttl=30$/, 0],
  ['fresh', 30_000, 'slow', 200, /answer 1/, /^runway; hit; ttl=30$/, 0],
  ['stale-while-revalidate', 65_000, 'healthy', 200, /answer 1/, /^runway; hit; ttl=-5; detail=stale-while-revalidate$/, 1],
  ['stale-while-revalidate', 65_000, 'erroring', 200, /answer 1/, /^runway; hit; ttl=-5; detail=stale-while-revalidate$/, 1],
  ['stale-while-revalidate', 65_000, 'down', 200, /answer 1/, /^runway; hit; ttl=-5; detail=stale-while-revalidate$/, 1],
  ['stale-while-revalidate', 65_000, 'slow', 200, /answer 1/, /^runway; hit; ttl=-5; detail=stale-while-revalidate$/, 1],
  ['stale-if-error', 75_000, 'healthy', 200, /answer 2/, /^runway; fwd=stale; stored$/, 1],
  ['stale-if-error', 75_000, 'erroring', 200, /answer 1/, /^runway; fwd=stale; detail=stale-if-error; ttl=-15$/, 1],
  ['stale-if-error', 75_000, 'down', 200, /answer 1/, /^runway; fwd=stale; detail=stale-if-error; ttl=-15$/, 1],
  ['stale-if-error', 75_000, 'slow', 200, /answer 1/, /^runway; fwd=stale; detail=stale-if-error; ttl=-15$/, 1],
  ['too old', 95_000, 'healthy', 200, /answer 2/, /^runway; fwd=uri-miss; stored$/, 1],
  ['too old', 95_000, 'erroring', 500, /^\{\}$/, /^runway; fwd=uri-miss$/, 1],
  ['too old', 95_000, 'down', 502, /upstream_unreachable/, null, 1],
  ['too old', 95_000, 'slow', 504, /deadline_exceeded/, null, 1],
];

describe('the matrix of age and upstream', () => {
  test.each(matrix)('%s (after %i ms), %s: %i %s %s', async (_age, afterMs, upstream, status, body, cacheStatus, called) => {
    const { gateway, clock, calls, turn } = await keeping();
    await using _gateway = gateway;
    turn(upstream);
    await clock.advance(afterMs);
    const answer = await run(gateway);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toMatch(body);
    if (cacheStatus === null) expect(statusOf(answer)).toBeNull();
    else expect(statusOf(answer)).toMatch(cacheStatus);
    expect(answer.headers.get('age')).toBe(/hit|stale-if-error/.test(statusOf(answer) ?? '') ? String(afterMs / 1_000) : null);
    await expect.poll(() => calls.length).toBe(1 + called);
  });
});

describe('a result that is to be revalidated', () => {
  test('is computed anew once, however many ask, and then everybody gets the new one', async () => {
    const gate = Promise.withResolvers<void>();
    const clock = new FakeClock();
    const calls: Call[] = [];
    const send: Invoke = async (call) => {
      const number = calls.push(call);
      if (number > 1) await gate.promise;
      return answerNumbered(number);
    };
    await using gateway = await startGateway({ targets: [{ ...target, timeoutMs: 30_000 }], send, clock });
    await run(gateway);
    await clock.advance(65_000);
    const answers = await Promise.all(Array.from({ length: 50 }, () => run(gateway)));
    expect(new Set(await Promise.all(answers.map((answer) => answer.text())))).toEqual(new Set(['"answer 1"']));
    gate.resolve();
    await expect.poll(async () => (await run(gateway)).text()).toBe('"answer 2"');
    expect(calls).toHaveLength(2);
  });

  test('that cannot be computed anew is tried again after a second, and not on every call', async () => {
    const { gateway, clock, calls, turn } = await keeping();
    await using _gateway = gateway;
    turn('erroring');
    await clock.advance(62_000);
    await run(gateway);
    await expect.poll(() => calls.length).toBe(2);
    // The failure is noted a turn after the call is over.
    await new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; i < 10; i++) await run(gateway);
    expect(calls).toHaveLength(2);
    await clock.advance(1_000);
    turn('healthy');
    await run(gateway);
    await expect.poll(async () => (await run(gateway)).text()).toBe('"answer 3"');
  });

  test('is computed anew by a call that may be repeated, whose caller does not wait and cannot end it', async () => {
    const { gateway, clock, calls, turn } = await keeping();
    await using _gateway = gateway;
    turn('slow');
    await clock.advance(65_000);
    expect((await run(gateway, 'hello', undefined, { 'idempotency-key': 'once' })).status).toBe(200);
    await expect.poll(() => calls.length).toBe(2);
    expect(calls[1]).toMatchObject({ repeatable: true, tally: { attempts: 0 } });
    expect(calls[1]!.deadlineAtMs).toBe(clock.nowMs() + 100);
  });

  test.each(['private', 'no-store'])('and has become %s is not answered any more, nor computed on every call', async (cacheControl) => {
    const clock = new FakeClock();
    let calls = 0;
    const send: Invoke = async () => {
      const body = Buffer.from(String(++calls));
      return { kind: 'ok', answer: answerOf(200, { body, ...(calls > 1 && { cacheControl }) }) };
    };
    await using gateway = await startGateway({ targets: [target], send, clock });
    await run(gateway);
    await clock.advance(65_000);
    expect(await (await run(gateway)).text()).toBe('1');
    await expect.poll(() => calls).toBe(2);
    expect(await (await run(gateway)).text()).toBe('3');
  });

  test('and has become too large is answered while it may be, and computed anew once in ten seconds', async () => {
    const clock = new FakeClock();
    let calls = 0;
    const send: Invoke = async () => ({ kind: 'ok', answer: answerOf(200, { body: Buffer.alloc(++calls > 1 ? 2 ** 20 + 1 : 1, '1') }) });
    await using gateway = await startGateway({ targets: [target], send, clock });
    await run(gateway);
    await clock.advance(61_000);
    await run(gateway);
    await expect.poll(() => calls).toBe(2);
    await new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; i < 10; i++) expect(await (await run(gateway)).text()).toBe('1');
    expect(calls).toBe(2);
  });

  test.each(['must-revalidate', 'max-age=60, proxy-revalidate', 's-maxage=60'])(
    'is not answered when its function forbids to: %s',
    async (cacheControl) => {
      const clock = new FakeClock();
      let calls = 0;
      const send: Invoke = async () => {
        calls++;
        if (calls > 1) return outcomes.notSent;
        return { kind: 'ok', answer: answerOf(200, { cacheControl }) };
      };
      await using gateway = await startGateway({ targets: [target], send, clock });
      await run(gateway);
      await clock.advance(59_000);
      expect(statusOf(await run(gateway))).toMatch(/hit/);
      await clock.advance(2_000);
      expect((await run(gateway)).status).toBe(502);
    },
  );

  test('saves what it was billed, and is counted as stale', async () => {
    const { gateway, clock } = await keeping();
    await using _gateway = gateway;
    await clock.advance(65_000);
    await run(gateway);
    expect(await gateway.metric('runway_cache_requests_total{function="hello",result="stale",tier="memory"}')).toBe(1);
  });

  test('is computed anew before it ends when the dice say so', async () => {
    const clock = new FakeClock();
    let calls = 0;
    const draws = [0.5];
    const send: Invoke = async () => {
      calls++;
      await clock.advance(2_000);
      return answerNumbered(calls);
    };
    // It took 2 s; 1 s before its end a draw of 0.5 asks for 1.39 s.
    await using gateway = await startGateway({ targets: [{ ...target, timeoutMs: 10_000 }], send, clock, random: () => draws[0]! });
    await run(gateway);
    await clock.advance(56_000);
    expect(statusOf(await run(gateway))).toBe('runway; hit; ttl=1');
    await expect.poll(() => calls).toBe(2);
  });
});

describe('a stale result in place of an error', () => {
  test.each([
    ['throttling', outcomes.throttled, true],
    ['an open circuit', outcomes.refused, true],
    ['credentials that FunctionGraph refused', outcomes.rejected, true],
    ['an error of the service', outcomes.serviceError, true],
    ['a function that is not there', outcomes.noSuchFunction, false],
    ['a function that is switched off', outcomes.disabled, false],
  ])('%s: %s', async (_what, outcome, stands) => {
    const clock = new FakeClock();
    let first = true;
    const send: Invoke = async () => {
      const answer = first ? answerNumbered(1) : outcome;
      first = false;
      return answer;
    };
    await using gateway = await startGateway({ targets: [target], send, clock });
    await run(gateway);
    await clock.advance(75_000);
    const answer = await run(gateway);
    expect(statusOf(answer)?.includes('stale-if-error') ?? false).toBe(stands);
    if (stands) expect(await answer.text()).toBe('"answer 1"');
  });

  test('goes before the fallback, which is for those of whom nothing is kept', async () => {
    const fallback = { status: 203, body: Buffer.from('"fallback"') };
    const { gateway, clock, turn } = await keeping({ targets: [{ ...target, fallback }] });
    await using _gateway = gateway;
    turn('down');
    await clock.advance(75_000);
    expect(await (await run(gateway)).text()).toBe('"answer 1"');
    expect(await (await run(gateway, 'hello', '{"other":1}')).text()).toBe('"fallback"');
  });

  test('is not given to who asked for something newer', async () => {
    const { gateway, clock, turn } = await keeping();
    await using _gateway = gateway;
    turn('down');
    await clock.advance(75_000);
    expect((await run(gateway, 'hello', undefined, { 'cache-control': 'max-age=3600' })).status).toBe(502);
    expect((await run(gateway, 'hello', undefined, { 'cache-control': 'no-cache' })).status).toBe(502);
  });
});
