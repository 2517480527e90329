import { describe, expect, test } from 'vitest';
import type { Call, Invoke, Outcome } from '../src/call.ts';
import type { Signal } from '../src/signal.ts';
import { answerOf, cachePolicyOf, outcomes, targetOf } from './support/calls.ts';
import { run, startGateway } from './support/gateway.ts';

const eager = { ...targetOf().retry, backoff: { baseMs: 1, maxMs: 1 } };
const hello = targetOf({ retry: eager });
const idempotent = targetOf({ name: 'idempotent', idempotent: true, retry: eager });
const kept = targetOf({ name: 'kept', idempotent: true, cache: cachePolicyOf(), retry: eager });
const hasty = targetOf({ name: 'hasty', timeoutMs: 50 });

/** A gateway whose function answers each call with its number, or as told. */
async function serve(outcomeOf?: (count: number, signal: Signal) => Outcome | Promise<Outcome>) {
  const calls: Call[] = [];
  const send: Invoke = async (call, signal) => {
    const count = calls.push(call);
    const headers = { 'content-type': 'text/plain', 'x-cff-request-id': 'fg-1', 'x-cff-invoke-summary': '{}' };
    return outcomeOf?.(count, signal) ?? { kind: 'ok', answer: answerOf(201, { body: Buffer.from(String(count)), headers }) };
  };
  const gateway = await startGateway({ targets: [hello, idempotent, kept, hasty], send });
  const call = (key: string, { name = 'hello', event = '{"a":1}', headers = {} } = {}) =>
    run(gateway, name, event, { 'idempotency-key': key, ...headers });
  return { gateway, calls, call };
}

const replayed = (answer: Response) => answer.headers.get('idempotency-replayed');
const whole = async (answer: Response) => [answer.status, answer.headers.get('content-type'), await answer.text()];

describe('a call with an Idempotency-Key', () => {
  test('runs once, and its repeats get its answer to the byte, said to be a replay and without a bill', async () => {
    const { gateway, calls, call } = await serve();
    await using _gateway = gateway;
    const first = await call('k1');
    const second = await call('"k1"', { event: ' { "a" : 1.0 } ' });
    expect([replayed(first), replayed(second)]).toEqual([null, 'true']);
    expect(await whole(second)).toEqual(await whole(first));
    expect(second.headers.get('x-cff-request-id')).toBe('fg-1');
    expect(second.headers.get('x-cff-invoke-summary')).toBeNull();
    expect(second.headers.get('x-runway-attempts')).toBe('0');
    expect(second.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
    expect(calls).toHaveLength(1);
    const counted = (result: string) => gateway.metric(`runway_idempotency_keys_total{function="hello",result="${result}"}`);
    expect([await counted('first'), await counted('replay')]).toEqual([1, 1]);
  });

  test('runs again with another key, and for another function', async () => {
    const { gateway, calls, call } = await serve();
    await using _gateway = gateway;
    await call('k1');
    expect(replayed(await call('k2'))).toBeNull();
    expect(replayed(await call('k1', { name: 'idempotent' }))).toBeNull();
    expect(calls).toHaveLength(3);
  });

  test('is refused with another event: idempotency_mismatch', async () => {
    const { gateway, calls, call } = await serve();
    await using _gateway = gateway;
    await call('k1');
    const answer = await call('k1', { event: '{"a":2}' });
    expect([answer.status, await answer.json()]).toMatchObject([422, { code: 'idempotency_mismatch', retryable: false }]);
    expect(calls).toHaveLength(1);
  });

  test('is refused while the first one runs: idempotency_in_flight, and gets its answer later', async () => {
    const gate = Promise.withResolvers<void>();
    const { gateway, calls, call } = await serve(async () => {
      await gate.promise;
      return outcomes.ok;
    });
    await using _gateway = gateway;
    const first = call('k1');
    await expect.poll(() => calls.length).toBe(1);
    const second = await call('k1');
    expect([second.status, await second.json()]).toMatchObject([409, { code: 'idempotency_in_flight', retryable: true }]);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
    gate.resolve();
    expect(await whole(await first)).toEqual(await whole(await call('k1')));
    expect(calls).toHaveLength(1);
  });

  test('runs to its end though its caller leaves, who then finds the answer', async () => {
    const gate = Promise.withResolvers<void>();
    let aborted = false;
    const { gateway, calls, call } = await serve(async (_count, signal) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      await gate.promise;
      return outcomes.ok;
    });
    await using _gateway = gateway;
    const leaver = new AbortController();
    const left = fetch(`${gateway.url}/run/hello`, {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'k1' },
      signal: leaver.signal,
    });
    await expect.poll(() => calls.length).toBe(1);
    leaver.abort();
    await expect(left).rejects.toThrow();
    // That it hung up has reached the server once a later request has.
    await run(gateway, 'nobody');
    gate.resolve();
    const gone = 'runway_requests_total{function="hello",consumer="anonymous",status="499",outcome="client_closed"}';
    await expect.poll(() => gateway.metric(gone)).toBe(1);
    expect([replayed(await call('k1')), aborted, calls.length]).toEqual(['true', false, 1]);
  });

  test('is never repeated by the gateway when it may have run, not even for an idempotent function', async () => {
    const { gateway, calls, call } = await serve((count) => (count === 1 ? outcomes.reset : outcomes.ok));
    await using _gateway = gateway;
    const first = await call('k1', { name: 'idempotent' });
    expect(first.status).toBe(502);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.repeatable).toBe(false);
  });

  test('is repeated by the gateway when it is known not to have run', async () => {
    const { gateway, calls, call } = await serve((count) => (count === 1 ? outcomes.throttled : outcomes.ok));
    await using _gateway = gateway;
    expect((await call('k1')).status).toBe(200);
    expect(calls).toHaveLength(2);
  });

  test('of a function whose results are kept gets the same answer again when the kept one has changed', async () => {
    const { gateway, call } = await serve();
    await using _gateway = gateway;
    const body = async (answer: Response) => answer.text();
    expect(await body(await run(gateway, 'kept', '{"a":1}'))).toBe('1');
    expect(await body(await call('k1', { name: 'kept' }))).toBe('1');
    expect(await body(await run(gateway, 'kept', '{"a":1}', { 'cache-control': 'no-cache' }))).toBe('2');
    expect(await body(await call('k1', { name: 'kept' }))).toBe('1');
    expect(await body(await call('k2', { name: 'kept' }))).toBe('2');
  });

  test.each(['', '"', 'two words', 'x'.repeat(256)])('that is none (%j) is refused, and nothing runs: invalid_request', async (key) => {
    const { gateway, calls, call } = await serve();
    await using _gateway = gateway;
    const answer = await call(key);
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'invalid_request' }]);
    expect(calls).toHaveLength(0);
  });
});

