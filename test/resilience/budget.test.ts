import { describe, expect, test } from 'vitest';
import { RetryBudget, RetryBudgets } from '../../src/resilience/budget.ts';
import { callOf, targetOf } from '../support/calls.ts';
import { FakeClock } from '../support/clock.ts';
import { budgetAgreesWithItsModel } from './budget-model.ts';

const policy = { ratio: 0.1, minPerSecond: 3 };

function spendAll(budget: RetryBudget, nowMs = 0): number {
  let repeats = 0;
  for (; budget.covers(nowMs); repeats++) budget.withdraw();
  return repeats;
}

describe('a budget of repeats', () => {
  test('starts full: the seconds before the first call count as quiet ones', () => {
    expect(spendAll(new RetryBudget(policy, 0))).toBe(30);
  });

  test('earns the ratio of the calls', () => {
    const budget = new RetryBudget(policy, 0);
    spendAll(budget);
    for (let i = 0; i < 100; i++) budget.deposit(0);
    expect(spendAll(budget)).toBe(10);
  });

  test('of a ratio alone saves up for one repeat', () => {
    const budget = new RetryBudget({ ratio: 0.1, minPerSecond: 0 }, 0);
    for (let i = 0; i < 9; i++) budget.deposit(0);
    expect(budget.covers(0)).toBe(false);
    for (let i = 0; i < 20; i++) budget.deposit(0);
    expect(spendAll(budget)).toBe(1);
  });

  test('of nothing covers nothing', () => {
    expect(new RetryBudget({ ratio: 0, minPerSecond: 0 }, 0).covers(0)).toBe(false);
  });

  test('saves up for ten quiet seconds and no more: good times do not pay for a burst in bad ones', () => {
    const budget = new RetryBudget(policy, 0);
    for (let i = 0; i < 10_000; i++) budget.deposit(0);
    expect(spendAll(budget, 60_000)).toBe(30);
  });

  test('has three more each second', () => {
    const budget = new RetryBudget(policy, 0);
    spendAll(budget);
    expect(spendAll(budget, 1_000)).toBe(3);
  });
});

test('what is left is what both budgets cover, full before the first call', () => {
  const budgets = new RetryBudgets(new FakeClock());
  const call = callOf({ target: targetOf({ retry: { ...targetOf().retry, budget: { ratio: 0.1, minPerSecond: 1 } } }) });
  expect(budgets.left(call.target)).toBe(10);
  budgets.deposit(call);
  expect([budgets.withdraw(call), budgets.left(call.target)]).toEqual([true, 9]);
  expect(budgets.left(targetOf({ name: 'other' }))).toBeCloseTo(29);
});

test('a repeat is paid from the function’s budget and from its upstream’s', () => {
  const budgets = new RetryBudgets(new FakeClock());
  const one = callOf({ target: targetOf({ name: 'one' }) });
  const other = callOf({ target: targetOf({ name: 'other' }) });
  const elsewhere = callOf({ target: targetOf({ name: 'elsewhere', upstream: 'second' }) });
  let repeats = 0;
  for (; budgets.withdraw(one); repeats++);
  expect(repeats).toBe(30);
  // Its own budget is full, its upstream's is spent; and what is not covered by both is taken from neither.
  expect(budgets.withdraw(other)).toBe(false);
  expect(budgets.withdraw(elsewhere)).toBe(true);
});

test('agrees with a plain model over any commands', () => budgetAgreesWithItsModel(1_000));
