import type { Clock } from '../call.ts';
import type { Resolved } from './address.ts';
import type { LocalFunction, Site } from './library.ts';
import { Pool } from './pool.ts';

/** FunctionGraph keeps an idle instance for about a minute. */
const idleForMs = 60_000;
const sweepEveryMs = 10_000;

/** Every pool of the emulator. */
export class Fleet {
  readonly #site: Site;
  readonly #clock: Clock;
  readonly #closed = new AbortController();
  /** By function as it was read, so that a call from before a reload never brings old settings back. */
  #pools = new Map<LocalFunction, Map<string, Pool>>();
  /** Pools whose code was replaced, until their last call is over. */
  #leaving: Pool[] = [];

  constructor(site: Site, clock: Clock) {
    this.#site = site;
    this.#clock = clock;
    void this.#sweep();
  }

  /** The pool of a function's version. */
  pool({ fn, version }: Resolved): Pool {
    const versions = this.#pools.get(fn) ?? new Map<string, Pool>();
    this.#pools.set(fn, versions);
    const pool = versions.get(version) ?? new Pool(fn, version, this.#site, this.#clock);
    versions.set(version, pool);
    return pool;
  }

  /** From now on calls run new code; those under way finish on the old. */
  renew(): void {
    this.#leaving = [...this.#leaving, ...this.#current()].filter((pool) => pool.size > 0);
    this.#pools = new Map();
    for (const pool of this.#leaving) pool.retire();
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all([...this.#current(), ...this.#leaving].map((pool) => pool.close()));
  }

  async #sweep(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      await this.#clock.sleep(sweepEveryMs, this.#closed.signal);
      for (const pool of this.#current()) pool.retireIdle(idleForMs);
    }
  }

  #current(): Pool[] {
    return [...this.#pools.values()].flatMap((versions) => [...versions.values()]);
  }
}
