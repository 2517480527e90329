import { Counts } from './count.ts';
import { Distribution } from './distribution.ts';
import { overflow } from './series.ts';

export type BreakerState = 'closed' | 'half-open' | 'open';

/** 1 ms to 90 s, FunctionGraph's longest synchronous call. */
export const callSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 90];
/** 50 µs, about what a call costs at its best, to 100 ms, which a call must never cost. */
export const overheadSeconds = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1];
/** 5 ms, about a network and a warm instance, to 10 s, a slow cold start. */
export const startDelaySeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/**
 * The sizes a function may have ("Creating a Function", `memory_size`), in bytes: what is used says which would do. And nine tenths of each:
 * else one that uses half of its size could not be told from one that is about to be ended for using it up.
 */
export const memoryBytes = [128, 256, 512, 768, 1024, 1280, 1536, 1792, 2048, 2560, 3072, 3584, 4096, 8192, 10240].flatMap((mb) => [
  Math.floor(mb * 2 ** 20 * 0.9),
  mb * 2 ** 20,
]);

/** What summaries say of executions. */
interface Execution {
  readonly seconds: Distribution;
  readonly startDelaySeconds: Distribution;
  readonly memoryBytes: Distribution;
}

/**
 * The numbers of one function, found once per call. Counted in whole units, so that sums are exact; `registry.ts` shows them in base units.
 * The room of its {@link FunctionTally.fixedSeries} is taken by whoever makes it.
 */
export class FunctionTally extends Counts {
  /** By consumer, status, outcome. */
  readonly requests = this.count(3, 1);
  /** By status. */
  readonly attempts = this.count(1);
  /** By reason. */
  readonly retries = this.count(1);
  /** By reason. */
  readonly retriesWithheld = this.count(1);
  breaker: BreakerState | undefined;
  /** By the state gone to. */
  readonly breakerTransitions = this.count(1);
  /** By result, tier. */
  readonly cacheRequests = this.count(2);
  /** By result. */
  readonly keyedRequests = this.count(1);
  savedCalls = 0;
  /** What those calls had been billed when they were computed. */
  savedMbMs = 0;
  unreadableSummaries = 0;
  /** By version, result. */
  readonly invocations = this.count(2);
  /** By consumer: executions with a summary. */
  readonly billedCalls = this.count(1, 1);
  /** By consumer, in milliseconds. */
  readonly billedMs = this.count(1, 1);
  /** By consumer. */
  readonly billedMbMs = this.count(1, 1);
  /** Over all consumers. */
  allBilledMbMs = 0;
  /** By reason, in MB·ms. */
  readonly wastedMbMs = this.count(1);
  memorySizeMb: number | undefined;
  readonly overheadSeconds = new Distribution(overheadSeconds);
  readonly #requestSeconds = new Map<string, Distribution>();
  #execution: Execution | undefined;

  /** What every function has, sooner or later: the gateway's own part, and what is one number of it. */
  static readonly fixedSeries = Distribution.seriesOf(overheadSeconds) + 5;

  /** The durations of requests that ended like this. */
  requestSeconds(outcome: string): Distribution {
    return this.#requestSeconds.get(outcome) ?? this.#addOutcome(outcome);
  }

  requestSecondsByOutcome(): ReadonlyMap<string, Distribution> {
    return this.#requestSeconds;
  }

  /** From the first one on: a function that never ran has no empty histograms. Undefined as well when there is no room for them. */
  execution(): Execution | undefined {
    this.#execution ??=
      this.shared || this.series.take(executionSeries)
        ? {
            seconds: new Distribution(callSeconds),
            startDelaySeconds: new Distribution(startDelaySeconds),
            memoryBytes: new Distribution(memoryBytes),
          }
        : undefined;
    return this.#execution;
  }

  get executed(): Execution | undefined {
    return this.#execution;
  }

  /** Takes away the series of consumers that are not known any more. */
  retainConsumers(isKnown: (consumer: string) => boolean): void {
    for (const count of [this.requests, this.billedCalls, this.billedMs, this.billedMbMs]) count.retain((id) => isKnown(String(id)));
  }

  /** Gives back the room of all its series: it is not shown any more. */
  override close(): void {
    super.close();
    const outcomes = [...this.#requestSeconds.keys()].filter((outcome) => outcome !== overflow).length;
    this.series.give(FunctionTally.fixedSeries + outcomes * Distribution.seriesOf(callSeconds));
    if (this.#execution) this.series.give(executionSeries);
  }

  #addOutcome(outcome: string): Distribution {
    const label = this.series.take(Distribution.seriesOf(callSeconds)) ? outcome : overflow;
    const distribution = this.#requestSeconds.get(label) ?? new Distribution(callSeconds);
    this.#requestSeconds.set(label, distribution);
    return distribution;
  }
}

const executionSeries = Distribution.seriesOf(callSeconds) + Distribution.seriesOf(startDelaySeconds) + Distribution.seriesOf(memoryBytes);
