import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { type Call, type Outcome, type Pricing, summaryOf, type Target } from '../call.ts';
import { Count } from './count.ts';
import { type BreakerState, FunctionTally, type Histograms } from './function-tally.ts';
import { bytesPerMb, type GatewayTally, openRegistry, type Places, type Remaining } from './registry.ts';

export type CacheResult = 'hit' | 'stale' | 'miss' | 'coalesced' | 'bypass';
/** Why something that was billed answered nobody. */
export type WasteReason = 'retry' | 'timeout' | 'client_closed';
export type CacheTier = 'memory' | 'redis' | 'none';

/** A name that was asked for and is not in the file: all such share one series. */
const unknown = '_unknown';

/**
 * Everything the gateway counts, in the gateway's words; names and labels are those of the public contract, see `registry.ts`.
 * A function is named by its {@link Target}, so that nothing a caller sends can become a label.
 */
export class Metrics {
  readonly #functions = new Map<string, FunctionTally>();
  readonly #dependencies = new Map<string, boolean>();
  readonly #gateway: GatewayTally;
  readonly #registry: ReturnType<typeof openRegistry>['registry'];
  readonly #histograms: Histograms;

  constructor({ version, pricing }: { readonly version: string; readonly pricing?: Pricing | undefined }) {
    this.#gateway = {
      functions: this.#functions,
      dependencies: this.#dependencies,
      redisFaults: new Count(),
      version,
      pricing,
      places: () => [],
      limitDecisions: new Count(),
      limitWarnings: new Count(),
      limits: () => [],
      shed: 0,
      configGeneration: 1,
      lastReloadSucceeded: true,
    };
    const { registry, histograms } = openRegistry(this.#gateway);
    this.#registry = registry;
    this.#histograms = histograms;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /**
   * A request was answered. `target` is undefined when its name is not in the file; `status` is 499 when the caller had left.
   * `consumer` is a configured id or `anonymous`; `overheadMs` is what the gateway itself
   * added to `durationMs`, and undefined when no call came of the request.
   */
  requested(
    target: Target | undefined,
    consumer: string,
    status: number,
    outcome: string,
    durationMs: number,
    overheadMs: number | undefined,
  ): void {
    const tally = this.#tally(target?.name ?? unknown);
    tally.requests.at(consumer).at(status).at(outcome).value += 1;
    tally.requestSeconds(outcome).observe(durationMs / 1000);
    if (overheadMs !== undefined) tally.overheadSeconds.observe(Math.max(0, overheadMs) / 1000);
  }

  /** An attempt came back. `status` is the HTTP status, `reset`, `timeout` or `refused`. Each attempt with a summary was billed. */
  attempted(call: Call, status: string, outcome: Outcome): void {
    const tally = this.#tally(call.target.name);
    tally.attempts.at(status).value += 1;
    tally.breaker ??= 'closed';
    const summary = summaryOf(outcome);
    const ran = outcome.kind === 'ok' || outcome.kind === 'function_error' || summary !== undefined;
    if (ran) tally.invocations.at(call.target.version).at(outcome.kind).value += 1;
    if (summary === undefined) return;
    tally.billedCalls.at(call.consumer).value += 1;
    tally.billedMs.at(call.consumer).value += summary.billedMs;
    tally.billedMbMs.at(call.consumer).value += summary.billedMs * summary.memorySizeMb;
    tally.memorySizeMb = summary.memorySizeMb;
    tally.execution.seconds.observe(summary.durationMs / 1000);
    tally.execution.memoryBytes.observe(summary.memoryUsedMb * bytesPerMb);
  }

  /** An attempt repeats another one. `reason` is one of a closed set. */
  retried(target: Target, reason: string): void {
    this.#tally(target.name).retries.at(reason).value += 1;
  }

  /** An attempt could have been repeated and was not. `reason` is one of a closed set. */
  withheld(target: Target, reason: string): void {
    this.#tally(target.name).retriesWithheld.at(reason).value += 1;
  }

  /** A request was refused because the gateway itself is overloaded. */
  shed(): void {
    this.#gateway.shed += 1;
  }

  /** A limit of a consumer applied to a call. `decision` is one of a closed set. */
  decided(consumer: string, limit: string, decision: string): void {
    this.#gateway.limitDecisions.at(consumer).at(limit).at(decision).value += 1;
  }

  /** A limit has come to the share at which its operator is told: once for each of its windows. */
  warned(consumer: string, limit: string): void {
    this.#gateway.limitWarnings.at(consumer).at(limit).value += 1;
  }

  /** From now on each scrape asks this for what is left of every limit, and no longer what was given before. */
  watchLimits(limits: () => Iterable<Remaining>): void {
    this.#gateway.limits = limits;
  }

  /** What was billed and answered nobody, in MB·ms. `reason` is one of a closed set. */
  wasted({ name }: Target, reason: WasteReason, mbMs: number): void {
    this.#tally(name).wastedMbMs.at(reason).value += mbMs;
  }

  /** From now on each scrape asks this for the places of every function, and no longer what was given before. */
  watchConcurrency(places: () => Iterable<Places>): void {
    this.#gateway.places = places;
  }

  /** The circuit is in this state; a change from the last one told is counted. */
  breakerState(target: Target, state: BreakerState): void {
    const tally = this.#tally(target.name);
    if (state !== (tally.breaker ?? 'closed')) tally.breakerTransitions.at(state).value += 1;
    tally.breaker = state;
  }

  /** A kept result was looked for. `tier` is where it was found, `none` if it was not. */
  recalled(target: Target, result: CacheResult, tier: CacheTier): void {
    this.#tally(target.name).cacheRequests.at(result).at(tier).value += 1;
  }

  /** A call had an `Idempotency-Key`. `result` is one of a closed set: `first`, `replay`, or the code of the problem. */
  keyed({ name }: Target, result: string): void {
    this.#tally(name).keyedRequests.at(result).value += 1;
  }

  /** A call was answered from what is kept; `billedMbMs`: what computing it was billed, undefined where that is not known. */
  saved({ name }: Target, billedMbMs: number | undefined): void {
    const tally = this.#tally(name);
    tally.savedCalls.value += 1;
    tally.savedMbMs.value += billedMbMs ?? 0;
  }

  /** FunctionGraph sent a summary that cannot be read. */
  unreadableSummary(target: Target): void {
    this.#tally(target.name).unreadableSummaries.value += 1;
  }

  /** A dependency (`redis`, `iam`) came or went. */
  dependency(name: string, up: boolean): void {
    this.#dependencies.set(name, up);
  }

  /** A command of Redis failed, or a value of it could not be read. `reason` is a code, one of a closed set. */
  redisFault(reason: string): void {
    this.#gateway.redisFaults.at(reason).value += 1;
  }

  /** A changed configuration was swapped in, or refused. */
  reloaded(succeeded: boolean): void {
    if (succeeded) this.#gateway.configGeneration += 1;
    this.#gateway.lastReloadSucceeded = succeeded;
  }

  /**
   * Another configuration is in force: functions that are not in it lose their series, and the circuits of the others begin closed.
   */
  swapped(names: readonly string[]): void {
    const kept = new Set([...names, unknown]);
    for (const [name, tally] of this.#functions) {
      if (tally.breaker !== undefined) tally.breaker = 'closed';
      if (kept.has(name)) continue;
      tally.remove();
      this.#functions.delete(name);
    }
  }

  /** All metrics in the text format, one metric at a time with a turn of the event loop between them: calls must not wait for a scrape. */
  async *exposition(): AsyncGenerator<string> {
    for (const { name } of this.#registry.getMetricsAsArray()) {
      yield `${await this.#registry.getSingleMetricAsString(name)}\n`;
      await turnOfTheLoop();
    }
  }

  #tally(name: string): FunctionTally {
    let tally = this.#functions.get(name);
    if (tally === undefined) {
      tally = new FunctionTally(name, this.#histograms);
      this.#functions.set(name, tally);
    }
    return tally;
  }
}
