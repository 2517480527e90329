import { type Call, type Clock, mbMsOf, type Outcome, type Pricing, summaryOf, type Target, type TraceContext } from '../call.ts';
import { anonymousId, type Consumer } from '../consumer.ts';
import { unknownName } from '../name.ts';
import type { Label } from './count.ts';
import { exposition } from './exposition.ts';
import type { Family } from './family.ts';
import { type BreakerState, FunctionTally } from './function-tally.ts';
import { GatewayTally, type Watched } from './gateway-tally.ts';
import type { Format } from './lines.ts';
import { type FunctionNumbers, numbersOf } from './numbers.ts';
import { ProcessMetrics } from './process-metrics.ts';
import { bytesPerMb, families } from './registry.ts';
import { overflow, Series } from './series.ts';
import { sampledTraceId } from './trace-context.ts';

export type CacheResult = 'hit' | 'stale' | 'miss' | 'coalesced' | 'bypass';
/** Why something that was billed answered nobody. */
export type WasteReason = 'retry' | 'timeout' | 'client_closed';
export type CacheTier = 'memory' | 'redis' | 'none';

export interface MetricsParts {
  readonly version: string;
  readonly pricing?: Pricing | undefined;
  /** The most series there may be, see `series.ts`. */
  readonly maxSeries: number;
  readonly clock: Pick<Clock, 'epochMs'>;
}

/** What of a configuration may label a metric. */
interface Known {
  readonly targets: readonly Pick<Target, 'name'>[];
  readonly consumers: readonly Consumer[];
  readonly upstreams: readonly { readonly id: string }[];
}

/** Of the room for series, for those that nothing was counted in yet. */
const foreseenShare = 0.1;

/**
 * Everything the gateway counts, in the gateway's words; names and labels are those of the public contract, see `registry.ts`.
 * A function is named by its {@link Target}, so that nothing a caller sends can become a label.
 */
export class Metrics {
  readonly #series: Series;
  readonly #gateway: GatewayTally;
  readonly #families: readonly Family[];
  readonly #process = new ProcessMetrics();
  readonly #clock: Pick<Clock, 'epochMs'>;

  constructor({ version, pricing, maxSeries, clock }: MetricsParts) {
    this.#series = new Series(maxSeries);
    this.#gateway = new GatewayTally(this.#series, version, pricing);
    this.#families = families(this.#gateway);
    this.#clock = clock;
  }

