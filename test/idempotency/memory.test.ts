import { expect, test } from 'vitest';
import { MemoryRecords } from '../../src/idempotency/memory.ts';
import { lifeMs } from '../../src/idempotency/store.ts';
import { FakeClock } from '../support/clock.ts';
import { answerReply, claimOf, finishedOf, problemReply } from './records.ts';

async function runOf(store: MemoryRecords, key: string, body: string | Buffer) {
  const claim = claimOf();
  const found = await store.claim(key, claim);
  if (found.kind === 'claimed') await store.finish(key, claim, finishedOf(answerReply(body)), lifeMs);
  return found.kind;
}

test('no number of answers pushes out a claim: what is under way is never run a second time', async () => {
  const store = new MemoryRecords({ maxBytes: 10_000, clock: new FakeClock() });
  await store.claim('running', claimOf());
  for (let i = 0; i < 1_000; i++) await runOf(store, `key-${i}`, 'x'.repeat(500));
  expect(await store.claim('running', claimOf())).toMatchObject({ kind: 'running' });
});

test('the bytes of all answers stay within the bound, and the least recently asked for go first', async () => {
  const store = new MemoryRecords({ maxBytes: 20_000, clock: new FakeClock() });
  for (let i = 0; i < 10; i++) await runOf(store, `key-${i}`, Buffer.alloc(1_000));
  expect(await store.claim('key-0', claimOf())).toMatchObject({ kind: 'finished' });
  for (let i = 10; i < 20; i++) await runOf(store, `key-${i}`, Buffer.alloc(1_000));
  expect(await store.claim('key-0', claimOf())).toMatchObject({ kind: 'finished' });
  expect(await store.claim('key-19', claimOf())).toMatchObject({ kind: 'finished' });
  expect(await store.claim('key-1', claimOf())).toEqual({ kind: 'claimed' });
});

test('problems are bounded too: an entry counts for more than its body', async () => {
  const store = new MemoryRecords({ maxBytes: 10_000, clock: new FakeClock() });
  for (let i = 0; i < 100; i++) await store.finish(`key-${i}`, claimOf(), finishedOf(problemReply), lifeMs);
  const found = await Promise.all(Array.from({ length: 100 }, (_, i) => store.claim(`key-${i}`, claimOf())));
  expect(found.filter(({ kind }) => kind === 'finished').length).toBeLessThan(20);
});

test('a kept body holds on to no larger buffer that it was a slice of', async () => {
  const store = new MemoryRecords({ maxBytes: 1_000_000, clock: new FakeClock() });
  const claim = claimOf();
  await store.claim('key', claim);
  const network = Buffer.alloc(65_536, 'x');
  await store.finish('key', claim, finishedOf({ ...answerReply(), body: network.subarray(0, 10) }), lifeMs);
  network.fill('y');
  const found = await store.claim('key', claimOf());
  const body = found.kind === 'finished' && found.finished.reply.kind === 'answer' ? found.finished.reply.body : Buffer.alloc(0);
  expect(body.toString()).toBe('xxxxxxxxxx');
  expect(body.buffer.byteLength).toBe(10);
});

test('a jump of the wall clock neither ends a run nor forgets an answer', async () => {
  const clock = new FakeClock();
  let jumpMs = 0;
  const jumping = { nowMs: clock.nowMs, sleep: clock.sleep, epochMs: () => clock.epochMs() + jumpMs };
  const store = new MemoryRecords({ maxBytes: 1_000_000, clock: jumping });
  await store.claim('running', claimOf({ lastsMs: 1_000 }));
  await runOf(store, 'finished', '1');
  jumpMs = 2 * lifeMs;
  expect(await store.claim('running', claimOf())).toMatchObject({ kind: 'running', leftMs: 1_000 });
  expect(await store.claim('finished', claimOf())).toMatchObject({ kind: 'finished', leftMs: lifeMs });
});
