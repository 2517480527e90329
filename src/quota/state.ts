import { type Account, amountOf, grains, type Rule, type Use } from './store.ts';

/** How a limit stands, for whoever wants to know. */
export interface LimitState {
  readonly name: string;
  readonly unit: 'requests' | 'gbSeconds' | 'cost';
  readonly amount: number;
  readonly mode: 'enforce' | 'shadow';
  /** What is settled; it may be more than the amount. */
  readonly used: number;
  /** What is neither used nor held by calls under way. 0 or more. */
  readonly remaining: number;
  /** Until the window ends, and all is there again. */
  readonly resetMs: number;
  /** The length of the window; a day of a calendar counts for 24 hours, a month for 30 days. */
  readonly windowSeconds: number;
  /** A shadow limit would have refused the call. */
  readonly shadowed: boolean;
}

const nominalMs = { day: 86_400_000, month: 30 * 86_400_000 };

export function statesOf({ rules }: Account, uses: readonly Use[]): LimitState[] {
  const states: LimitState[] = [];
  for (let i = 0; i < rules.length; i++) states.push(stateOf(rules[i]!, uses[i]!));
  return states;
}

export function stateOf(rule: Rule, { calls, mbMs, reserved, leftMs, over }: Use): LimitState {
  const used = amountOf(rule, calls, mbMs);
  return {
    name: rule.name,
    unit: rule.unit,
    amount: rule.amount,
    mode: rule.enforced ? 'enforce' : 'shadow',
    used,
    remaining: Math.max(0, rule.amount - used - (reserved / grains) * rule.amount),
    resetMs: leftMs,
    windowSeconds: (rule.window.kind === 'duration' ? rule.window.ms : nominalMs[rule.window.unit]) / 1_000,
    shadowed: over && !rule.enforced,
  };
}
