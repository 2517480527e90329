import assert from 'node:assert/strict';
import fc from 'fast-check';
import { systemClock } from '../../src/clock.ts';
import { Account } from '../../src/resilience/account.ts';
import type { Caller } from '../../src/resilience/lane.ts';
import { Limiter } from '../../src/resilience/limiter.ts';

const weights = { high: 4, normal: 2, low: 1 };

interface Member extends Caller {
  readonly weight: number;
  waiting: number;
  served: number;
}

const priorities = fc.array(fc.constantFrom('high' as const, 'normal' as const, 'low' as const), { minLength: 2, maxLength: 5 });
/** One function with fewer places than its account, or several with no limit of their own: what is scarce is the one's or the account's. */
const setup = fc.record({
  priorities,
  places: fc.integer({ min: 1, max: 6 }),
  functions: fc.integer({ min: 1, max: 4 }),
  own: fc.boolean(),
});
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('arrive' as const), by: fc.nat(), of: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('finish' as const), nth: fc.nat() }) },
);

/**
 * Whatever comes and ends in whatever order: no place is idle while somebody waits, none is given twice, and over any while in which two
 * consumers have calls waiting, what they were served ÷ their weights differs by no more than one call of each.
 */
export async function placesAreSharedFairly(numRuns: number): Promise<void> {
  const steps = fc.array(step, { minLength: 20, maxLength: 200, size: 'max' });
  await fc.assert(
    fc.asyncProperty(setup, steps, async ({ priorities: asked, places, functions, own }, commands) => {
      const account = new Account(own ? 2 * places : places);
      const limiters = Array.from(
        { length: own ? 1 : functions },
        () => new Limiter({ clock: systemClock, limit: places, queue: 1_000, queueTimeoutMs: 60_000, account }),
      );
      const members: Member[] = asked.map((priority, nth) => ({
        consumer: `consumer-${nth}`,
        priority,
        weight: weights[priority],
        waiting: 0,
        served: 0,
      }));
      const inFlight: Limiter[] = [];
      const gone = new AbortController();
      const pairs = members.flatMap((one, nth) => members.slice(nth + 1).map((other) => new Balance(one, other)));
      let waiting = 0;

      for (const command of commands) {
        if (command.kind === 'arrive') {
          const [member, limiter] = [members[command.by % members.length]!, limiters[command.of % limiters.length]!];
          if (limiter.tryTake()) inFlight.push(limiter);
          else {
            member.waiting += 1;
            waiting += 1;
            void limiter.wait(member, gone.signal).then((turn) => {
              if (turn !== 'taken') return;
              member.waiting -= 1;
              member.served += 1;
              waiting -= 1;
              inFlight.push(limiter);
            });
          }
        } else if (inFlight.length > 0) {
          const [limiter] = inFlight.splice(command.nth % inFlight.length, 1);
          limiter!.release();
          await Promise.resolve();
        }
        assert.equal(account.inFlight, inFlight.length);
        assert.ok(inFlight.length <= places);
        assert.ok(inFlight.length === places || waiting === 0, 'a place is idle while somebody waits for it');
        for (const pair of pairs) pair.check();
      }
      gone.abort('caller_left');
    }),
    { numRuns },
  );
}

/** How far two consumers are apart, over each while in which both have calls waiting. */
class Balance {
  readonly #one: Member;
  readonly #other: Member;
  #least = Number.POSITIVE_INFINITY;
  #most = Number.NEGATIVE_INFINITY;

  constructor(one: Member, other: Member) {
    this.#one = one;
    this.#other = other;
  }

  check(): void {
    const [one, other] = [this.#one, this.#other];
    const ahead = one.served / one.weight - other.served / other.weight;
    this.#least = Math.min(this.#least, ahead);
    this.#most = Math.max(this.#most, ahead);
    assert.ok(this.#most - this.#least <= 1 / one.weight + 1 / other.weight, `${this.#most - this.#least} apart`);
    if (one.waiting > 0 && other.waiting > 0) return;
    this.#least = Number.POSITIVE_INFINITY;
    this.#most = Number.NEGATIVE_INFINITY;
  }
}
