import assert from 'node:assert/strict';
import fc from 'fast-check';
import { RetryBudget } from '../../src/resilience/budget.ts';

/** Over any commands, and from any moment on, no more is spent than was in the bucket and has been earned since. */
export function budgetAgreesWithItsModel(numRuns: number): void {
  const command = fc.oneof(
    fc.constant({ kind: 'deposit' as const }),
    fc.constant({ kind: 'withdraw' as const }),
    fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 4_000 }) }),
  );
  const policies = fc.record({ ratio: fc.constantFrom(0, 0.1, 0.2, 1), minPerSecond: fc.integer({ min: 0, max: 3 }) });
  fc.assert(
    fc.property(policies, fc.array(command, { maxLength: 60, size: 'max' }), (policy, commands) => {
      let nowMs = 0;
      const budget = new RetryBudget(policy, nowMs);
      // Whole thousandths of a repeat: a model that rounds nothing.
      const capacity = Math.max(policy.minPerSecond * 10_000, policy.ratio > 0 ? 1_000 : 0);
      let milli = policy.minPerSecond * 10_000;
      const earn = (thousandths: number) => {
        milli = Math.min(capacity, milli + thousandths);
      };
      for (const step of commands) {
        if (step.kind === 'pass') {
          nowMs += step.ms;
          earn(step.ms * policy.minPerSecond);
        }
        if (step.kind === 'deposit') {
          budget.deposit(nowMs);
          earn(Math.round(policy.ratio * 1_000));
        }
        assert.equal(budget.covers(nowMs), milli >= 1_000);
        if (step.kind === 'withdraw' && budget.covers(nowMs)) {
          budget.withdraw();
          milli -= 1_000;
        }
      }
    }),
    { numRuns },
  );
}
