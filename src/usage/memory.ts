import type { Clock } from '../call.ts';
import type { Use } from './counts.ts';
import { dayMs, dayOf } from './days.ts';
import { Periods } from './periods.ts';
import type { Asked, Each, UsageStore } from './store.ts';
import { Sums } from './sums.ts';

const hourMs = 60 * 60 * 1_000;
const keptMs = 24 * hourMs;

/** What was used of this process alone, for 24 hours: an hour that ended before is dropped as a whole. */
export class MemoryUsage implements UsageStore {
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  readonly #hours = new Periods(hourMs, () => {
    this.#drop();
    return new Sums();
  });
  /** Of what was dropped: the end of the last. */
  #droppedToMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAtMs = clock.epochMs();
  }

  record(consumer: string, functionName: string, use: Use): void {
    this.#hours.at(this.#clock.epochMs()).add(consumer, functionName, use);
  }

  async read({ fromMs, toMs, consumer }: Asked, each: Each): Promise<string | undefined> {
    this.#drop();
    for (const [startMs, sums] of this.#hours.entries()) {
      if (startMs < fromMs || startMs >= toMs + dayMs) continue;
      for (const sum of sums.of(consumer)) each(dayOf(startMs), sum.consumer, sum.function, sum.counts);
    }
    const sinceMs = Math.max(this.#startedAtMs, this.#droppedToMs);
    if (fromMs >= sinceMs) return undefined;
    return `without Redis usage is kept for 24 hours, in this process: nothing is known from before ${new Date(sinceMs).toISOString()}`;
  }

  async close(): Promise<void> {}

  #drop(): void {
    const untilMs = this.#clock.epochMs() - keptMs;
    for (const [startMs] of this.#hours.entries()) {
      if (startMs + hourMs > untilMs) continue;
      this.#hours.delete(startMs);
      this.#droppedToMs = Math.max(this.#droppedToMs, startMs + hourMs);
    }
  }
}
