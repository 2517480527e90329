import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryRecords } from '../../src/idempotency/memory.ts';
import { type Found, lifeMs, type RecordStore } from '../../src/idempotency/store.ts';
import { Tiers } from '../../src/idempotency/tiers.ts';
import { FakeClock } from '../support/clock.ts';
import { answerReply, claimOf, finishedOf } from './records.ts';

const clock = new FakeClock();
const memory = () => new MemoryRecords({ maxBytes: 1_000_000, clock });

/** A Redis that counts who claims, and that may be away. */
class Watched implements RecordStore {
  readonly records: RecordStore = memory();
  claims = 0;
  away = false;

  async claim(...args: Parameters<RecordStore['claim']>): Promise<Found> {
    this.claims++;
    return this.away ? { kind: 'away' } : this.records.claim(...args);
  }

  async finish(...args: Parameters<RecordStore['finish']>): Promise<void> {
    if (!this.away) await this.records.finish(...args);
  }

  async free(...args: Parameters<RecordStore['free']>): Promise<void> {
    if (!this.away) await this.records.free(...args);
  }
}

describe('memory before Redis', () => {
  test('a call that this process runs is known here: Redis is not asked again', async () => {
    const far = new Watched();
    const tiers = new Tiers(memory(), far);
    await tiers.claim('key', claimOf());
    expect(await tiers.claim('key', claimOf())).toMatchObject({ kind: 'running' });
    expect(far.claims).toBe(1);
  });

  test('an answer found in Redis is kept here, for as long as it is kept there', async () => {
    const far = new Watched();
    const claim = claimOf();
    await far.records.finish('key', claim, finishedOf(), 60_000);
    const tiers = new Tiers(memory(), far);
    expect(await tiers.claim('key', claimOf())).toMatchObject({ kind: 'finished', leftMs: 60_000 });
    far.away = true;
    expect(await tiers.claim('key', claimOf())).toMatchObject({ kind: 'finished', finished: finishedOf(), leftMs: 60_000 });
    expect(far.claims).toBe(1);
  });

  test('who hears that another gateway runs the call holds nothing here', async () => {
    const far = new Watched();
    const theirs = claimOf();
    await far.claim('key', theirs);
    const tiers = new Tiers(memory(), far);
    expect(await tiers.claim('key', claimOf())).toMatchObject({ kind: 'running', claim: theirs });
    await far.free('key', theirs);
    expect(await tiers.claim('key', claimOf())).toEqual({ kind: 'claimed' });
  });

  test('a record of another release keeps the call from running, and leaves nothing here', async () => {
    const far: RecordStore = { ...refusing, claim: async () => ({ kind: 'unreadable' }) };
    const near = memory();
    expect(await new Tiers(near, far).claim('key', claimOf())).toEqual({ kind: 'unreadable' });
    expect(await near.claim('key', claimOf())).toEqual({ kind: 'claimed' });
  });

  test('a thousand calls that come together ask Redis once: one is first, the others hear who it is', async () => {
    const far = new Watched();
    const tiers = new Tiers(memory(), far);
    const claims = Array.from({ length: 1_000 }, () => claimOf());
    const found = await Promise.all(claims.map((claim) => tiers.claim('key', claim)));
    expect(found[0]).toEqual({ kind: 'claimed' });
    expect(found.slice(1)).toEqual(Array(999).fill({ kind: 'running', claim: claims[0], leftMs: claims[0]!.lastsMs }));
    expect(far.claims).toBe(1);
  });

  test('calls that come together after the answer was stored elsewhere all get it', async () => {
    const far = new Watched();
    await far.records.finish('key', claimOf(), finishedOf(), lifeMs);
    const tiers = new Tiers(memory(), far);
    const found = await Promise.all(Array.from({ length: 100 }, () => tiers.claim('key', claimOf())));
    expect(found.map(({ kind }) => kind)).toEqual(Array(100).fill('finished'));
    expect(far.claims).toBe(1);
  });
});

describe('Redis away', () => {
  test('memory alone decides, and knows its answers when Redis is back', async () => {
    const far = new Watched();
    far.away = true;
    const tiers = new Tiers(memory(), far);
    const claim = claimOf();
    expect(await tiers.claim('key', claim)).toEqual({ kind: 'claimed' });
    expect(await tiers.claim('key', claimOf())).toMatchObject({ kind: 'running', claim });
    await tiers.finish('key', claim, finishedOf(), lifeMs);
    far.away = false;
    expect(await tiers.claim('key', claimOf())).toMatchObject({ kind: 'finished' });
  });

  test('an answer of a call that began while Redis was away is in Redis when it ends after that', async () => {
    const far = new Watched();
    far.away = true;
    const tiers = new Tiers(memory(), far);
    const claim = claimOf();
    await tiers.claim('key', claim);
    far.away = false;
    await tiers.finish('key', claim, finishedOf(), lifeMs);
    expect(await far.records.claim('key', claimOf())).toMatchObject({ kind: 'finished' });
  });
});

test('in whatever order Redis hears two gateways and their many callers, the call runs once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.record({ gateway: fc.nat({ max: 1 }), frees: fc.boolean() }), { minLength: 2, maxLength: 8 }),
      async (s, callers) => {
        const records = memory();
        const far: RecordStore = {
          claim: s.scheduleFunction((...args: Parameters<RecordStore['claim']>) => records.claim(...args)),
          finish: s.scheduleFunction((...args: Parameters<RecordStore['finish']>) => records.finish(...args)),
          free: s.scheduleFunction((...args: Parameters<RecordStore['free']>) => records.free(...args)),
        };
        const gateways = [new Tiers(memory(), far), new Tiers(memory(), far)];
        let underWay = 0;
        let ran = 0;
        const serve = async ({ gateway, frees }: { gateway: number; frees: boolean }, n: number) => {
          const tiers = gateways[gateway]!;
          const claim = claimOf();
          const found = await tiers.claim('key', claim);
          if (found.kind !== 'claimed') return found;
          expect(++underWay + ran).toBe(1);
          await s.schedule(Promise.resolve(), 'the function');
          underWay--;
          if (!frees) ran++;
          await (frees ? tiers.free('key', claim) : tiers.finish('key', claim, finishedOf(answerReply(String(n))), lifeMs));
          return found;
        };
        const found = await s.waitFor(Promise.all(callers.map(serve)));
        expect(ran).toBeLessThanOrEqual(1);
        expect(found.some(({ kind }) => kind === 'claimed')).toBe(true);
        // What has run is told to everybody from then on, in whichever gateway.
        if (ran === 1) {
          const later = s.waitFor(Promise.all(gateways.map((tiers) => tiers.claim('key', claimOf()))));
          expect((await later).map(({ kind }) => kind)).toEqual(['finished', 'finished']);
        }
      },
    ),
    { numRuns: 500 },
  );
});

const refusing: RecordStore = {
  claim: async () => ({ kind: 'away' }),
  finish: async () => undefined,
  free: async () => undefined,
};
