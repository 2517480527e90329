import type { Target } from '../call.ts';

/**
 * Names → targets. An allow-list: what is not in it is not called.
 * A `Map`, so that a look-up does not depend on the number of names and `__proto__` or `constructor` is a name like any other.
 */
export class Catalog {
  readonly #targets: ReadonlyMap<string, Target>;

  constructor(targets: readonly Target[]) {
    this.#targets = new Map(targets.map((target) => [target.name, target]));
  }

  resolve(name: string): Target | undefined {
    return this.#targets.get(name);
  }

  /** In the order of the file. */
  list(): readonly Target[] {
    return [...this.#targets.values()];
  }
}
