import { describe, expect, test } from 'vitest';
import type { Call, Invoke, Outcome, RetryPolicy, Target } from '../src/call.ts';
import { answerOf, cachePolicyOf, outcomes, targetOf } from './support/calls.ts';
import { run, startGateway } from './support/gateway.ts';

const kept: Partial<Target> = { idempotent: true, cache: cachePolicyOf({ vary: ['accept-language'] }) };

const retryOf = (over: Partial<RetryPolicy>): RetryPolicy => ({ ...targetOf().retry, backoff: { baseMs: 1, maxMs: 1 }, ...over });

/** An upstream that counts its calls and answers each with its number. */
function counting(over: Partial<{ outcome: (count: number) => Outcome }> = {}) {
  const calls: Call[] = [];
  const send: Invoke = async (call) => {
    calls.push(call);
    const summary = { durationMs: 1, billedMs: 1, memorySizeMb: 128, memoryUsedMb: 20 };
    const headers = { 'content-type': 'application/json', 'x-cff-invoke-summary': '{}', 'x-cff-request-id': 'fg' };
    const ok: Outcome = { kind: 'ok', answer: answerOf(200, { body: Buffer.from(String(calls.length)), headers, summary }) };
    return over.outcome?.(calls.length) ?? ok;
  };
  return { send, calls };
}

/** The same upstream, whose answers come only after `gate`. */
const heldBy =
  (gate: Promise<unknown>, send: Invoke): Invoke =>
  async (call, signal) => {
    const outcome = await send(call, signal);
    await gate;
    return outcome;
  };

const cacheStatus = (answer: Response) => answer.headers.get('cache-status');

describe('a kept result', () => {
  test('answers an equal event, however it is written, with its age and without what belonged to the one call that was made', async () => {
    const { send, calls } = counting();
    await using gateway = await startGateway({ targets: [targetOf(kept)], send });
    const first = await run(gateway, 'hello', '{"a":1,"b":2}');
    const second = await run(gateway, 'hello', '{ "b": 2.0, "a": 1 }');
    expect(cacheStatus(first)).toBe('runway; fwd=uri-miss; stored');
    expect(cacheStatus(second)).toMatch(/^runway; hit; ttl=(59|60)$/);
    expect(second.headers.get('age')).toBe('0');
    expect(await second.text()).toBe(await first.text());
    expect(first.headers.get('x-cff-invoke-summary')).toBe('{}');
    expect(second.headers.get('x-cff-invoke-summary')).toBeNull();
    expect(second.headers.get('x-cff-request-id')).toBeNull();
    expect(second.headers.get('content-type')).toBe('application/json');
    expect(calls).toHaveLength(1);
    const looked = (result: string, tier: string) =>
      gateway.metric(`runway_cache_requests_total{function="hello",result="${result}",tier="${tier}"}`);
    expect([await looked('miss', 'none'), await looked('hit', 'memory')]).toEqual([1, 1]);
  });

  test('is not given to another event, nor to another value of a header it varies on', async () => {
    const { send, calls } = counting();
    await using gateway = await startGateway({ targets: [targetOf(kept)], send });
    await run(gateway, 'hello', '{"a":1}');
    await run(gateway, 'hello', '{"a":"1"}');
    await run(gateway, 'hello', '{"a":1}', { 'accept-language': 'de' });
    expect(calls).toHaveLength(3);
  });

  // A call that its caller left has no answer to look at.
  const failures = Object.entries(outcomes).filter(([name]) => name !== 'ok' && name !== 'abandoned');
  test.each(failures)('is never made of %s', async (_name, outcome) => {
    const { send, calls } = counting({ outcome: () => outcome });
    const retry = retryOf({ attempts: 1 });
    await using gateway = await startGateway({ targets: [targetOf({ ...kept, retry })], send });
    await (await run(gateway)).text();
    const again = await run(gateway);
    expect(cacheStatus(again) ?? 'none').not.toContain('hit');
    expect(calls).toHaveLength(2);
  });

  test.each([
    ['an event with a member twice', '{"a":1,"a":2}', {}],
    ['an integer past 2^53', '{"a":9007199254740993}', {}],
    ['a call for the log', '{}', { 'x-cff-log-type': 'tail' }],
  ])('neither answers nor is made of %s', async (_what, body, headers) => {
    const { send, calls } = counting();
    await using gateway = await startGateway({ targets: [targetOf(kept)], send });
    await run(gateway, 'hello', body, headers as Record<string, string>);
    expect(cacheStatus(await run(gateway, 'hello', body, headers as Record<string, string>))).toBe('runway; fwd=bypass');
    expect(calls).toHaveLength(2);
  });

  test('of a function that keeps none does not exist, and nothing is said about it', async () => {
    const { send, calls } = counting();
    await using gateway = await startGateway({ send });
    await run(gateway);
    expect(cacheStatus(await run(gateway))).toBeNull();
    expect(calls).toHaveLength(2);
  });
});

