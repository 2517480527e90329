import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalForm } from '../../src/cache/canonical.ts';
import type { Call } from '../../src/call.ts';
import { decodeRecord, encodeClaim, encodeFinished } from '../../src/idempotency/encoding.ts';
import { MemoryRecords } from '../../src/idempotency/memory.ts';
import { type Entry, Once } from '../../src/idempotency/once.ts';
import { type Claim, type Found, lifeMs, type RecordStore, type StoredReply } from '../../src/idempotency/store.ts';
import { callOf, targetOf } from '../support/calls.ts';
import { FakeClock } from '../support/clock.ts';
import { onceAgreesWithItsModel, onceHoldsPerGatewayWithoutRedis } from './once-model.ts';
import { answerReply, problemReply } from './records.ts';

/** Gateways over one store, as two of them with one Redis are. */
function gateway(clock = new FakeClock(), store: RecordStore = new MemoryRecords({ maxBytes: 1_000_000, clock })) {
  let tokens = 0;
  const once = new Once({ store, canonicalForm, clock, newToken: () => `token-${++tokens}` });
  const enter = (over: Partial<Call> = {}, key = 'order-4711') =>
    once.enter(callOf({ deadlineAtMs: clock.nowMs() + 30_000, ...over }), key);
  return { clock, store, enter };
}

/** The deadline of such a call, and what is waited for its owner beside it. */
const overdueMs = 30_000 + 5_000;
const idempotent = targetOf({ idempotent: true });
const event = (text: string) => ({ event: Buffer.from(text) });

function first(entry: Entry): Extract<Entry, { kind: 'first' }> {
  if (entry.kind !== 'first') throw new Error(`the call is not the first: ${entry.kind}`);
  return entry;
}

function refusalOf(entry: Entry) {
  if (entry.kind !== 'refused') throw new Error(`the call is not refused: ${entry.kind}`);
  return entry.problem;
}

describe('a key that was never sent', () => {
  test('lets its call run', async () => {
    const { enter } = gateway();
    expect(await enter()).toMatchObject({ kind: 'first' });
  });

  test('is another key for each consumer, function and text', async () => {
    const { enter } = gateway();
    for (const consumer of ['billing', 'shop'])
      for (const name of ['hello', 'img']) for (const key of ['a', 'b']) first(await enter({ consumer, target: targetOf({ name }) }, key));
  });
});

describe('while the first call runs', () => {
  test('a repeat is refused with 409, and told to come back in a second', async () => {
    const { enter } = gateway();
    await enter();
    expect(refusalOf(await enter())).toMatchObject({ code: 'idempotency_in_flight', retryAfterMs: 1_000 });
  });

  test('a repeat is told to come back when the first is over, if that is sooner', async () => {
    const { enter, clock } = gateway();
    await enter();
    await clock.advance(overdueMs - 300);
    expect(refusalOf(await enter())).toMatchObject({ code: 'idempotency_in_flight', retryAfterMs: 300 });
  });

  test('another event under its key is refused with 422, at once and not only when it is over', async () => {
    const { enter } = gateway();
    await enter();
    expect(refusalOf(await enter(event('{"message":"other"}')))).toMatchObject({ code: 'idempotency_mismatch' });
  });

  test('of a thousand repeats at the same time none runs', async () => {
    const { enter } = gateway();
    const entries = await Promise.all(Array.from({ length: 1_000 }, () => enter()));
    expect(entries.filter(({ kind }) => kind === 'first')).toHaveLength(1);
    expect(entries.filter(({ kind }) => kind === 'refused')).toHaveLength(999);
  });
});

