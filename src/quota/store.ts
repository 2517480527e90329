import { mbMsPerGbSecond } from '../call.ts';
import type { Bounds } from './calendar.ts';

/** A limit, ready to be counted. What is used is `calls × perMillionCalls ÷ 1,000,000 + MB·ms ÷ 1,024,000 × perGbSecond`. */
export interface Rule {
  /** Unique among the consumer's. Another unit or window is another key, since its count means nothing any more. */
  readonly key: string;
  readonly name: string;
  readonly unit: 'requests' | 'gbSeconds' | 'cost';
  readonly amount: number;
  readonly perMillionCalls: number;
  readonly perGbSecond: number;
  /** False: shadow. */
  readonly enforced: boolean;
  /** 0: nobody is told. */
  readonly warnAt: number;
  readonly window: RuleWindow;
}

export type RuleWindow =
  | { readonly kind: 'duration'; readonly ms: number }
  | { readonly kind: 'calendar'; readonly unit: 'day' | 'month'; readonly at: (epochMs: number) => Bounds };

/** What stands before a consumer's calls of one function. */
export interface Account {
  readonly consumer: string;
  readonly rules: readonly Rule[];
  readonly concurrency: number | undefined;
  /** A call of it holds something until it ends: a place, or a part of an amount. */
  readonly holds: boolean;
}

export interface Entry {
  /** Of the call; no two of one gateway have the same. */
  readonly token: string;
  readonly estimateMbMs: number;
  /** What it holds comes free after this long at the latest. */
  readonly lastsMs: number;
}

/** What is used of one rule. */
export interface Use {
  readonly calls: number;
  readonly mbMs: number;
  /** Of the amount, by calls under way, in {@link grains}. */
  readonly reserved: number;
  /** Until the window ends; all of it when it has not begun. */
  readonly leftMs: number;
  /** The call did not fit: refused if the rule is enforced. */
  readonly over: boolean;
  /** With this the share was reached at which somebody is told. */
  readonly warned: boolean;
}

/** `uses`: of the account's rules, in their order, after the decision. */
export interface Ruling {
  /** `refused`: nothing is taken. `broke`: its requests are counted, nothing is held, and it must not run. */
  readonly kind: 'admitted' | 'refused' | 'full' | 'broke';
  readonly uses: readonly Use[];
}

/**
 * Where it is counted what a consumer uses. Nothing here rejects. What every store promises is in `test/contract/quota-store.test.ts`.
 */
export interface QuotaStore {
  /** Over all rules at once, all or nothing. */
  admit(account: Account, entry: Entry): Ruling | Promise<Ruling>;
  /** What {@link admit} would say. Nothing is counted, and nothing held. */
  foresee(account: Account): Ruling | Promise<Ruling>;
  /** One billed execution, to each rule of GB-seconds or cost. */
  charge(account: Account, mbMs: number): readonly Use[] | Promise<readonly Use[]>;
  /** Gives back what a call holds. */
  release(account: Account, token: string): void | Promise<void>;
  read(account: Account): readonly Use[] | Promise<readonly Use[]>;
  /** As far as it is known here. */
  peek(account: Account): readonly Use[];
}

/** Parts of an amount that can be held: whole numbers, whose sums are exact. */
export const grains = 1_000_000_000;

export function amountOf(rule: Rule, calls: number, mbMs: number): number {
  return (calls * rule.perMillionCalls) / 1_000_000 + (mbMs / mbMsPerGbSecond) * rule.perGbSecond;
}
