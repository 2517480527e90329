import type { Clock } from '../call.ts';
import type { OnFault, Scripts } from '../remote.ts';
import { addUse, type Counts, noCounts, type Use } from './counts.ts';
import { dayMs, dayOf, dayText } from './days.ts';
import { Periods } from './periods.ts';
import { keptDays, RedisDays } from './redis-days.ts';
import type { Asked, Each, UsageStore } from './store.ts';
import { type Sum, Sums } from './sums.ts';

export interface RedisUsageOptions {
  readonly remote: Scripts;
  /** Random: no two gateways, and no two lives of one, have the same. */
  readonly id: string;
  readonly clock: Clock;
  readonly onFault: OnFault;
  /** Told what Redis was away too long for, or until the end: it is in no report any more, unless it arrived without a reply. */
  readonly onLost: (counts: Readonly<Counts>) => void;
}

/** Of one day, what Redis may not have yet. */
interface Waiting {
  /** What is recorded goes here. */
  open: Sums;
  /** Told until there is a reply. Until then nobody knows whether they have arrived, so each stays what it is. */
  batches: readonly Batch[];
}

interface Batch {
  readonly number: number;
  readonly sums: readonly Sum[];
}

const flushEveryMs = 1_000;
/** Of a batch, so that it is a matter of a millisecond for Redis, and of far less than the bound of a command. */
const batchSums = 200;
/** Today, and two days before. */
const waitingDays = 3;

/**
 * What was used over all gateways. Summed up here, and told to Redis each second. What cannot be told waits, for two days at least; a
 * process that is killed takes what it has not told with it.
 */
export class RedisUsage implements UsageStore {
  readonly #options: RedisUsageOptions;
  readonly #days: RedisDays;
  readonly #waiting = new Periods<Waiting>(dayMs, () => ({ open: new Sums(), batches: [] }));
  readonly #closing = new AbortController();
  readonly #telling: Promise<void>;
  #lastNumber = 0;
  /** No batch is on its way while a day is read: it would be neither here nor there. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: RedisUsageOptions) {
    this.#options = options;
    this.#days = new RedisDays(options);
    this.#telling = this.#tell();
  }

  record(consumer: string, functionName: string, use: Use): void {
    this.#waiting.at(this.#options.clock.epochMs()).open.add(consumer, functionName, use);
  }

  async read({ fromMs, toMs, consumer }: Asked, each: Each): Promise<string | undefined> {
    const today = dayOf(this.#options.clock.epochMs());
    const oldest = today - keptDays * dayMs;
    let unreadFrom: number | undefined;
    for (let day = Math.max(fromMs, oldest); day <= Math.min(toMs, today); day += dayMs) {
      const told = (sums: Iterable<Sum>) => {
        for (const sum of sums) each(day, sum.consumer, sum.function, sum.counts);
      };
      await this.#alone(async () => {
        const read = unreadFrom === undefined ? await this.#days.read(day, consumer) : undefined;
        if (read === undefined) unreadFrom ??= day;
        else told(read.sums.of(consumer));
        const waiting = this.#waiting.get(day);
        if (waiting === undefined) return;
        for (const { number, sums } of waiting.batches) {
          if (number > (read?.last ?? 0)) told(sums.filter((sum) => consumer === undefined || sum.consumer === consumer));
        }
        told(waiting.open.of(consumer));
      });
    }
    if (unreadFrom !== undefined) {
      return `Redis could not be read: from ${dayText(unreadFrom)} on there is only what this gateway has not told it yet`;
    }
    return fromMs < oldest ? `usage is kept for ${keptDays} days: nothing is known from before ${dayText(oldest)}` : undefined;
  }

  /** Tells Redis now what is waiting. */
  flush(): Promise<void> {
    return this.#alone(() => this.#flush());
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#telling;
    await this.flush();
    for (const [day] of this.#waiting.entries()) this.#lose(day);
  }

  async #tell(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.#options.clock.sleep(flushEveryMs, signal);
      if (!signal.aborted) await this.flush();
    }
  }

  async #flush(): Promise<void> {
    const today = dayOf(this.#options.clock.epochMs());
    for (const [day, waiting] of this.#waiting.entries()) {
      // First what had no reply, in the order of its numbers.
      if (await this.#send(day, waiting)) {
        this.#cut(waiting);
        await this.#send(day, waiting);
      }
      if (day <= today - waitingDays * dayMs) this.#lose(day);
      else if (day < today && waiting.batches.length === 0 && waiting.open.isEmpty) this.#waiting.delete(day);
    }
  }

  /** False: there was no reply, and something is left. */
  async #send(day: number, waiting: Waiting): Promise<boolean> {
    for (const { number, sums } of waiting.batches) {
      if (!(await this.#days.add(day, number, sums))) return false;
      waiting.batches = waiting.batches.slice(1);
    }
    return true;
  }

  #cut(waiting: Waiting): void {
    const sums = [...waiting.open.of()];
    waiting.open = new Sums();
    const batches: Batch[] = [];
    for (let at = 0; at < sums.length; at += batchSums) {
      batches.push({ number: ++this.#lastNumber, sums: sums.slice(at, at + batchSums) });
    }
    waiting.batches = batches;
  }

  #lose(day: number): void {
    const { open, batches } = this.#waiting.get(day)!;
    this.#waiting.delete(day);
    const lost = noCounts();
    for (const { counts } of [...batches.flatMap(({ sums }) => sums), ...open.of()]) addUse(lost, counts);
    if (batches.length > 0 || !open.isEmpty) this.#options.onLost(lost);
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn;
    return turn;
  }
}