describe('identical calls in flight', () => {
  test('share one upstream call, and each gets the answer', async () => {
    const gate = Promise.withResolvers<void>();
    const { send, calls } = counting();
    const slow = heldBy(gate.promise, send);
    await using gateway = await startGateway({ targets: [targetOf(kept)], send: slow });
    const answers = Array.from({ length: 50 }, () => run(gateway));
    const joined = 'runway_cache_requests_total{function="hello",result="coalesced",tier="none"}';
    await expect.poll(() => calls.length).toBe(1);
    gate.resolve();
    const all = await Promise.all(answers);
    expect(calls).toHaveLength(1);
    expect(new Set(await Promise.all(all.map((answer) => answer.text())))).toEqual(new Set(['1']));
    const collapsed = all.filter((answer) => cacheStatus(answer)?.includes('collapsed')).length;
    expect(collapsed).toBeGreaterThan(0);
    expect(await gateway.metric(joined)).toBe(collapsed);
  });

  test('are ended when the time of the function is up, however many come later, and those try it again', async () => {
    const { send, calls } = counting();
    const stuckOnce: Invoke = (call, signal) => {
      const answer = send(call, signal);
      if (calls.length > 1) return answer;
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve({ kind: 'timeout', sent: true })));
    };
    await using gateway = await startGateway({ targets: [targetOf({ ...kept, timeoutMs: 200 })], send: stuckOnce });
    const first = run(gateway);
    await expect.poll(() => calls.length).toBe(1);
    // Each of these joins before the one before it has gone.
    const later: Promise<Response>[] = [];
    for (let i = 0; i < 8; i++) {
      later.push(run(gateway));
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    expect((await first).status).toBe(504);
    expect((await later.at(-1)!).status).toBe(200);
    expect(calls).toHaveLength(2);
  });

  test('give the bill to the one whose call it was', async () => {
    const gate = Promise.withResolvers<void>();
    const { send, calls } = counting();
    await using gateway = await startGateway({ targets: [targetOf(kept)], send: heldBy(gate.promise, send) });
    const both = [run(gateway), run(gateway)];
    await expect.poll(() => calls.length).toBe(1);
    // The other one's request is through the server once a later one is.
    await run(gateway, 'nobody');
    gate.resolve();
    const bills = (await Promise.all(both)).map((answer) => answer.headers.get('x-cff-invoke-summary'));
    expect(bills.toSorted()).toEqual([null, '{}']);
  });

  test('with an Idempotency-Key do not share with those without: the one may be repeated, the other may not', async () => {
    const gate = Promise.withResolvers<void>();
    const { send, calls } = counting({ outcome: (count) => (count <= 2 ? outcomes.functionError : outcomes.ok) });
    const retry = retryOf({ attempts: 2 });
    await using gateway = await startGateway({ targets: [targetOf({ ...kept, retry })], send: heldBy(gate.promise, send) });
    const plain = run(gateway);
    await expect.poll(() => calls.length).toBe(1);
    const keyed = run(gateway, 'hello', undefined, { 'idempotency-key': 'k1' });
    await expect.poll(() => calls.length).toBe(2);
    gate.resolve();
    expect([(await keyed).status, (await plain).status, calls.length]).toEqual([500, 200, 3]);
  });

  test('go on when the first caller leaves while another waits', async () => {
    const gate = Promise.withResolvers<void>();
    const { send, calls } = counting();
    let aborted = false;
    const slow: Invoke = async (call, signal) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return heldBy(gate.promise, send)(call, signal);
    };
    await using gateway = await startGateway({ targets: [targetOf(kept)], send: slow });
    const leaver = new AbortController();
    const first = fetch(`${gateway.url}/run/hello`, {
      method: 'POST',
      body: '{}',
      signal: leaver.signal,
      headers: { 'content-type': 'application/json' },
    });
    await expect.poll(() => calls.length).toBe(1);
    const second = run(gateway, 'hello', '{}');
    // Its request is through the server once a later one is.
    await run(gateway, 'nobody');
    leaver.abort();
    await expect(first).rejects.toThrow();
    const left = 'runway_requests_total{function="hello",consumer="anonymous",status="499",outcome="client_closed"}';
    await expect.poll(() => gateway.metric(left)).toBe(1);
    gate.resolve();
    expect(await (await second).text()).toBe('1');
    expect([aborted, calls.length]).toEqual([false, 1]);
  });
});

