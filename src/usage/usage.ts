import type { Clock, Pricing } from '../call.ts';
import type { Use } from './counts.ts';
import { dayFrom, dayOf, dayText } from './days.ts';
import { type Amounts, amountsOf, type Row, Tallies } from './report.ts';
import type { UsageStore } from './store.ts';

/** Days of UTC such as `2026-11-30`, the first and the last included. */
export interface Range {
  readonly from: string;
  readonly to: string;
}

export interface Report extends Range {
  /** ISO 4217; absent without prices. */
  readonly currency?: string;
  /** False: some of it is not known here, `missing` says what. */
  readonly complete: boolean;
  readonly missing?: string;
  readonly total: Amounts;
  /** By day, and within it by name. */
  readonly rows: readonly Row[];
}

export interface UsageReport extends Report {
  /** Absent when the range ends before. */
  readonly today?: Amounts;
}

export interface UsageOptions {
  readonly store: UsageStore;
  readonly pricing: Pricing | undefined;
  readonly clock: Clock;
}

/** What each consumer used of each function, by day, and what it cost. */
export class Usage {
  readonly #store: UsageStore;
  readonly #pricing: Pricing | undefined;
  readonly #clock: Clock;

  constructor({ store, pricing, clock }: UsageOptions) {
    this.#store = store;
    this.#pricing = pricing;
    this.#clock = clock;
  }

  /** Adds to what was used. Both names are of closed sets. Never waits. */
  record(consumer: string, functionName: string, use: Use): void {
    this.#store.record(consumer, functionName, use);
  }

  today(): string {
    return dayText(dayOf(this.#clock.epochMs()));
  }

  /** One row for each day and function. */
  async usageOf(consumer: string, range: Range): Promise<UsageReport> {
    const [tallies, missing] = await this.#tally('function', range, consumer);
    const report = this.#report(range, tallies, missing);
    const today = this.today();
    if (today < range.from || today > range.to) return report;
    return { ...report, today: amountsOf(tallies.total(dayFrom(today)), this.#pricing) };
  }

  /** One row for each day and function, or consumer. */
  async costs({ by, from, to }: Range & { readonly by: 'function' | 'consumer'; readonly per: 'day' }): Promise<Report> {
    const [tallies, missing] = await this.#tally(by, { from, to }, undefined);
    return this.#report({ from, to }, tallies, missing);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #tally(
    by: 'function' | 'consumer',
    { from, to }: Range,
    consumer: string | undefined,
  ): Promise<[tallies: Tallies, missing: string | undefined]> {
    const tallies = new Tallies(by);
    const asked = { fromMs: dayFrom(from), toMs: dayFrom(to), consumer };
    const missing = await this.#store.read(asked, (...use) => tallies.add(...use));
    return [tallies, missing];
  }

  #report({ from, to }: Range, tallies: Tallies, missing: string | undefined): Report {
    return {
      from,
      to,
      ...(this.#pricing && { currency: this.#pricing.currency }),
      complete: missing === undefined,
      ...(missing !== undefined && { missing }),
      total: amountsOf(tallies.total(), this.#pricing),
      rows: tallies.rows(this.#pricing),
    };
  }
}
