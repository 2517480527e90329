import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { Flights, type Landed } from '../../src/cache/single-flight.ts';
import type { Call, Ending, Outcome } from '../../src/call.ts';
import type { Signal } from '../../src/signal.ts';
import { callOf } from './call.ts';

const ok: Outcome = { kind: 'ok', answer: { status: 200, headers: {}, body: Buffer.from('1'), summary: undefined } };
const failed: Outcome = { kind: 'unreachable', reason: 'reset', sent: true };
const shareable = (outcome: Outcome): Landed => ({ outcome, shareable: true });
const landedWith = (outcome: Outcome, shared: boolean) => ({ kind: 'landed', result: { outcome }, shared });
type Start = (call: Call, signal: Signal) => Promise<Landed>;
const call = callOf('{}');
const never = () => new AbortController().signal;
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** An upstream that answers when told to; an aborted call of it ends at once, as the policies' do. */
function upstream() {
  const calls: { call: Call; signal: Signal; answer: (outcome: Outcome) => void; answerAlone: () => void }[] = [];
  const start: Start = (flying, signal) =>
    new Promise((resolve) => {
      const answer = (outcome: Outcome) => resolve(shareable(outcome));
      calls.push({ call: flying, signal, answer, answerAlone: () => resolve({ outcome: ok, shareable: false }) });
      signal.addEventListener('abort', () => answer({ kind: 'abandoned' }));
    });
  return { calls, start };
}

function leaver() {
  const controller = new AbortController();
  return { signal: controller.signal, leave: (ending: Ending) => controller.abort(ending) };
}

test('a thousand identical calls in flight are one call upstream, and each gets its outcome', async () => {
  const { calls, start } = upstream();
  const flights = new Flights();
  const joined = Array.from({ length: 1_000 }, () => flights.join('key', call, never(), start));
  calls[0]!.answer(ok);
  const landed = await Promise.all(joined);
  expect(calls).toHaveLength(1);
  expect(landed).toMatchObject([landedWith(ok, false), ...Array(999).fill(landedWith(ok, true))]);
});

test('calls of other keys fly on their own', async () => {
  const { calls, start } = upstream();
  const flights = new Flights();
  const one = flights.join('one', call, never(), start);
  const other = flights.join('other', call, never(), start);
  calls[0]!.answer(ok);
  calls[1]!.answer(failed);
  expect(await one).toMatchObject(landedWith(ok, false));
  expect(await other).toMatchObject(landedWith(failed, false));
});

test('an outcome that is not ok is shared with those who wait, and the next call starts anew', async () => {
  const { calls, start } = upstream();
  const flights = new Flights();
  const both = [flights.join('key', call, never(), start), flights.join('key', call, never(), start)];
  calls[0]!.answer(failed);
  expect(await Promise.all(both)).toMatchObject([landedWith(failed, false), landedWith(failed, true)]);
  const next = flights.join('key', call, never(), start);
  calls[1]!.answer(ok);
  expect(await next).toMatchObject(landedWith(ok, false));
});

test('a caller who comes before the result is kept still shares it', async () => {
  const flights = new Flights();
  let kept = false;
  let finishKeeping = () => {};
  const start: Start = async () => {
    await new Promise<void>((resolve) => {
      finishKeeping = resolve;
    });
    kept = true;
    return shareable(ok);
  };
  const first = flights.join('key', call, never(), start);
  const second = flights.join('key', call, never(), () => Promise.reject(new Error('a second call upstream')));
  finishKeeping();
  await first;
  expect(kept).toBe(true);
  expect(await second).toMatchObject(landedWith(ok, true));
});

test('a result that is for its caller alone is given to nobody else who waited', async () => {
  const { calls, start } = upstream();
  const flights = new Flights();
  const both = [flights.join('key', call, never(), start), flights.join('key', call, never(), start)];
  calls[0]!.answerAlone();
  expect(await Promise.all(both)).toMatchObject([landedWith(ok, false), { kind: 'not_shared' }]);
});

