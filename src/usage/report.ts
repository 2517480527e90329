import { costOf, mbMsPerGbSecond, type Pricing } from '../call.ts';
import { addUse, type Counts, noCounts } from './counts.ts';
import { dayText } from './days.ts';

/** What was used, for people. GB is 1024 MB. */
export interface Amounts {
  readonly requests: number;
  readonly kept: number;
  readonly executions: number;
  readonly gbSeconds: number;
  /** Of them, what answered nobody: retries, timeouts, callers who left. */
  readonly wastedGbSeconds: number;
  /** In the currency of the configuration, by its prices; absent without these. No free tier is taken off. */
  readonly cost?: number;
}

/** One day of a function, or of a consumer. `day` is one of UTC, such as `2026-11-30`. */
export type Row = ({ readonly day: string; readonly function: string } | { readonly day: string; readonly consumer: string }) & Amounts;

export function amountsOf({ requests, kept, executions, mbMs, wastedMbMs }: Readonly<Counts>, pricing: Pricing | undefined): Amounts {
  const amounts = { requests, kept, executions, gbSeconds: mbMs / mbMsPerGbSecond, wastedGbSeconds: wastedMbMs / mbMsPerGbSecond };
  return pricing === undefined ? amounts : { ...amounts, cost: costOf(pricing, executions, mbMs) };
}

/** Adds up what a store tells, by day and by function or consumer. */
export class Tallies {
  readonly #by: 'function' | 'consumer';
  readonly #days = new Map<number, Map<string, Counts>>();

  constructor(by: 'function' | 'consumer') {
    this.#by = by;
  }

  add(day: number, consumer: string, functionName: string, counts: Readonly<Counts>): void {
    let names = this.#days.get(day);
    if (names === undefined) {
      names = new Map();
      this.#days.set(day, names);
    }
    const name = this.#by === 'function' ? functionName : consumer;
    let sum = names.get(name);
    if (sum === undefined) {
      sum = noCounts();
      names.set(name, sum);
    }
    addUse(sum, counts);
  }

  /** Of one day, or of all. */
  total(ofDay?: number): Counts {
    const total = noCounts();
    for (const [day, names] of this.#days) {
      if (ofDay !== undefined && ofDay !== day) continue;
      for (const counts of names.values()) addUse(total, counts);
    }
    return total;
  }

  /** By day, and within it by name. */
  rows(pricing: Pricing | undefined): Row[] {
    return [...this.#days]
      .toSorted(([a], [b]) => a - b)
      .flatMap(([day, names]) =>
        [...names.keys()].toSorted().map((name) => {
          const amounts = amountsOf(names.get(name)!, pricing);
          return this.#by === 'function'
            ? { day: dayText(day), function: name, ...amounts }
            : { day: dayText(day), consumer: name, ...amounts };
        }),
      );
  }
}
