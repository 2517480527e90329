import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/call.ts';
import { openExplain } from '../../src/explain/explain.ts';
import type { Explanation, Part } from '../../src/explain/explanation.ts';
import { answerOf, cachePolicyOf, outcomes, targetOf } from '../support/calls.ts';
import { FakeClock } from '../support/clock.ts';
import { consumerOf, run, source, startGateway, type TestGateway, upstream } from '../support/gateway.ts';
import { until } from '../support/until.ts';

const event = '{"a":1}';
const form = 'application/x-www-form-urlencoded';
const limit = (over: object = {}) => ({
  name: 'burst',
  function: undefined,
  unit: 'requests' as const,
  amount: 1,
  window: { kind: 'duration' as const, ms: 60_000 },
  mode: 'enforce' as const,
  warnAt: undefined,
  ...over,
});
const billed = (billedMs: number): Outcome => ({
  kind: 'ok',
  answer: answerOf(200, { summary: { durationMs: billedMs, billedMs, memorySizeMb: 1_024, memoryUsedMb: 50 } }),
});

/** What is explained, and then what becomes of the same call. */
async function both(gateway: TestGateway, { body = event, headers = {}, fn = 'hello', consumer = 'anonymous' } = {}) {
  const explanation = (await gateway.explain({ function: fn, consumer, body: Buffer.from(body), headers }))!;
  const answer = await run(gateway, fn, body, headers);
  const code =
    answer.headers.get('content-type') === 'application/problem+json' ? ((await answer.json()) as { code: string }).code : 'none';
  return { explanation, verdict: explanation.verdict, code, status: answer.status, cacheStatus: answer.headers.get('cache-status') };
}

const partOf = ({ parts }: Explanation, part: Part['part'], name?: string) =>
  parts.find((each) => each.part === part && each.name === name)!;

