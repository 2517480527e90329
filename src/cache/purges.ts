import type { Clock } from '../call.ts';
import { isFunctionName } from '../name.ts';
import type { Signal } from '../signal.ts';
import { type Generations, nameOf } from './generations.ts';
import { isResultKey } from './key.ts';
import type { RedisPurges } from './redis-purges.ts';

/** What to purge: one result by its key, else all of a scope. */
export type Purge =
  | { readonly key: string }
  | { readonly key: undefined; readonly function: string | undefined; readonly consumer: string | undefined };

export interface Purged {
  /** Results that were kept there since it was last purged; those that had ended by themselves count too. */
  readonly count: number;
  /** False: Redis is away. It is done here, and the others follow as soon as it is back. */
  readonly everywhere: boolean;
}

export interface PurgesParts {
  readonly generations: Generations;
  /** Of a single result. */
  readonly results: {
    /** In every tier; whether there was one. */
    delete(key: string): Promise<boolean>;
    /** In this gateway's memory alone, all of them. */
    forgetAll(): void;
  };
  /** Undefined: this gateway is alone. */
  readonly remote: RedisPurges | undefined;
  readonly clock: Clock;
}

/** Others' purges are looked for this often, with one small question: no subscription that could be lost unnoticed. */
const lookEveryMs = 250;
/** Of no Redis: whatever there is, is looked at. */
const unseen = -1;
/** Until the first answer, for which the kept results in Redis wait. */
const firstLookEveryMs = 20;

/** Ends results before their time, here and on every other gateway. A scope takes as long as a single result, however many it holds. */
export class Purges {
  readonly #parts: PurgesParts;
  readonly #kept = new Map<string, number>();
  /** Purges that Redis has yet to hear of. */
  readonly #owed = new Set<() => Promise<boolean>>();
  #version = unseen;
  #caughtUp: boolean;

  constructor(parts: PurgesParts) {
    this.#parts = parts;
    this.#caughtUp = parts.remote === undefined;
  }

  /** Whether all is known that other gateways had purged when this one started: until then what is in Redis may have been purged. */
  get caughtUp(): boolean {
    return this.#caughtUp;
  }

  async purge(what: Purge): Promise<Purged> {
    if (what.key !== undefined) return isResultKey(what.key) ? this.#purgeResult(what.key) : nothing;
    if (what.function !== undefined && !isFunctionName(what.function)) return nothing;
    return this.#purgeScope(nameOf(what));
  }

  /** A result is kept in these scopes that was not kept before. */
  counted(scopes: readonly string[]): void {
    if (this.#parts.remote) void this.#parts.remote.count(scopes);
    else for (const scope of scopes) this.#kept.set(scope, (this.#kept.get(scope) ?? 0) + 1);
  }

  /** Does here what other gateways purged, until `signal` is aborted; after an outage too. */
  async follow(signal: Signal): Promise<void> {
    if (this.#parts.remote === undefined) return;
    while (!signal.aborted) {
      await this.catchUp();
      await this.#parts.clock.sleep(this.#caughtUp ? lookEveryMs : firstLookEveryMs, signal);
    }
  }

  async catchUp(): Promise<void> {
    const { remote, generations, results } = this.#parts;
    if (remote === undefined) return;
    for (const owed of this.#owed) if (await owed()) this.#owed.delete(owed);
    const changes = await remote.since(this.#version);
    if (changes === 'none') this.#caughtUp = true;
    if (changes === undefined || changes === 'none') return;
    const theirs = new Map(changes.generations);
    for (const [scope, generation] of theirs) generations.raise(scope, generation);
    if (changes.missed) results.forgetAll();
    // Another gateway may have kept it between the purge and its own look.
    for (const key of changes.results) await results.delete(key);
    // A Redis that lost its data, or a failover that lost the last of it.
    const lost = [...generations].filter(([scope, generation]) => generation > (theirs.get(scope) ?? 0));
    for (const [scope, generation] of lost) await remote.restore(scope, generation);
    this.#caughtUp = true;
    // Looked at again until Redis has them all.
    if (lost.length === 0) this.#version = changes.version;
  }

  async #purgeScope(scope: string): Promise<Purged> {
    const { generations, remote } = this.#parts;
    const from = generations.of(scope);
    generations.raise(scope, from + 1);
    if (remote === undefined) {
      const count = this.#kept.get(scope) ?? 0;
      this.#kept.delete(scope);
      return { count, everywhere: true };
    }
    let count = 0;
    const everywhere = await this.#orOwe(async () => {
      const begun = await remote.begin(scope, from);
      if (begun === undefined) return false;
      count = begun.kept;
      this.#version = unseen;
      generations.raise(scope, begun.generation);
      return true;
    });
    return { count, everywhere };
  }

  async #purgeResult(key: string): Promise<Purged> {
    const { results, remote } = this.#parts;
    const there = await results.delete(key);
    const everywhere =
      remote === undefined ||
      (await this.#orOwe(async () => {
        if (!(await remote.announce(key))) return false;
        await results.delete(key);
        return true;
      }));
    return { count: there ? 1 : 0, everywhere };
  }

  async #orOwe(tell: () => Promise<boolean>): Promise<boolean> {
    if (await tell()) return true;
    this.#owed.add(tell);
    return false;
  }
}

const nothing: Purged = { count: 0, everywhere: true };
