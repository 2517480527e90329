import type { Clock } from '../call.ts';
import { Instance, type Run } from './instance.ts';
import type { LocalFunction, Site } from './library.ts';
import type { ToWorker } from './runtime/messages.ts';

/** Instances of a function that names no concurrency: as many as a laptop bears … */
const sharedInstances = 4;
/** … and the calls that may be in flight over them: the concurrent executions FunctionGraph allows an account. */
const sharedExecutions = 100;

export interface RunOptions {
  /** How much longer the start of a new instance is to seem. */
  readonly coldStartMs: number;
  /** Waits for an instance however many wait already: asynchronous invocations are queued, never throttled. */
  readonly queued: boolean;
}

/**
 * The instances of one version of a function: warm ones are used again, more are started while calls need them, up to a bound.
 * A function with a `concurrency` is throttled above it, as FunctionGraph does; one without shares a few instances and waits.
 */
export class Pool {
  readonly #fn: LocalFunction;
  readonly #start: () => Instance;
  readonly #clock: Clock;
  readonly #instances = new Set<Instance>();
  readonly #waiting: ((instance: Instance | undefined) => void)[] = [];
  readonly #closed = new AbortController();
  /** The one that was used last is last. */
  #idle: { readonly instance: Instance; readonly sinceMs: number }[] = [];
  #retired: boolean = false;

  constructor(fn: LocalFunction, version: string, site: Site, clock: Clock) {
    this.#fn = fn;
    this.#start = () => new Instance(fn, version, site, clock);
    this.#clock = clock;
  }

  /** Instances alive, at work or not. */
  get size(): number {
    return this.#instances.size;
  }

  /** Never rejects. */
  async run(call: ToWorker, options: RunOptions): Promise<Run | { readonly kind: 'throttled' }> {
    const instance = await this.#acquire(options.queued);
    if (instance === undefined) return { kind: 'throttled' };
    const run = await instance.run(call, options.coldStartMs, this.#closed.signal);
    this.#release(instance);
    return run;
  }

  /** Ends the instances that have been idle for this long. */
  retireIdle(longerThanMs: number): void {
    const nowMs = this.#clock.nowMs();
    const old = this.#idle.filter(({ sinceMs }) => nowMs - sinceMs >= longerThanMs);
    this.#idle = this.#idle.filter((entry) => !old.includes(entry));
    for (const { instance } of old) this.#end(instance);
  }

  /** Lets the calls under way and those that wait finish, and starts nothing that stays. */
  retire(): void {
    this.#retired = true;
    this.retireIdle(0);
  }

  /** Ends everything at once; calls under way fail. */
  async close(): Promise<void> {
    this.#closed.abort();
    for (const next of this.#waiting.splice(0)) next(undefined);
    this.retire();
    await Promise.all([...this.#instances].map((instance) => instance.stop()));
  }

  async #acquire(queued: boolean): Promise<Instance | undefined> {
    this.#dropGone();
    const warm = this.#idle.pop();
    if (warm !== undefined) return warm.instance;
    const { concurrency } = this.#fn.settings;
    if (this.#instances.size < (concurrency ?? sharedInstances)) return this.#add();
    const places = concurrency === undefined ? sharedExecutions - sharedInstances : 0;
    if (!queued && this.#waiting.length >= places) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #release(instance: Instance): void {
    const next = this.#waiting.shift();
    if (instance.gone) {
      this.#instances.delete(instance);
      next?.(this.#add());
    } else if (next !== undefined) next(instance);
    else if (this.#retired) this.#end(instance);
    else this.#idle.push({ instance, sinceMs: this.#clock.nowMs() });
  }

  #add(): Instance {
    const instance = this.#start();
    this.#instances.add(instance);
    return instance;
  }

  #end(instance: Instance): void {
    this.#instances.delete(instance);
    void instance.stop();
  }

  /** An idle instance may end by itself: a timer it left behind throws, or calls `process.exit`. */
  #dropGone(): void {
    for (const { instance } of this.#idle) if (instance.gone) this.#instances.delete(instance);
    this.#idle = this.#idle.filter(({ instance }) => !instance.gone);
  }
}
