import type { Target } from '../call.ts';
import { isFunctionName } from '../name.ts';

/**
 * Names → targets. An allow-list: what is not in it is not called.
 * A `Map`, so that a look-up does not depend on the number of names and `__proto__` or `constructor` is a name like any other.
 */
export class Catalog {
  readonly #targets: ReadonlyMap<string, Target>;

  constructor(targets: readonly Target[]) {
    this.#targets = new Map(targets.map((target) => [target.name, target]));
  }

  /** What cannot be a name is refused before it is looked up. */
  resolve(name: string): Target | undefined {
    return isFunctionName(name) ? this.#targets.get(name) : undefined;
  }

  /** In the order of the file. */
  list(): readonly Target[] {
    return [...this.#targets.values()];
  }
}