describe('a call', () => {
  test('is repeated on 429 and on a service 500, and the repeats are counted', async () => {
    const { send, calls } = counting({ outcome: (count) => [outcomes.throttled, outcomes.serviceError, outcomes.ok][count - 1]! });
    const retry = retryOf({ attempts: 3 });
    await using gateway = await startGateway({ targets: [targetOf({ retry })], send });
    expect((await run(gateway)).status).toBe(200);
    expect(calls).toHaveLength(3);
    expect(await gateway.metric('runway_retries_total{function="hello",reason="throttled"}')).toBe(1);
    expect(await gateway.metric('runway_retries_total{function="hello",reason="service_error"}')).toBe(1);
  });

  test('whose time is up is answered, even if what is below never settles', async () => {
    await using gateway = await startGateway({ targets: [targetOf({ timeoutMs: 50 })], send: () => new Promise(() => undefined) });
    const answer = await run(gateway);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([504, 'deadline_exceeded']);
  });

  test('that waits for an identical one has its own deadline, not that of who came first', async () => {
    const held = Promise.withResolvers<Outcome>();
    const { send, calls } = counting();
    const slow = heldBy(held.promise, send);
    await using gateway = await startGateway({ targets: [targetOf({ ...kept, timeoutMs: 500 })], send: slow });
    const first = run(gateway);
    await expect.poll(() => calls.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 250));
    const second = run(gateway);
    expect((await first).status).toBe(504);
    // The computation has the time of who began it, so the second may have to begin another one.
    held.resolve(outcomes.ok);
    expect((await second).status).toBe(200);
  });

  test('whose attempts fail opens the circuit under its own retries, and ends with the last real answer', async () => {
    const { send, calls } = counting({ outcome: () => outcomes.serviceError });
    const breaker = { ...targetOf().breaker, minimumRequests: 2, openForMs: 60_000 };
    const retry = retryOf({ attempts: 3 });
    await using gateway = await startGateway({ targets: [targetOf({ breaker, retry })], send });
    const answer = await run(gateway);
    expect([answer.status, await answer.text(), calls.length]).toEqual([500, '{}', 2]);
  });

  test('counts neither its upstream nor its pauses as the work of the gateway', async () => {
    const { send } = counting({ outcome: (count) => (count === 1 ? { ...outcomes.throttled, retryAfterMs: 300 } : outcomes.ok) });
    const slow: Invoke = async (call, signal) => {
      await new Promise((resolve) => setTimeout(resolve, 150));
      call.tally.attempts++;
      call.tally.upstreamMs += 150;
      return send(call, signal);
    };
    await using gateway = await startGateway({ targets: [targetOf()], send: slow });
    const timing = (await run(gateway)).headers.get('server-timing')!;
    expect(timing).toMatch(/^gateway;dur=[\d.]+, upstream;dur=300\.00, backoff;dur=(299|3\d\d)\.\d\d, attempts;desc="2"$/);
    const total = await gateway.metric('runway_request_duration_seconds_sum{function="hello",outcome="ok"}');
    const overhead = await gateway.metric('runway_overhead_duration_seconds_sum{function="hello"}');
    expect(total - overhead).toBeGreaterThan(0.59);
  });

  test('that leaves what others wait for does not count its wait as the work of the gateway', async () => {
    await using gateway = await startGateway({
      targets: [targetOf({ ...kept, timeoutMs: 200 })],
      send: () => new Promise(() => undefined),
    });
    expect((await run(gateway)).status).toBe(504);
    expect(await gateway.metric('runway_overhead_duration_seconds_sum{function="hello"}')).toBeLessThan(0.15);
  });

  test('to a function whose circuit is open is refused without an attempt', async () => {
    const { send, calls } = counting({ outcome: () => outcomes.serviceError });
    const breaker = { ...targetOf().breaker, minimumRequests: 2, openForMs: 60_000 };
    const retry = retryOf({ attempts: 1 });
    await using gateway = await startGateway({ targets: [targetOf({ breaker, retry })], send });
    await run(gateway);
    await run(gateway);
    const answer = await run(gateway);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([503, 'circuit_open']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(calls).toHaveLength(2);
    expect(await gateway.metric('runway_breaker_state{function="hello"}')).toBe(2);
  });
});

