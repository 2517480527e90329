import { addUse, type Counts, noCounts, type Use } from './counts.ts';

export interface Sum {
  readonly consumer: string;
  readonly function: string;
  readonly counts: Readonly<Counts>;
}

/** What each consumer used of each function. As large as these two closed sets allow, whatever is added. */
export class Sums {
  readonly #consumers = new Map<string, Map<string, Counts>>();

  get isEmpty(): boolean {
    return this.#consumers.size === 0;
  }

  add(consumer: string, functionName: string, use: Use): void {
    let functions = this.#consumers.get(consumer);
    if (functions === undefined) {
      functions = new Map();
      this.#consumers.set(consumer, functions);
    }
    let counts = functions.get(functionName);
    if (counts === undefined) {
      counts = noCounts();
      functions.set(functionName, counts);
    }
    addUse(counts, use);
  }

  /** In no order. Without `consumer`: of all. */
  *of(consumer?: string): Generator<Sum> {
    const asked = consumer === undefined ? this.#consumers.keys() : [consumer];
    for (const id of asked) {
      for (const [name, counts] of this.#consumers.get(id) ?? []) yield { consumer: id, function: name, counts };
    }
  }
}