  /**
   * A request was answered. `target` is undefined when its name is not in the file; `status` is 499 when the caller had left.
   * `consumer` is a configured id or `anonymous`; `overheadMs` is what the gateway itself
   * added to `durationMs`, and undefined when no call came of the request. `trace`: where the request is to be looked up, if it is sampled.
   */
  requested(
    target: Target | undefined,
    consumer: string,
    status: number,
    outcome: string,
    durationMs: number,
    overheadMs: number | undefined,
    trace?: TraceContext,
  ): void {
    const tally = this.#tally(target?.name ?? unknownName);
    tally.requests.at(consumer).at(status).at(outcome).value += 1;
    const traceId = trace && sampledTraceId(trace);
    if (traceId === undefined) tally.requestSeconds(outcome).observe(durationMs / 1000);
    else tally.requestSeconds(outcome).observeTraced(durationMs / 1000, traceId, this.#clock.epochMs());
    if (overheadMs !== undefined) tally.overheadSeconds.observe(Math.max(0, overheadMs) / 1000);
  }

  /** An attempt came back. `status` is the HTTP status, `reset`, `timeout` or `refused`. Each attempt with a summary was billed. */
  attempted(call: Call, status: string, outcome: Outcome, tookMs: number): void {
    const tally = this.#tally(call.target.name);
    tally.attempts.at(status).value += 1;
    tally.breaker ??= 'closed';
    const summary = summaryOf(outcome);
    const ran = outcome.kind === 'ok' || outcome.kind === 'function_error' || summary !== undefined;
    if (ran) tally.invocations.at(call.target.version).at(outcome.kind).value += 1;
    if (summary === undefined) return;
    tally.billedCalls.at(call.consumer).value += 1;
    tally.billedMs.at(call.consumer).value += summary.billedMs;
    const mbMs = mbMsOf(summary);
    tally.billedMbMs.at(call.consumer).value += mbMs;
    tally.allBilledMbMs += mbMs;
    tally.memorySizeMb = summary.memorySizeMb;
    const execution = tally.execution() ?? this.#shared().execution()!;
    execution.seconds.observe(summary.durationMs / 1000);
    execution.startDelaySeconds.observe(Math.max(0, tookMs - summary.durationMs) / 1000);
    execution.memoryBytes.observe(summary.memoryUsedMb * bytesPerMb);
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

  /** From now on each scrape asks this, and no longer what was given before. */
  watch(watched: Watched): void {
    this.#gateway.watched = watched;
  }

  /** What was billed and answered nobody, in MB·ms. `reason` is one of a closed set. */
  wasted({ name }: Target, reason: WasteReason, mbMs: number): void {
    this.#tally(name).wastedMbMs.at(reason).value += mbMs;
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
    tally.savedCalls += 1;
    tally.savedMbMs += billedMbMs ?? 0;
  }

  /** FunctionGraph sent a summary that cannot be read. */
  unreadableSummary(target: Target): void {
    this.#tally(target.name).unreadableSummaries += 1;
  }

  /** A dependency (`redis`, `iam`) came or went. */
  dependency(name: string, up: boolean): void {
    this.#gateway.dependencies.set(name, up);
  }

  /** A command of Redis failed, or a value of it could not be read. `reason` is a code, one of a closed set. */
  redisFault(reason: string): void {
    this.#gateway.redisFaults.at(reason).value += 1;
  }

  /** FunctionGraph or IAM refused the gateway's own credentials for this upstream. */
  credentialsRefused(upstream: string): void {
    this.#gateway.credentialsRefused.at(upstream).value += 1;
  }

  /** A changed configuration was swapped in, or refused. */
  reloaded(succeeded: boolean): void {
    if (succeeded) this.#gateway.configGeneration += 1;
    this.#gateway.lastReloadSucceeded = succeeded;
  }

  /** Another configuration is in force: what is not in it loses its series, and the circuits of the others begin closed. */
  swapped(config: Known): void {
    this.forget(config);
    for (const tally of this.#gateway.functions.values()) if (tally.breaker !== undefined) tally.breaker = 'closed';
  }

  /** Takes away the series of functions, consumers, limits and upstreams that are not in the configuration. */
  forget({ targets, consumers, upstreams }: Known): void {
    const functions = new Set([...targets.map(({ name }) => name), unknownName, overflow]);
    const known = new Set([...consumers.map(({ id }) => id), anonymousId, unknownName]);
    const isKnown = (consumer: Label) => known.has(String(consumer));
    for (const [name, tally] of this.#gateway.functions) {
      if (functions.has(name)) {
        tally.retainConsumers(isKnown);
        continue;
      }
      tally.close();
      this.#gateway.functions.delete(name);
    }
    const { limitDecisions, limitWarnings, credentialsRefused } = this.#gateway;
    const upstreamIds = new Set(upstreams.map(({ id }) => id));
    credentialsRefused.retain((id) => upstreamIds.has(String(id)));
    for (const count of [limitDecisions, limitWarnings]) count.retain(isKnown);
    for (const { id, limits } of consumers) {
      const names = new Set([...limits.map(({ name }) => name), 'concurrency']);
      for (const count of [limitDecisions, limitWarnings]) count.find(id)?.retain((limit) => names.has(String(limit)));
    }
  }

  /**
   * What may rise for the first time hours after the start begins at 0: Prometheus sees no rise in a series that begins at 1. So are refused
   * credentials, and limits of which an operator wants to be told.
   */
  foresee({
    upstreams,
    consumers,
  }: {
    readonly upstreams: readonly { readonly id: string }[];
    readonly consumers: readonly Consumer[];
  }): void {
    for (const { id } of upstreams) this.#gateway.credentialsRefused.at(id);
    for (const { id, limits } of consumers) {
      // Most of the room is for what happens.
      if (this.#series.held > this.#series.most * foreseenShare) return;
      for (const { name, warnAt } of limits) if (warnAt !== undefined) this.#gateway.limitWarnings.at(id).at(name);
    }
  }

  /** Of every function that was asked for. */
  *numbers(): Generator<FunctionNumbers> {
    for (const [name, tally] of this.#gateway.functions) yield numbersOf(name, tally);
  }

  /** How often each version of a function ran. */
  versionsOf(name: string): ReadonlyMap<string, number> {
    const versions = new Map<string, number>();
    for (const [[version], count] of this.#gateway.functions.get(name)?.invocations.leaves() ?? []) {
      versions.set(String(version), (versions.get(String(version)) ?? 0) + count);
    }
    return versions;
  }

  /** All metrics, a slice at a time with a turn of the event loop between them. */
  async *exposition(format: Format): AsyncGenerator<string> {
    yield await this.#process.text(format);
    yield* exposition(this.#families, this.#series, format);
  }

  /** Name, type, labels and meaning of each: for the documentation. */
  described(): readonly Pick<Family, 'name' | 'type' | 'labels' | 'help'>[] {
    return this.#families;
  }

  #tally(name: string): FunctionTally {
    return this.#gateway.functions.get(name) ?? this.#add(name);
  }

  #add(name: string): FunctionTally {
    const { functions } = this.#gateway;
    if (name !== unknownName && !this.#series.take(FunctionTally.fixedSeries)) return this.#shared();
    const tally = new FunctionTally(this.#series);
    functions.set(name, tally);
    return tally;
  }

  /** Of all functions that had no room. */
  #shared(): FunctionTally {
    const { functions } = this.#gateway;
    const tally = functions.get(overflow) ?? new FunctionTally(this.#series, true);
    functions.set(overflow, tally);
    return tally;
  }
}