test('an answer of the fallback keeps its mark in its replay', async () => {
  const fallback = { status: 200, body: Buffer.from('"stand-in"') };
  await using gateway = await startGateway({ targets: [targetOf({ retry: eager, fallback })], send: async () => outcomes.reset });
  const call = () => run(gateway, 'hello', '{}', { 'idempotency-key': 'k1' });
  const [first, second] = [await call(), await call()];
  expect(replayed(second)).toBe('true');
  expect(second.headers.get('proxy-status')).toBe(first.headers.get('proxy-status'));
  expect(second.headers.get('proxy-status')).toContain('fallback');
});

test('a fault of the gateway uses the key up: nobody knows how far the call had come', async () => {
  const { gateway, call } = await serve(() => {
    throw new Error('a fault');
  });
  await using _gateway = gateway;
  const first = await call('k1');
  const second = await call('k1');
  expect([first.status, replayed(second), await second.text()]).toEqual([500, 'true', await first.text()]);
  expect(gateway.faults).toHaveLength(1);
});

describe('what came of the first call', () => {
  test.each<[string, Outcome, number]>([
    ['its success', outcomes.ok, 200],
    ['its failure', outcomes.functionError, 500],
    ['a reset after it was sent', outcomes.reset, 502],
    ['garbage', outcomes.garbage, 502],
  ])('%s is stored, since the function may have run', async (_what, outcome, status) => {
    const { gateway, calls, call } = await serve(() => outcome);
    await using _gateway = gateway;
    const first = await call('k1');
    const second = await call('k1');
    expect([first.status, replayed(second)]).toEqual([status, 'true']);
    expect(await whole(second)).toEqual(await whole(first));
    expect(calls).toHaveLength(1);
  });

  test('a timeout is stored, and the problem says that the same key helps no more', async () => {
    const { gateway, calls, call } = await serve(() => new Promise(() => undefined));
    await using _gateway = gateway;
    const first = await call('k1', { name: 'hasty' });
    const second = await call('k1', { name: 'hasty' });
    const problem = await first.text();
    expect(JSON.parse(problem)).toMatchObject({ status: 504, code: 'deadline_exceeded', retryable: false });
    expect([replayed(second), await second.text()]).toEqual(['true', problem]);
    expect(calls).toHaveLength(1);
  });

  test.each<[string, Outcome]>([
    ['no connection', outcomes.notSent],
    ['throttling', outcomes.throttled],
    ['an open circuit', outcomes.refused],
    ['a function that is not there', outcomes.noSuchFunction],
    ['credentials that were refused', outcomes.rejected],
  ])('%s frees the key, since the function did not run', async (_what, outcome) => {
    let fails = true;
    const { gateway, call } = await serve(() => (fails ? outcome : outcomes.ok));
    await using _gateway = gateway;
    const first = await call('k1');
    fails = false;
    const second = await call('k1');
    expect([first.ok, second.status, replayed(second)]).toEqual([false, 200, null]);
  });
});