describe('once the first call has run', () => {
  test.each<[string, StoredReply]>([
    [
      'an answer',
      answerReply(Buffer.from([0, 1, 255]), { status: 201, headers: { 'content-type': 'image/png', 'x-cff-request-id': 'a' } }),
    ],
    ['an answer of 500', answerReply('{"errorMessage":"x"}', { status: 500, headers: { 'x-is-func-err': 'true' } })],
    ['an empty answer', answerReply('', { status: 204, headers: {} })],
    ['a problem', problemReply],
  ])('%s is replayed to the byte for 24 hours, and not longer', async (_name, reply) => {
    const { enter, clock } = gateway();
    await first(await enter()).settle(reply);
    for (const passMs of [0, lifeMs - 1]) {
      await clock.advance(passMs);
      expect(await enter({ requestId: 'another' })).toEqual({ kind: 'replay', reply });
    }
    await clock.advance(1);
    expect(await enter()).toMatchObject({ kind: 'first' });
  });

  test('the same event written otherwise is a repeat, and another event is refused with 422', async () => {
    const { enter } = gateway();
    await first(await enter(event('{"a":1,"b":[2]}'))).settle(answerReply());
    expect(await enter(event(' { "b": [2.0], "a": 1 } '))).toMatchObject({ kind: 'replay' });
    expect(refusalOf(await enter(event('{"a":1,"b":[3]}')))).toMatchObject({ code: 'idempotency_mismatch' });
  });

  test('an event of 6 MB is compared whole', async () => {
    const { enter } = gateway();
    const large = (end: string) => event(`["${'x'.repeat(6_000_000)}${end}"]`);
    await first(await enter(large('a'))).settle(answerReply());
    expect(await enter(large('a'))).toMatchObject({ kind: 'replay' });
    expect(refusalOf(await enter(large('b')))).toMatchObject({ code: 'idempotency_mismatch' });
  });

  test('its bill, its log and what else belongs to the one execution is not replayed', async () => {
    const { enter } = gateway();
    const stored = {
      'content-type': 'a/b',
      'content-encoding': 'gzip',
      'content-language': 'de',
      'x-cff-request-id': 'r',
      'x-func-err-code': '1',
      'x-is-func-err': 'true',
    };
    const spent = { 'x-cff-invoke-summary': '{}', 'x-cff-billing-duration': '1', 'x-cff-function-log': 'bG9n', 'set-cookie': 'a=b' };
    await first(await enter()).settle(answerReply('', { headers: { ...spent, ...stored } }));
    expect(await enter()).toEqual({ kind: 'replay', reply: answerReply('', { headers: stored }) });
  });

  test('a key that was freed, because the call did not run, runs the next call with it, whatever its event', async () => {
    const { enter } = gateway();
    await first(await enter()).settle(undefined);
    await first(await enter(event('{"message":"other"}'))).settle(answerReply());
    expect(await enter(event('{"message":"other"}'))).toMatchObject({ kind: 'replay' });
  });
});

describe('when the gateway that ran the call was lost', () => {
  test('it is waited for until the deadline of the call and 5 seconds more', async () => {
    const { enter, clock } = gateway();
    await enter({ target: idempotent });
    await clock.advance(overdueMs - 1);
    expect(refusalOf(await enter({ target: idempotent })).code).toBe('idempotency_in_flight');
    await clock.advance(1);
    expect(await enter({ target: idempotent })).toMatchObject({ kind: 'first' });
  });

  test('a call that is not idempotent never runs again: each repeat gets the same problem, with the id of the lost call', async () => {
    const { enter, clock } = gateway();
    await enter({ requestId: 'the-lost-one' });
    await clock.advance(overdueMs);
    const repeats = await Promise.all(Array.from({ length: 100 }, (_, n) => enter({ requestId: `repeat-${n}` })));
    await clock.advance(lifeMs / 2);
    repeats.push(await enter());
    expect(new Set(repeats.map((entry) => JSON.stringify(entry))).size).toBe(1);
    expect(repeats[0]).toMatchObject({
      kind: 'replay',
      reply: { kind: 'problem', requestId: 'the-lost-one', problem: { code: 'deadline_exceeded' } },
    });
  });

  test('a call that is idempotent is run again by exactly one of many repeats', async () => {
    const { enter, clock } = gateway();
    await enter({ target: idempotent });
    await clock.advance(overdueMs);
    const entries = await Promise.all(Array.from({ length: 100 }, () => enter({ target: idempotent })));
    expect(entries.filter(({ kind }) => kind === 'first')).toHaveLength(1);
    expect(entries.filter((e) => e.kind === 'refused' && e.problem.code === 'idempotency_in_flight')).toHaveLength(99);
  });

  test('another event does not take its place', async () => {
    const { enter, clock } = gateway();
    await enter({ target: idempotent });
    await clock.advance(overdueMs);
    expect(refusalOf(await enter({ target: idempotent, ...event('[]') })).code).toBe('idempotency_mismatch');
  });

  test('an owner that was only slow, and was replaced, changes nothing of what its successor has stored', async () => {
    const { enter, clock } = gateway();
    const [slow, freeing] = [first(await enter({ target: idempotent }, 'a')), first(await enter({ target: idempotent }, 'b'))];
    await clock.advance(overdueMs);
    const successors = [first(await enter({ target: idempotent }, 'a')), first(await enter({ target: idempotent }, 'b'))];
    await slow.settle(answerReply('late'));
    await freeing.settle(undefined);
    for (const key of ['a', 'b']) expect(refusalOf(await enter({ target: idempotent }, key)).code).toBe('idempotency_in_flight');
    for (const successor of successors) await successor.settle(answerReply('mine'));
    await slow.settle(answerReply('late'));
    for (const key of ['a', 'b']) expect(await enter({ target: idempotent }, key)).toEqual({ kind: 'replay', reply: answerReply('mine') });
  });

  test('an owner that was only slow, and was not replaced, tells what came of the call after all', async () => {
    const { enter, clock } = gateway();
    const slow = first(await enter());
    await clock.advance(overdueMs);
    expect(await enter()).toMatchObject({ kind: 'replay', reply: { kind: 'problem' } });
    await slow.settle(answerReply('late'));
    expect(await enter()).toEqual({ kind: 'replay', reply: answerReply('late') });
  });
});