describe('leaving', () => {
  test('the first caller leaves and the others still get the outcome', async () => {
    const { calls, start } = upstream();
    const flights = new Flights();
    const first = leaver();
    const left = flights.join('key', call, first.signal, start);
    const stays = flights.join('key', call, never(), start);
    first.leave('caller_left');
    expect(await left).toMatchObject({ kind: 'left', outcome: { kind: 'abandoned' } });
    expect(calls[0]!.signal.aborted).toBe(false);
    calls[0]!.answer(ok);
    expect(await stays).toMatchObject(landedWith(ok, true));
  });

  test("the work is aborted when the last one leaves, with that one's reason", async () => {
    const { calls, start } = upstream();
    const flights = new Flights();
    const leavers = [leaver(), leaver(), leaver()];
    const joined = leavers.map(({ signal }) => flights.join('key', call, signal, start));
    leavers[1]!.leave('caller_left');
    leavers[0]!.leave('caller_left');
    await settle();
    expect(calls[0]!.signal.aborted).toBe(false);
    leavers[2]!.leave('deadline');
    expect(calls[0]!.signal).toMatchObject({ aborted: true, reason: 'deadline' });
    const left = (kind: Outcome['kind']) => ({ kind: 'left', outcome: { kind } });
    expect(await Promise.all(joined)).toMatchObject([left('abandoned'), left('abandoned'), left('timeout')]);
  });

  test('who comes after all have left starts anew', async () => {
    const { calls, start } = upstream();
    const flights = new Flights();
    const first = leaver();
    const left = flights.join('key', call, first.signal, start);
    first.leave('caller_left');
    const next = flights.join('key', call, never(), start);
    await left;
    await settle();
    expect(calls).toHaveLength(2);
    const third = flights.join('key', call, never(), start);
    calls[1]!.answer(ok);
    expect([await next, await third]).toMatchObject([landedWith(ok, false), landedWith(ok, true)]);
    expect(calls).toHaveLength(2);
  });

  test('who has left already starts nothing', async () => {
    const { calls, start } = upstream();
    const gone = leaver();
    gone.leave('deadline');
    expect(await new Flights().join('key', call, gone.signal, start)).toMatchObject({
      kind: 'left',
      outcome: { kind: 'timeout', sent: false },
    });
    expect(calls).toHaveLength(0);
  });

  test('a deadline takes it that the work may have run', async () => {
    const { start } = upstream();
    const own = leaver();
    const joined = new Flights().join('key', call, own.signal, start);
    own.leave('deadline');
    expect(await joined).toMatchObject({ kind: 'left', outcome: { kind: 'timeout', sent: true } });
  });

  test('the work has the deadline of whoever waits longest, and a tally of its own', async () => {
    const { calls, start } = upstream();
    const flights = new Flights();
    const first = flights.join('key', callOf('{}', { deadlineAtMs: 100 }), never(), start);
    const second = flights.join('key', callOf('{}', { deadlineAtMs: 300 }), never(), start);
    const third = flights.join('key', callOf('{}', { deadlineAtMs: 200 }), never(), start);
    expect(calls[0]!.call.deadlineAtMs).toBe(300);
    calls[0]!.call.tally.attempts = 2;
    calls[0]!.answer(ok);
    expect(await Promise.all([first, second, third])).toMatchObject(Array(3).fill({ tally: { attempts: 2 } }));
  });

  test('no listener stays on a signal that outlives its call', async () => {
    const { calls, start } = upstream();
    const flights = new Flights();
    const signal = never();
    const joined = [flights.join('key', call, signal, start), flights.join('key', call, signal, start)];
    expect(getEventListeners(signal, 'abort')).toHaveLength(2);
    calls[0]!.answer(ok);
    await Promise.all(joined);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

test('a fault of the work reaches those who wait and locks no key', async () => {
  const flights = new Flights();
  const faulty: Start = async () => {
    throw new Error('a fault');
  };
  const both = [flights.join('key', call, never(), faulty), flights.join('key', call, never(), faulty)];
  expect((await Promise.allSettled(both)).map(({ status }) => status)).toMatchObject(['rejected', 'rejected']);
  expect(await flights.join('key', call, never(), async () => shareable(ok))).toMatchObject(landedWith(ok, false));
});