describe('a call that waits or is refused for want of a place', () => {
  const concurrency = { max: 1, queue: 1, queueTimeoutMs: 200, adaptive: false };

  test('waits in the queue while its function is busy, and says for how long', async () => {
    const gate = Promise.withResolvers<void>();
    const { send, calls } = counting();
    const slow = heldBy(gate.promise, send);
    await using gateway = await startGateway({ targets: [targetOf({ concurrency })], send: slow });
    const first = run(gateway);
    await expect.poll(() => calls.length).toBe(1);
    const second = run(gateway);
    await expect.poll(() => gateway.metric('runway_queue_depth{function="hello"}')).toBe(1);
    expect(await gateway.metric('runway_in_flight{function="hello"}')).toBe(1);
    expect(await gateway.metric('runway_concurrency_limit{function="hello"}')).toBe(1);
    const third = await run(gateway);
    expect([third.status, ((await third.json()) as { code: string }).code]).toEqual([503, 'overloaded']);
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    gate.resolve();
    expect([(await first).status, (await second).status, calls.length]).toEqual([200, 200, 2]);
    expect((await second).headers.get('server-timing')).toMatch(/ queue;dur=[\d.]+,/);
  });

  test('shares what its account allows with the other functions', async () => {
    const gate = Promise.withResolvers<void>();
    const { send, calls } = counting();
    const slow = heldBy(gate.promise, send);
    const other = { ...concurrency, queue: 0 };
    const targets = [targetOf(), targetOf({ name: 'other', concurrency: other })];
    await using gateway = await startGateway({ targets, send: slow, maxConcurrency: 1 });
    const first = run(gateway);
    await expect.poll(() => calls.length).toBe(1);
    expect((await run(gateway, 'other')).status).toBe(503);
    gate.resolve();
    expect((await first).status).toBe(200);
  });

  test('is refused early when the gateway cannot keep up, and counted', async () => {
    const problem = { code: 'overloaded' as const, detail: 'the gateway cannot keep up', retryAfterMs: 1_000 };
    const { send, calls } = counting();
    await using gateway = await startGateway({ send, shedding: { overloaded: () => problem, share: 1 } });
    const answer = await run(gateway);
    expect([answer.status, answer.headers.get('retry-after'), calls.length]).toEqual([503, '1', 0]);
    expect(await gateway.metric('runway_shed_total')).toBe(1);
    expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
  });
});