describe('a refusal is foreseen as it comes', () => {
  const kept = targetOf({ idempotent: true, cache: cachePolicyOf() });

  test.each<[string, string, Record<string, string>, string]>([
    ['an event that is no JSON', '{', {}, 'invalid_event'],
    ['an event that is too deep', `${'['.repeat(513)}${']'.repeat(513)}`, {}, 'invalid_event'],
    ['an event that is too large', `"${'x'.repeat(6 * 2 ** 20)}"`, {}, 'event_too_large'],
    ['an event that is said to be XML', event, { 'content-type': 'text/xml' }, 'unsupported_media_type'],
    ['an event that is compressed', event, { 'content-encoding': 'gzip' }, 'unsupported_media_type'],
    ['a form of a page', event, { 'content-type': form, origin: 'https://page.example' }, 'unsupported_media_type'],
    ['a form that is no JSON', 'a=1', { 'content-type': form }, 'unsupported_media_type'],
    ['no time at all', event, { prefer: 'wait=0' }, 'deadline_exceeded'],
    ['a Prefer that cannot be read', event, { prefer: 'wait=soon' }, 'invalid_request'],
    ['an Idempotency-Key that is none', event, { 'idempotency-key': '' }, 'invalid_request'],
    ['only-if-cached and nothing kept', event, { 'cache-control': 'only-if-cached' }, 'not_cached'],
  ])('of %s', async (_what, body, headers, expected) => {
    await using gateway = await startGateway({ targets: [kept] });
    const { verdict, code, status } = await both(gateway, { body, headers });
    expect([code, verdict]).toMatchObject([expected, { kind: 'refused', code: expected, status }]);
  });

  test('of a call that is given no time, but not where something there already can answer', async () => {
    const clock = new FakeClock();
    const cache = cachePolicyOf({ staleIfErrorMs: 60_000 });
    const fallen = targetOf({ name: 'fallen', fallback: { status: 203, body: Buffer.from('{}') } });
    await using gateway = await startGateway({ clock, targets: [targetOf({ idempotent: true, cache }), fallen] });
    const headers = { prefer: 'wait=0' };
    const none = await both(gateway, { headers });
    expect(partOf(none.explanation, 'event').refusal).toMatchObject({ code: 'deadline_exceeded', status: 504 });
    const fallback = await both(gateway, { headers, fn: 'fallen' });
    expect([fallback.status, fallback.verdict.kind]).toEqual([203, 'fallback']);
    await run(gateway, 'hello', event);
    const fresh = await both(gateway, { headers });
    expect([fresh.status, fresh.verdict.kind]).toEqual([200, 'kept']);
    await clock.advance(61_000);
    const stale = await both(gateway, { headers });
    expect([stale.status, stale.verdict.kind, stale.verdict.says]).toEqual([200, 'kept', expect.stringContaining('gives it no time')]);
  });

  test('of a call that is given no time, by the file alone too', async () => {
    const upstreams = [upstream];
    const targets = [targetOf(), targetOf({ name: 'kept', idempotent: true, cache: cachePolicyOf() })];
    const config = { targets, upstreams, consumers: [consumerOf()], keys: [], jwt: undefined, pricing: undefined, source };
    const explain = openExplain({ config, clock: new FakeClock(), state: undefined });
    const asked = { consumer: 'anonymous', body: Buffer.from(event), headers: { prefer: 'wait=0' } };
    const verdictOf = async (name: string) => (await explain({ ...asked, function: name }))!.verdict;
    expect(await verdictOf('hello')).toMatchObject({ kind: 'refused', code: 'deadline_exceeded', status: 504 });
    const maybeKept = { code: 'deadline_exceeded', says: expect.stringMatching(/, unless a kept result can answer$/) };
    expect(await verdictOf('kept')).toMatchObject(maybeKept);
  });

  test('of a caller without a key where that is denied', async () => {
    await using gateway = await startGateway({ consumers: [consumerOf({ id: 'billing' })] });
    const { explanation, code } = await both(gateway);
    expect([code, explanation.verdict]).toMatchObject(['unauthenticated', { kind: 'refused', code: 'unauthenticated', status: 401 }]);
    expect(partOf(explanation, 'consumer').says).toBe('nobody calls without a key');
  });

  test('of a consumer that is not configured, and the rest is explained all the same', async () => {
    await using gateway = await startGateway();
    const explanation = (await gateway.explain({ function: 'hello', consumer: 'nobody', body: Buffer.from(event), headers: {} }))!;
    expect(explanation.verdict).toMatchObject({ kind: 'refused', code: 'unauthenticated' });
    expect(partOf(explanation, 'consumer').says).toBe('no consumer is called "nobody"');
    expect(partOf(explanation, 'retry').settings).toHaveLength(6);
  });

  test('of a consumer that may not call the function', async () => {
    await using gateway = await startGateway({ consumers: [consumerOf({ functions: ['img-*', 'x'] })] });
    const { explanation, code } = await both(gateway);
    expect([code, explanation.verdict]).toMatchObject(['forbidden', { code: 'forbidden', status: 403 }]);
    expect(partOf(explanation, 'consumer').settings[0]?.says).toBe('may call "img-*" or "x"');
  });

  test('of a limit of requests that is used up, which is named', async () => {
    const clock = new FakeClock();
    await using gateway = await startGateway({
      clock,
      consumers: [consumerOf({ limits: [limit(), limit({ name: 'wide', amount: 10 })] })],
    });
    expect((await both(gateway)).verdict.kind).toBe('sent');
    await clock.advance(20_000);
    const { explanation, code } = await both(gateway);
    expect([code, explanation.verdict]).toMatchObject(['rate_limited', { code: 'rate_limited', status: 429, retryAfterSeconds: 40 }]);
    expect(explanation.verdict.says).toMatch(/^would be refused: rate_limited by limit burst: /);
    expect(partOf(explanation, 'limit', 'burst')).toMatchObject({
      says: '1 used, 0 left, all again in 40 s: the call would not pass',
      now: { used: 1, remaining: 0, resetSeconds: 40, passes: false },
      refusal: { code: 'rate_limited' },
    });
    expect(partOf(explanation, 'limit', 'wide')).toMatchObject({ says: '1 used, 9 left: the call would pass', now: { passes: true } });
  });

  test('of a limit of GB-seconds, but not where something kept can answer', async () => {
    const spend = limit({ name: 'spend', unit: 'gbSeconds', amount: 1 });
    await using gateway = await startGateway({
      targets: [kept],
      send: async () => billed(1_500),
      consumers: [consumerOf({ limits: [spend] })],
    });
    expect((await both(gateway)).verdict.kind).toBe('sent');
    const other = await both(gateway, { body: '{"a":2}' });
    expect([other.code, other.verdict]).toMatchObject(['quota_exhausted', { code: 'quota_exhausted' }]);
    const same = await both(gateway);
    expect([same.status, same.verdict.kind, same.verdict.says]).toMatchObject([200, 'kept', expect.stringContaining('fresh for')]);
  });

  test('of a shadow limit never', async () => {
    await using gateway = await startGateway({ consumers: [consumerOf({ limits: [limit({ mode: 'shadow' })] })] });
    await both(gateway);
    const { explanation, status } = await both(gateway);
    expect([status, explanation.verdict.kind]).toEqual([200, 'sent']);
    expect(partOf(explanation, 'limit', 'burst').says).toContain('the call would pass, since it is not enforced');
  });

  test('of a consumer whose calls at the same time are as many as may be', async () => {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    let sent = 0;
    const send = () => {
      sent++;
      return promise;
    };
    await using gateway = await startGateway({ send, consumers: [consumerOf({ concurrency: 1 })] });
    const first = run(gateway);
    await until('the first call is under way', () => sent === 1);
    const { explanation, code } = await both(gateway);
    expect([code, explanation.verdict]).toMatchObject(['rate_limited', { code: 'rate_limited' }]);
    expect(explanation.verdict.says).toMatch(/by its calls at the same time/);
    resolve(outcomes.ok);
    await first;
  });

  test('of an open circuit, and what stands in for the answer', async () => {
    await using gateway = await startGateway({
      targets: [
        targetOf(),
        targetOf({ name: 'fallen', fallback: { status: 203, body: Buffer.from('{}') } }),
        targetOf({ name: 'kept', idempotent: true, cache: cachePolicyOf({ ttlMs: 1, staleIfErrorMs: 60_000 }) }),
      ],
    });
    await run(gateway, 'kept', event);
    for (const name of ['hello', 'fallen', 'kept']) gateway.breakers.force(name, 'open');
    const open = await both(gateway);
    expect([open.code, open.verdict]).toMatchObject(['circuit_open', { code: 'circuit_open', status: 503 }]);
    expect(partOf(open.explanation, 'breaker').says).toBe('open, since an operator holds it there: the call would not pass');
    const fallen = await both(gateway, { fn: 'fallen' });
    expect([fallen.status, fallen.verdict.kind]).toEqual([203, 'fallback']);
    const stale = await both(gateway, { fn: 'kept' });
    expect([stale.status, stale.verdict.kind, stale.cacheStatus]).toEqual([200, 'kept', expect.stringContaining('stale-if-error')]);
    expect(stale.verdict.says).toContain('since the circuit is open');
  });

  test('of no place and none to wait in; one that has to wait is told so', async () => {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const target = targetOf({ concurrency: { max: 1, queue: 1, queueTimeoutMs: 60_000, adaptive: false } });
    let sent = 0;
    const send = () => {
      sent++;
      return promise;
    };
    await using gateway = await startGateway({ targets: [target], send });
    const explain = async () =>
      (await gateway.explain({ function: 'hello', consumer: 'anonymous', body: Buffer.from(event), headers: {} }))!;
    const calls = [run(gateway)];
    await until('the first call is under way', () => sent === 1);
    expect((await explain()).verdict).toMatchObject({ kind: 'waits', says: expect.stringContaining('wait for a place and then be sent') });
    calls.push(run(gateway));
    await until('the second one waits', async () => partOf(await explain(), 'concurrency').now?.queued === 1);
    const { explanation, code } = await both(gateway);
    expect([code, explanation.verdict]).toMatchObject(['overloaded', { code: 'overloaded', status: 503 }]);
    resolve(outcomes.ok);
    await Promise.all(calls);
  });
});

