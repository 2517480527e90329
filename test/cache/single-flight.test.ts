import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { Flights } from '../../src/cache/single-flight.ts';
import type { Call, Ending, Invoke, Outcome } from '../../src/call.ts';
import { callOf } from './call.ts';

const ok: Outcome = { kind: 'ok', answer: { status: 200, headers: {}, body: Buffer.from('1'), summary: undefined } };
const failed: Outcome = { kind: 'unreachable', reason: 'reset', sent: true };
const call = callOf('{}');
const never = () => new AbortController().signal;
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** An upstream that answers when told to; an aborted call of it ends at once, as the policies' do. */
function upstream() {
  const calls: { call: Call; signal: AbortSignal; answer: (outcome: Outcome) => void }[] = [];
  const start: Invoke = (flying, signal) =>
    new Promise((resolve) => {
      calls.push({ call: flying, signal, answer: resolve });
      signal.addEventListener('abort', () => resolve({ kind: 'abandoned' }), { once: true });
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
  expect(landed.every(({ outcome }) => outcome === ok)).toBe(true);
  expect(landed.map(({ shared }) => shared)).toMatchObject([false, ...Array(999).fill(true)]);
});

test('calls of other keys fly on their own', async () => {
  const { calls, start } = upstream();
  const flights = new Flights();
  const one = flights.join('one', call, never(), start);
  const other = flights.join('other', call, never(), start);
  calls[0]!.answer(ok);
  calls[1]!.answer(failed);
  expect(await one).toMatchObject({ outcome: ok, shared: false });
  expect(await other).toMatchObject({ outcome: failed, shared: false });
});

test('an outcome that is not ok is shared with those who wait, and the next call starts anew', async () => {
  const { calls, start } = upstream();
  const flights = new Flights();
  const both = [flights.join('key', call, never(), start), flights.join('key', call, never(), start)];
  calls[0]!.answer(failed);
  expect((await Promise.all(both)).map(({ outcome }) => outcome)).toMatchObject([failed, failed]);
  const next = flights.join('key', call, never(), start);
  calls[1]!.answer(ok);
  expect(await next).toMatchObject({ outcome: ok, shared: false });
});

test('a caller who comes before the result is kept still shares it', async () => {
  const flights = new Flights();
  let kept = false;
  let finishKeeping = () => {};
  const start: Invoke = async () => {
    await new Promise<void>((resolve) => {
      finishKeeping = resolve;
    });
    kept = true;
    return ok;
  };
  const first = flights.join('key', call, never(), start);
  const second = flights.join('key', call, never(), () => Promise.reject(new Error('a second call upstream')));
  finishKeeping();
  await first;
  expect(kept).toBe(true);
  expect(await second).toMatchObject({ outcome: ok, shared: true });
});

describe('leaving', () => {
  test('the first caller leaves and the others still get the outcome', async () => {
    const { calls, start } = upstream();
    const flights = new Flights();
    const first = leaver();
    const left = flights.join('key', call, first.signal, start);
    const stays = flights.join('key', call, never(), start);
    first.leave('caller_left');
    expect((await left).outcome).toEqual({ kind: 'abandoned' });
    expect(calls[0]!.signal.aborted).toBe(false);
    calls[0]!.answer(ok);
    expect(await stays).toMatchObject({ outcome: ok, shared: true });
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
    const kinds = (await Promise.all(joined)).map(({ outcome }) => outcome.kind);
    expect(kinds).toMatchObject(['abandoned', 'abandoned', 'timeout']);
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
    expect([await next, await third]).toMatchObject([
      { outcome: ok, shared: false },
      { outcome: ok, shared: true },
    ]);
    expect(calls).toHaveLength(2);
  });

  test('who has left already starts nothing', async () => {
    const { calls, start } = upstream();
    const gone = leaver();
    gone.leave('deadline');
    expect(await new Flights().join('key', call, gone.signal, start)).toMatchObject({
      outcome: { kind: 'timeout', sent: false },
      shared: false,
    });
    expect(calls).toHaveLength(0);
  });

  test('a deadline takes it that the work may have run', async () => {
    const { start } = upstream();
    const own = leaver();
    const joined = new Flights().join('key', call, own.signal, start);
    own.leave('deadline');
    expect(await joined).toMatchObject({ outcome: { kind: 'timeout', sent: true }, landed: false });
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
    for (const joined of await Promise.all([first, second, third])) expect(joined.tally.attempts).toBe(2);
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
  const faulty: Invoke = async () => {
    throw new Error('a fault');
  };
  const both = [flights.join('key', call, never(), faulty), flights.join('key', call, never(), faulty)];
  expect((await Promise.allSettled(both)).map(({ status }) => status)).toMatchObject(['rejected', 'rejected']);
  expect(await flights.join('key', call, never(), async () => ok)).toMatchObject({ outcome: ok, shared: false });
});