describe('a fallback', () => {
  const fallback = { status: 203, body: Buffer.from('{"from":"the file"}') };

  test.each(['serviceError', 'garbage', 'notSent', 'reset', 'timeout'] as const)(
    'stands in for %s, and is counted as the failure it covers',
    async (name) => {
      const { send } = counting({ outcome: () => outcomes[name] });
      await using gateway = await startGateway({ targets: [targetOf({ fallback, retry: retryOf({ attempts: 1 }) })], send });
      const answer = await run(gateway);
      expect([answer.status, await answer.text()]).toEqual([203, '{"from":"the file"}']);
      expect(answer.headers.get('proxy-status')).toContain('details="fallback"');
      const series = 'runway_requests_total{function="hello",consumer="anonymous",status="203",outcome="upstream_error"}';
      expect(await gateway.metric(series)).toBe(1);
    },
  );

  test('stands in when the circuit is open', async () => {
    const { send, calls } = counting({ outcome: () => outcomes.serviceError });
    const breaker = { ...targetOf().breaker, minimumRequests: 1 };
    await using gateway = await startGateway({ targets: [targetOf({ fallback, breaker, retry: retryOf({ attempts: 1 }) })], send });
    await run(gateway);
    expect([(await run(gateway)).status, calls.length]).toEqual([203, 1]);
  });

  test.each(['ok', 'functionError', 'throttled', 'noSuchFunction'] as const)('does not stand in for %s', async (name) => {
    const { send } = counting({ outcome: () => outcomes[name] });
    await using gateway = await startGateway({ targets: [targetOf({ fallback, retry: retryOf({ attempts: 1 }) })], send });
    expect((await run(gateway)).status).not.toBe(203);
  });
});

describe('what a caller asks for', () => {
  test('Prefer: wait shortens the time of the call, and never lengthens it', async () => {
    const seen: Call[] = [];
    await using gateway = await startGateway({
      send: async (call) => {
        seen.push(call);
        return outcomes.ok;
      },
      targets: [targetOf({ timeoutMs: 30_000 })],
    });
    await run(gateway, 'hello', '{}', { prefer: 'wait=5' });
    await run(gateway, 'hello', '{}', { prefer: 'wait=500' });
    expect(seen.map(({ deadlineAtMs, acceptedAtMs }) => Math.round(deadlineAtMs - acceptedAtMs))).toEqual([5_000, 30_000]);
    const unreadable = await run(gateway, 'hello', '{}', { prefer: 'wait=soon' });
    expect([unreadable.status, ((await unreadable.json()) as { code: string }).code]).toEqual([400, 'invalid_request']);
  });

  test('a wait of its own that is up counts as its own doing, and the whole time of the function as the upstream’s', async () => {
    const timeouts: Call[] = [];
    await using gateway = await startGateway({
      send: async (call) => {
        timeouts.push(call);
        return outcomes.timeout;
      },
      targets: [targetOf({ timeoutMs: 30_000, retry: retryOf({ attempts: 1 }) })],
    });
    const answers = [await run(gateway, 'hello', '{}', { prefer: 'wait=5' }), await run(gateway)];
    expect(answers.map(({ status }) => status)).toEqual([504, 504]);
    const counted = (outcome: string) =>
      gateway.metric(`runway_requests_total{function="hello",consumer="anonymous",status="504",outcome="${outcome}"}`);
    expect([await counted('client_closed'), await counted('upstream_error'), timeouts.length]).toEqual([1, 1, 2]);
  });

  test('a call that came through another Runway is not repeated', async () => {
    const { send, calls } = counting({ outcome: () => outcomes.throttled });
    await using gateway = await startGateway({ send });
    const answer = await run(gateway, 'hello', '{}', { via: '1.1 runway' });
    expect([answer.status, calls.length]).toEqual([429, 1]);
    expect(await gateway.metric('runway_retries_withheld_total{function="hello",reason="relayed"}')).toBe(1);
  });

  test('the answer says in how many attempts it was had', async () => {
    const { send } = counting();
    await using gateway = await startGateway({
      send: (call, signal) => {
        call.tally.attempts++;
        return send(call, signal);
      },
    });
    expect((await run(gateway)).headers.get('x-runway-attempts')).toBe('1');
  });
});
