/** What is purged together: everything, a function's results, a consumer's, or a consumer's of one function. */
export interface Scope {
  readonly function: string | undefined;
  readonly consumer: string | undefined;
}

/** A scope by a name of its own. Names of functions hold no colon, so that no two scopes share one. */
export function nameOf({ function: fn, consumer }: Scope): string {
  if (fn === undefined) return consumer === undefined ? '*' : `c:${consumer}`;
  return consumer === undefined ? `f:${fn}` : `b:${fn}:${consumer}`;
}

/** Every scope that a result belongs to. One that consumers share is none of theirs: `consumer` is undefined. */
export function scopesOf(fn: string, consumer: string | undefined): string[] {
  const shared = [nameOf({ function: undefined, consumer: undefined }), nameOf({ function: fn, consumer: undefined })];
  if (consumer === undefined) return shared;
  return [...shared, nameOf({ function: undefined, consumer }), nameOf({ function: fn, consumer })];
}

/**
 * How often each scope was purged, as far as this gateway knows. The numbers go into the keys of results: to purge is to add one, and
 * all that was kept before is not found any more, nor what a call that began before that is about to keep.
 */
export class Generations {
  readonly #numbers = new Map<string, number>();

  of(scope: string): number {
    return this.#numbers.get(scope) ?? 0;
  }

  /** They never go back: a Redis that lost its data must not bring back what was purged. */
  raise(scope: string, to: number): void {
    if (to > this.of(scope)) this.#numbers.set(scope, to);
  }

  /** The part of a key that says which generation a result is of: the purges of its scopes. Empty where there was none. */
  stampOf(fn: string, consumer: string | undefined): string {
    if (this.#numbers.size === 0) return '';
    const purged = scopesOf(fn, consumer).filter((scope) => this.#numbers.has(scope));
    return purged.map((scope) => `${scope}=${this.of(scope)}`).join('\n');
  }

  [Symbol.iterator](): IterableIterator<[scope: string, generation: number]> {
    return this.#numbers.entries();
  }
}
