import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mbMsPerGbSecond } from '../../src/call.ts';
import type { Limit } from '../../src/consumer.ts';
import { openMemory } from '../../src/quota/ledger.ts';
import { type Admission, Quota } from '../../src/quota/quota.ts';
import { FakeClock } from '../support/clock.ts';
import { consumerOf, limitOf, pricing } from './accounts.ts';

const minuteMs = 60_000;
const graceMs = 5_000;
const windowMs = 10 * minuteMs;

const command = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('admit' as const), estimate: fc.nat({ max: 400_000 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('charge' as const), call: fc.nat({ max: 4 }), mbMs: fc.nat({ max: 600_000 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('release' as const), call: fc.nat({ max: 4 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, 1_000, minuteMs, windowMs - 1, windowMs) }),
  },
);

interface Under {
  readonly token: string;
  readonly untilMs: number;
}

/** A window that begins with its first count, and what was counted in it. */
class Window {
  endsAtMs = Number.NEGATIVE_INFINITY;
  counts: number[] = [];

  at(nowMs: number): number[] {
    if (nowMs >= this.endsAtMs) this.counts = [];
    return this.counts;
  }

  add(nowMs: number, count: number): void {
    if (this.at(nowMs).length === 0) this.endsAtMs = nowMs + windowMs;
    this.counts.push(count);
  }
}

/**
 * Over any commands: no more requests than the limit says are admitted in a window; what is used is the sum of what was charged, to the
 * MB·ms; whoever is admitted found something left; and what is over in the end was charged by calls that were under way.
 */
export async function limitsHold(numRuns: number): Promise<void> {
  const amounts = fc.record({
    requests: fc.integer({ min: 1, max: 8 }),
    mbMs: fc.integer({ min: 1, max: 1_500_000 }),
    places: fc.integer({ min: 1, max: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(amounts, fc.array(command, { maxLength: 80, size: 'max' }), async (amount, steps) => {
      const clock = new FakeClock();
      const window = { kind: 'duration', ms: windowMs } as const;
      const limits: Limit[] = [
        limitOf({ name: 'pace', amount: amount.requests, window }),
        limitOf({ name: 'spend', unit: 'gbSeconds', amount: amount.mbMs / mbMsPerGbSecond, window }),
      ];
      const consumer = consumerOf(limits, { concurrency: amount.places });
      const quota = new Quota({ store: openMemory(clock), pricing, clock, onDecision: () => undefined, onWarn: () => undefined });
      const requests = new Window();
      const charges = new Window();
      let under: Under[] = [];
      let tokens = 0;
      /** Since the amount was reached: calls that were under way then, and what was charged from then on. */
      let spent: { readonly by: ReadonlySet<string>; mbMs: number } | undefined;
      for (const step of steps) {
        const nowMs = clock.nowMs();
        under = under.filter(({ untilMs }) => untilMs > nowMs);
        const used = charges.at(nowMs).reduce((sum, each) => sum + each, 0);
        if (used < amount.mbMs) spent = undefined;
        if (step.kind === 'pass') await clock.advance(step.ms);
        if (step.kind === 'admit') {
          const token = `call-${++tokens}`;
          const admission = await quota.admit(consumer, 'hello', { token, deadlineAtMs: nowMs + minuteMs, estimateMbMs: step.estimate });
          assert.equal(admission.kind === 'refused' && admission.limit !== 'concurrency', requests.at(nowMs).length >= amount.requests);
          if (used >= amount.mbMs && admission.kind !== 'refused') assert.equal(admission.kind, 'broke');
          if (under.length === 0 && used < amount.mbMs && requests.at(nowMs).length < amount.requests)
            assert.equal(admission.kind, 'admitted');
          if (admission.kind === 'admitted') {
            assert.ok(under.length < amount.places);
            under.push({ token, untilMs: nowMs + minuteMs + graceMs });
          }
          if (admission.kind !== 'refused') requests.add(nowMs, 1);
          check(admission, requests.at(nowMs).length, charges.at(nowMs));
        }
        if (step.kind === 'charge') {
          const call = under[step.call];
          if (call === undefined) continue;
          await quota.charge(consumer, 'hello', { mbMs: step.mbMs });
          charges.add(nowMs, step.mbMs);
          if (used + step.mbMs < amount.mbMs) continue;
          spent ??= { by: new Set(under.map(({ token }) => token)), mbMs: 0 };
          spent.mbMs += step.mbMs;
          assert.ok(spent.by.has(call.token));
          assert.ok(used + step.mbMs - amount.mbMs <= spent.mbMs);
        }
        if (step.kind === 'release') {
          const [call] = under.splice(step.call, 1);
          if (call !== undefined) await quota.release(call.token);
        }
      }
      const [pace, spend] = await quota.states(consumer);
      const nowMs = clock.nowMs();
      assert.equal(pace!.used, requests.at(nowMs).length);
      assert.equal(spend!.used, charges.at(nowMs).reduce((sum, each) => sum + each, 0) / mbMsPerGbSecond);
      for (const { token } of under) await quota.release(token);
    }),
    { numRuns },
  );
}

function check({ states }: Admission, requests: number, charges: readonly number[]): void {
  const [pace, spend] = states;
  assert.equal(pace!.used, requests);
  assert.ok(pace!.used <= pace!.amount);
  assert.equal(spend!.used, charges.reduce((sum, each) => sum + each, 0) / mbMsPerGbSecond);
  assert.ok(spend!.remaining >= 0 && spend!.remaining <= spend!.amount);
}
