import { Count } from './count.ts';

export type BreakerState = 'closed' | 'half-open' | 'open';

/** A child of a histogram, held: what is observed on every call should not look its labels up each time. */
interface Observer {
  observe(value: number): void;
}

/** What is needed of a histogram: its children by their labels, `function` first. */
interface Labelled {
  labels(...values: string[]): Observer;
  remove(...values: string[]): void;
}

export interface Histograms {
  /** By function and outcome. */
  readonly requestSeconds: Labelled;
  readonly overheadSeconds: Labelled;
  readonly executionSeconds: Labelled;
  readonly memoryUsedBytes: Labelled;
}

/** The numbers of one function, found once per call. Counted in whole units, so that sums are exact; `registry.ts` shows them in base units. */
export class FunctionTally {
  /** By consumer, status, outcome. */
  readonly requests = new Count();
  /** By status. */
  readonly attempts = new Count();
  /** By reason. */
  readonly retries = new Count();
  /** By reason. */
  readonly retriesWithheld = new Count();
  breaker: BreakerState | undefined;
  /** By the state gone to. */
  readonly breakerTransitions = new Count();
  /** By result, tier. */
  readonly cacheRequests = new Count();
  /** By result. */
  readonly keyedRequests = new Count();
  readonly savedCalls = new Count();
  /** In MB·ms: what those calls had been billed when they were computed. */
  readonly savedMbMs = new Count();
  readonly unreadableSummaries = new Count();
  /** By version, result. */
  readonly invocations = new Count();
  /** By consumer: executions with a summary. */
  readonly billedCalls = new Count();
  /** By reason, in MB·ms. */
  readonly wastedMbMs = new Count();
  /** By consumer, in milliseconds. */
  readonly billedMs = new Count();
  /** By consumer, in MB·ms. */
  readonly billedMbMs = new Count();
  memorySizeMb: number | undefined;
  readonly overheadSeconds: Observer;
  /** Made at first use: a function that never ran has no empty histograms. */
  #execution: { readonly seconds: Observer; readonly memoryBytes: Observer } | undefined;
  readonly #requestSeconds = new Map<string, Observer>();
  readonly #name: string;
  readonly #histograms: Histograms;

  constructor(name: string, histograms: Histograms) {
    this.#name = name;
    this.#histograms = histograms;
    this.overheadSeconds = histograms.overheadSeconds.labels(name);
  }

  requestSeconds(outcome: string): Observer {
    let observer = this.#requestSeconds.get(outcome);
    if (observer === undefined) {
      observer = this.#histograms.requestSeconds.labels(this.#name, outcome);
      this.#requestSeconds.set(outcome, observer);
    }
    return observer;
  }

  get execution(): { readonly seconds: Observer; readonly memoryBytes: Observer } {
    this.#execution ??= {
      seconds: this.#histograms.executionSeconds.labels(this.#name),
      memoryBytes: this.#histograms.memoryUsedBytes.labels(this.#name),
    };
    return this.#execution;
  }

  /** Takes this function out of the histograms; its other numbers go with this object. */
  remove(): void {
    const { requestSeconds, overheadSeconds, executionSeconds, memoryUsedBytes } = this.#histograms;
    for (const outcome of this.#requestSeconds.keys()) requestSeconds.remove(this.#name, outcome);
    for (const histogram of [overheadSeconds, executionSeconds, memoryUsedBytes]) histogram.remove(this.#name);
  }
}
