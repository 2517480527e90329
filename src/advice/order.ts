import type { Advice } from './advice.ts';

const ranks = { grow: 0, shrink: 1, keep: 2, wait: 3 } as const;

/** What matters most first: what fails for want of memory, what may soon, what saves most, then what needs nothing; then by name. */
export function inOrder(a: Advice, b: Advice): number {
  return ranks[a.advice] - ranks[b.advice] || urgency(b) - urgency(a) || (a.function < b.function ? -1 : 1);
}

/** Compares what has the same advice. */
function urgency(advice: Advice): number {
  if (!('sizeMb' in advice)) return 0;
  switch (advice.advice) {
    case 'grow':
      // A share of executions that failed weighs more than any nearness to the limit, which is at most about 1.
      return (advice.outOfMemory > 0 ? 10 + advice.outOfMemory / advice.executions : 0) + advice.usedP99Mb / advice.sizeMb;
    case 'shrink':
      return advice.savesGbSecondsPerMonth;
    default:
      return advice.executions;
  }
}
