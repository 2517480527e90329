import { describe, expect, test } from 'vitest';
import type { Call, Invoke, Target } from '../../src/call.ts';
import { answerOf, cachePolicyOf, targetOf } from '../support/calls.ts';
import { FakeClock } from '../support/clock.ts';
import { run, startGateway } from '../support/gateway.ts';

const target = targetOf({ idempotent: true, cache: cachePolicyOf({ staleWhileRevalidateMs: 10_000, staleIfErrorMs: 30_000 }) });

/** A gateway whose function answers each call with its number. */
async function numbering({ targets = [target], cacheControl }: { targets?: Target[]; cacheControl?: string } = {}) {
  const clock = new FakeClock();
  const calls: Call[] = [];
  const send: Invoke = async (call) => {
    const body = Buffer.from(String(calls.push(call)));
    return { kind: 'ok', answer: answerOf(200, { body, ...(cacheControl !== undefined && { cacheControl }) }) };
  };
  const gateway = await startGateway({ targets, send, clock });
  const ask = async (directives?: string, event?: string) => {
    const answer = await run(gateway, 'hello', event, directives === undefined ? {} : { 'cache-control': directives });
    return { status: answer.status, body: await answer.text(), how: answer.headers.get('cache-status') };
  };
  return { gateway, clock, calls, ask };
}

describe('Cache-Control of the caller', () => {
  test('no-cache: the function is called, and its result takes the place of the kept one', async () => {
    const { gateway, ask } = await numbering();
    await using _gateway = gateway;
    await ask();
    expect(await ask('no-cache')).toEqual({ status: 200, body: '2', how: 'runway; fwd=request; stored' });
    expect(await ask()).toMatchObject({ body: '2', how: 'runway; hit; ttl=60' });
  });

  test('no-store: the function is called, and nothing is kept of it', async () => {
    const { gateway, ask } = await numbering();
    await using _gateway = gateway;
    expect(await ask('no-store')).toEqual({ status: 200, body: '1', how: 'runway; fwd=request' });
    expect(await ask()).toMatchObject({ body: '2', how: 'runway; fwd=uri-miss; stored' });
    expect(await ask('no-store')).toMatchObject({ body: '3', how: 'runway; fwd=request' });
    expect(await ask()).toMatchObject({ body: '2' });
  });

  test('no-transform: the event is not compared in another form, so nothing is looked up or kept', async () => {
    const { gateway, ask } = await numbering();
    await using _gateway = gateway;
    expect(await ask('no-transform')).toMatchObject({ body: '1', how: 'runway; fwd=request' });
    expect(await ask()).toMatchObject({ body: '2' });
  });

  test('max-age: what is older is computed anew, and kept', async () => {
    const { gateway, clock, ask } = await numbering();
    await using _gateway = gateway;
    await ask();
    await clock.advance(20_000);
    expect(await ask('max-age=20')).toMatchObject({ body: '1', how: 'runway; hit; ttl=40' });
    expect(await ask('max-age=19')).toMatchObject({ body: '2', how: 'runway; fwd=request; stored' });
    expect(await ask('max-age=0')).toMatchObject({ body: '2', how: 'runway; hit; ttl=60' });
  });

  test('max-age: nothing stale, as the caller says nothing of max-stale', async () => {
    const { gateway, clock, ask } = await numbering();
    await using _gateway = gateway;
    await ask();
    await clock.advance(65_000);
    expect(await ask('max-age=3600')).toMatchObject({ body: '2', how: 'runway; fwd=request; stored' });
  });

  test('only-if-cached: what is kept, or not_cached and no call', async () => {
    const { gateway, clock, calls, ask } = await numbering();
    await using _gateway = gateway;
    const none = await ask('only-if-cached');
    expect(none).toMatchObject({ status: 504, how: null });
    expect(JSON.parse(none.body)).toMatchObject({ code: 'not_cached', retryable: true });
    await ask();
    expect(await ask('only-if-cached')).toMatchObject({ body: '1', how: 'runway; hit; ttl=60' });
    expect(await ask('only-if-cached, max-age=0')).toMatchObject({ body: '1' });
    await clock.advance(1_000);
    expect(await ask('only-if-cached, max-age=0')).toMatchObject({ status: 504 });
    expect(await ask('only-if-cached, no-cache')).toMatchObject({ status: 504 });
    expect(await ask('only-if-cached', '{"a":1,"a":2}')).toMatchObject({ status: 504 });
    expect(calls).toHaveLength(1);
  });

  test('only-if-cached to a function of which nothing is kept: not_cached', async () => {
    const { gateway, calls, ask } = await numbering({ targets: [targetOf()] });
    await using _gateway = gateway;
    expect(await ask('only-if-cached')).toMatchObject({ status: 504 });
    expect(calls).toHaveLength(0);
  });
});

describe('Cache-Control of the function', () => {
  test.each(['no-store', 'private', 'no-cache'])('%s: not kept, and given to nobody else', async (cacheControl) => {
    const { gateway, calls, ask } = await numbering({ cacheControl });
    await using _gateway = gateway;
    const together = await Promise.all(Array.from({ length: 10 }, () => ask()));
    expect(new Set(together.map(({ body }) => body)).size).toBe(10);
    expect(await ask()).toEqual({ status: 200, body: '11', how: 'runway; fwd=uri-miss' });
    expect(calls).toHaveLength(11);
  });

  test('personal results are computed side by side once that is known, and in a while it is tried again', async () => {
    const clock = new FakeClock();
    let running = 0;
    let most = 0;
    let cacheControl = 'private';
    const gate = Promise.withResolvers<void>();
    const send: Invoke = async () => {
      running++;
      most = Math.max(most, running);
      if (most > 1) gate.resolve();
      if (warm) await gate.promise;
      running--;
      return { kind: 'ok', answer: answerOf(200, { cacheControl }) };
    };
    let warm = false;
    await using gateway = await startGateway({ targets: [target], send, clock });
    await run(gateway);
    warm = true;
    // Would they wait for each other, the first would never answer.
    await Promise.all([run(gateway), run(gateway)]);
    expect(most).toBe(2);
    cacheControl = 'max-age=60';
    await clock.advance(10_000);
    await run(gateway);
    expect((await run(gateway)).headers.get('cache-status')).toMatch(/hit/);
  });
});

describe('Vary', () => {
  test.each<[string, Partial<Target>, string | null]>([
    ['a function that keeps nothing', {}, null],
    ['results of one consumer', { idempotent: true, cache: cachePolicyOf() }, 'authorization, x-api-key'],
    [
      'results of one consumer and a language',
      { idempotent: true, cache: cachePolicyOf({ vary: ['accept-language'] }) },
      'authorization, x-api-key, accept-language',
    ],
    ['shared results that vary on nothing', { idempotent: true, cache: cachePolicyOf({ scope: 'shared' }) }, null],
    ['shared results', { idempotent: true, cache: cachePolicyOf({ scope: 'shared', vary: ['accept-language'] }) }, 'accept-language'],
  ])('of %s', async (_what, over, vary) => {
    const { gateway } = await numbering({ targets: [targetOf(over)] });
    await using _gateway = gateway;
    expect((await run(gateway)).headers.get('vary')).toBe(vary);
  });
});