describe('a store', () => {
  const answering = (found: Found): RecordStore => ({
    claim: async () => found,
    finish: async () => undefined,
    free: async () => undefined,
  });

  test('that is away keeps no call from running', async () => {
    const { enter } = gateway(new FakeClock(), answering({ kind: 'away' }));
    await first(await enter()).settle(answerReply());
  });

  test('with a record of another release keeps the call from running: it may have run', async () => {
    const { enter } = gateway(new FakeClock(), answering({ kind: 'unreadable' }));
    expect(refusalOf(await enter({ target: idempotent }))).toMatchObject({ code: 'idempotency_in_flight', retryAfterMs: 1_000 });
  });

  test('is given no claim that it could not read back, whatever fraction of a millisecond is left to its call', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: -1_000, max: 90_000, noNaN: true }), async (deadlineAtMs) => {
        const values: Buffer[] = [];
        const claim = async (_key: string, of: Claim): Promise<Found> => {
          values.push(encodeClaim(of));
          return { kind: 'claimed' };
        };
        await gateway(new FakeClock(), { ...answering({ kind: 'claimed' }), claim }).enter({ deadlineAtMs });
        expect(values.map((value) => decodeRecord(value))).toMatchObject([{ ok: true, kind: 'running' }]);
      }),
    );
  });

  test('is given no answer that it could not read back, whatever the answer’s headers hold', async () => {
    const text = fc.string({ unit: 'binary' });
    const names = fc.constantFrom('content-type', 'x-cff-request-id', 'x-is-func-err', 'x-other', '__proto__');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, text), async (headers) => {
        const values: Buffer[] = [];
        const store: RecordStore = {
          ...answering({ kind: 'claimed' }),
          finish: async (_key, _claim, finished) => void values.push(encodeFinished(finished)),
        };
        await first(await gateway(new FakeClock(), store).enter()).settle(answerReply('', { headers }));
        expect(values.map((value) => decodeRecord(value))).toMatchObject([{ ok: true }]);
      }),
    );
  });
});

test('no refusal repeats the key or the event', async () => {
  const { enter, clock } = gateway();
  const secret = event('{"secret":"hunter2"}');
  await enter(secret, 'order-4711');
  const refusals: unknown[] = [await enter(secret, 'order-4711'), await enter(event('{}'), 'order-4711')];
  await clock.advance(overdueMs);
  refusals.push(await enter(secret, 'order-4711'));
  const unreadable: RecordStore = {
    claim: async () => ({ kind: 'unreadable' }),
    finish: async () => undefined,
    free: async () => undefined,
  };
  refusals.push(await gateway(clock, unreadable).enter(secret, 'order-4711'));
  expect(refusals).toHaveLength(4);
  expect(JSON.stringify(refusals)).not.toMatch(/hunter2|order-4711/);
});

test('agrees with a plain model over any commands to two gateways and one Redis', () => onceAgreesWithItsModel(1_000));

test('with a Redis that comes and goes, no gateway runs a call twice that is not idempotent', () => onceHoldsPerGatewayWithoutRedis(1_000));
