import type { Pricing } from '../call.ts';
import { type Consumer, type Limit, matchesGlob } from '../consumer.ts';
import { calendar } from './calendar.ts';
import type { Account, Rule } from './store.ts';

/** What stands before each call, made once for each consumer and function. */
export class Rules {
  readonly #pricing: Pricing | undefined;
  // By the object, not by its id: a changed configuration brings new ones.
  readonly #known = new WeakMap<Consumer, { readonly all: Account; readonly byFunction: Map<string, Account> }>();

  /** Without prices nothing costs anything. */
  constructor(pricing: Pricing | undefined) {
    this.#pricing = pricing;
  }

  /** `functionName`: a configured one. */
  of(consumer: Consumer, functionName: string): Account {
    const { all, byFunction } = this.#of(consumer);
    let account = byFunction.get(functionName);
    if (account === undefined) {
      const applies = consumer.limits.map((limit) => limit.function === undefined || matchesGlob(limit.function, functionName));
      account = accountOf(
        consumer,
        all.rules.filter((_, i) => applies[i]),
      );
      byFunction.set(functionName, account);
    }
    return account;
  }

  /** All limits, whatever functions they count. */
  all(consumer: Consumer): Account {
    return this.#of(consumer).all;
  }

  #of(consumer: Consumer) {
    let known = this.#known.get(consumer);
    if (known === undefined) {
      const rules = consumer.limits.map((limit) => ruleOf(limit, this.#pricing));
      known = { all: accountOf(consumer, rules), byFunction: new Map() };
      this.#known.set(consumer, known);
    }
    return known;
  }
}

function accountOf({ id, concurrency }: Consumer, rules: readonly Rule[]): Account {
  return { consumer: id, rules, concurrency, holds: concurrency !== undefined || rules.some(({ unit }) => unit !== 'requests') };
}

function ruleOf({ name, unit, amount, window, mode, warnAt }: Limit, pricing: Pricing | undefined): Rule {
  const prices = {
    requests: { perMillionCalls: 1_000_000, perGbSecond: 0 },
    gbSeconds: { perMillionCalls: 0, perGbSecond: 1 },
    cost: { perMillionCalls: pricing?.perMillionRequests ?? 0, perGbSecond: pricing?.perGbSecond ?? 0 },
  };
  const key = JSON.stringify([unit, ...(window.kind === 'duration' ? [window.ms] : [window.unit, window.timeZone]), name]);
  return {
    key,
    name,
    unit,
    amount,
    ...prices[unit],
    enforced: mode === 'enforce',
    warnAt: warnAt ?? 0,
    window: window.kind === 'duration' ? window : { ...window, at: calendar(window.unit, window.timeZone) },
  };
}