describe('a call of which an identical one is under way', () => {
  const one = { max: 1, queue: 0, queueTimeoutMs: 1, adaptive: false };
  const kept = targetOf({ idempotent: true, cache: cachePolicyOf(), concurrency: one });

  /** A gateway with one call under way, and no place for another. */
  async function startBusy() {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    let sent = 0;
    const send = () => {
      sent++;
      return promise;
    };
    const consumers = [consumerOf({ limits: [limit({ amount: 10 })] })];
    const gateway = await startGateway({ targets: [kept], send, consumers });
    const first = run(gateway, 'hello', event);
    await until('the first call is under way', () => sent === 1);
    const land = () => {
      resolve(outcomes.ok);
      return first;
    };
    return { gateway, land };
  }
  const explain = async (gateway: TestGateway, body = event, headers = {}) =>
    (await gateway.explain({ function: 'hello', consumer: 'anonymous', body: Buffer.from(body), headers }))!;

  test('is foreseen to get the answer of that one, though no place is free and the circuit has opened', async () => {
    const { gateway, land } = await startBusy();
    await using _ = gateway;
    const explanation = await explain(gateway, '{ "a": 1 }');
    expect(explanation.verdict).toEqual({
      kind: 'shared',
      says: 'would wait for an identical call that is under way, and get its answer',
    });
    expect(partOf(explanation, 'share')).toMatchObject({ says: expect.stringMatching(/; one is under way$/), now: { underWay: true } });
    gateway.breakers.force('hello', 'open');
    expect((await explain(gateway)).verdict.kind).toBe('shared');
    const second = run(gateway, 'hello', event);
    await until('the second call has come', async () => partOf(await explain(gateway), 'limit', 'burst').now?.used === 2);
    await land();
    expect((await second).headers.get('cache-status')).toMatch(/collapsed/);
    expect((await explain(gateway)).verdict.kind).toBe('kept');
  });

  test.each<[string, string, Record<string, string>]>([
    ['has another event', '{"a":2}', {}],
    ['wants an answer of its own', event, { 'cache-control': 'no-cache' }],
    ['has an Idempotency-Key', event, { 'idempotency-key': 'one' }],
    ['comes from another Runway', event, { via: '1.1 runway' }],
  ])('is refused for want of a place where it %s', async (_what, body, headers) => {
    const { gateway, land } = await startBusy();
    await using _ = gateway;
    const { verdict, code } = await both(gateway, { body, headers });
    expect([code, verdict]).toMatchObject(['overloaded', { kind: 'refused', code: 'overloaded' }]);
    await land();
  });

  test('does not get the answer of one that began before its result was purged', async () => {
    const { gateway, land } = await startBusy();
    await using _ = gateway;
    const { key } = partOf(await explain(gateway), 'cache').now as { key: string };
    await gateway.results.purge({ key });
    const { verdict, code } = await both(gateway);
    expect([code, verdict]).toMatchObject(['overloaded', { kind: 'refused', code: 'overloaded' }]);
    await land();
  });
});

