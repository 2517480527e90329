/** A label's value: a status stays a number until it is shown. */
export type Label = string | number;

/**
 * A number for each combination of labels: a tree with one level per label. Adding is one `Map` look-up per label and builds no
 * string; prom-client builds and hashes one for each number, on every call.
 *
 */
export class Count {
  value = 0;
  #children: Map<Label, Count> | undefined;

  at(label: Label): Count {
    this.#children ??= new Map();
    let child = this.#children.get(label);
    if (child === undefined) {
      child = new Count();
      this.#children.set(label, child);
    }
    return child;
  }

  /** The numbers at the ends of the tree, each with the labels that lead to it. `depth` is the number of labels. */
  *leaves(depth: number): Generator<readonly [labels: readonly Label[], value: number]> {
    if (depth === 0) {
      yield [[], this.value];
      return;
    }
    for (const [label, child] of this.#children ?? []) {
      for (const [labels, value] of child.leaves(depth - 1)) yield [[label, ...labels], value];
    }
  }
}