describe('a call that is not refused', () => {
  const kept = targetOf({ idempotent: true, cache: cachePolicyOf({ staleWhileRevalidateMs: 60_000, vary: ['x-tenant'] }) });

  test('is sent, and after that answered from memory for as long as it says', async () => {
    const clock = new FakeClock();
    await using gateway = await startGateway({ clock, targets: [kept] });
    const first = await both(gateway);
    expect(first.verdict).toEqual({ kind: 'sent', says: `would be sent to ${kept.urn} by upstream main, and its result kept` });
    expect(partOf(first.explanation, 'cache')).toMatchObject({ says: 'nothing is kept of such a call yet', now: { kept: null } });
    await clock.advance(18_000);
    const again = await both(gateway, { body: '{ "a": 1.0 }' });
    expect(again.verdict).toEqual({ kind: 'kept', says: 'would be answered from memory, fresh for 42 s more' });
    expect(again.cacheStatus).toBe('runway; hit; ttl=42');
    expect(partOf(again.explanation, 'cache')).toMatchObject({
      says: 'kept in memory for 18 s, fresh for 42 s more',
      now: { key: expect.stringMatching(/^result:2:hello:/), kept: { state: 'fresh', tier: 'memory', ageSeconds: 18, ttlSeconds: 42 } },
    });
    expect((await both(gateway, { headers: { 'x-tenant': 'a' } })).verdict.kind).toBe('sent');
    expect((await both(gateway, { headers: { 'cache-control': 'no-cache' } })).verdict.kind).toBe('sent');
    expect((await both(gateway, { headers: { 'x-cff-log-type': 'tail' } })).verdict.kind).toBe('sent');
    await clock.advance(60_000);
    const stale = await both(gateway, { headers: { 'x-tenant': 'a' } });
    expect(stale.verdict.says).toBe('would be answered from memory, stale for 0 s, and computed anew meanwhile');
  });

  test('is the probe of its circuit when that is due', async () => {
    const clock = new FakeClock();
    let outcome: Outcome = outcomes.reset;
    const breaker = { ...targetOf().breaker, minimumRequests: 1 };
    await using gateway = await startGateway({
      clock,
      targets: [targetOf({ breaker, retry: { ...targetOf().retry, attempts: 1 } })],
      send: async () => outcome,
    });
    await run(gateway);
    expect((await both(gateway)).verdict).toMatchObject({ code: 'circuit_open' });
    await clock.advance(10_000);
    outcome = outcomes.ok;
    const { verdict, status } = await both(gateway);
    expect([status, verdict.kind, verdict.says]).toEqual([200, 'sent', expect.stringContaining('as the probe of its circuit')]);
  });

  test('may be shed, which is said', async () => {
    await using gateway = await startGateway({ shedding: { overloaded: () => undefined, share: 0.25 } });
    const { explanation } = await both(gateway);
    expect(explanation.verdict.says).toMatch(/, unless it is shed, as 25 % of the calls are$/);
    expect(partOf(explanation, 'load').now).toEqual({ shed: 0.25 });
  });

  test('with an Idempotency-Key may be the repeat of another, which is said', async () => {
    await using gateway = await startGateway();
    const { verdict } = await both(gateway, { headers: { 'idempotency-key': 'one' } });
    expect([verdict.kind, verdict.says]).toEqual(['sent', expect.stringMatching(/, unless its Idempotency-Key was used before$/)]);
  });

  test('is told how many places FunctionGraph has left of those there might be', async () => {
    const retry = { ...targetOf().retry, attempts: 1 };
    await using gateway = await startGateway({ targets: [targetOf({ retry })], send: async () => outcomes.throttled });
    await run(gateway);
    const { explanation } = await both(gateway);
    expect(partOf(explanation, 'concurrency')).toMatchObject({
      says: '0 of 40 places (no more, since FunctionGraph throttled) taken, 0 of 100 wait, 0 of 100 over the account',
      now: { limit: 40, inFlight: 0, place: 'free' },
    });
  });

  test('is told why nothing is kept of it, what is repeated, and what it would be billed', async () => {
    const pricing = { currency: 'USD', perMillionRequests: 0, perGbSecond: 2 };
    await using gateway = await startGateway({
      pricing,
      targets: [targetOf(), kept, targetOf({ name: 'off', idempotent: true })],
      send: async () => billed(500),
    });
    const { explanation } = await both(gateway);
    expect(partOf(explanation, 'price').says).toContain('a first guess, since it has not run yet');
    const second = (await both(gateway, { headers: { via: '1.1 runway', prefer: 'wait=2' } })).explanation;
    expect(partOf(second, 'price')).toMatchObject({
      says: 'about 0.5 GB-seconds, 1 USD an execution, by what it was billed lately',
      now: { gbSeconds: 0.5, cost: 1, learned: true },
    });
    expect(partOf(second, 'cache').says).toBe('nothing is kept, since the function is not idempotent');
    expect(partOf(second, 'retry').says).toBe('not repeated here: it comes from another Runway, which repeats it');
    expect(partOf(second, 'event').says).toBe('7 bytes of JSON; the caller gives it 2 s');
    expect(partOf((await both(gateway, { fn: 'off' })).explanation, 'cache').says).toBe('nothing is kept');
  });
});

test('a name that is not configured is explained by nobody', async () => {
  await using gateway = await startGateway();
  expect(await gateway.explain({ function: 'nobody', consumer: 'anonymous', body: Buffer.from(''), headers: {} })).toBeUndefined();
});
