import { overflow, type Series } from './series.ts';

/** A label's value: a status stays a number until it is shown. */
export type Label = string | number;

/**
 * A number for each combination of labels: a tree with one level per label. Adding is one `Map` look-up per label and builds no
 * string; prom-client builds and hashes one for each number, on every call.
 */
export class Count {
  value = 0;
  /** Levels below this one. */
  readonly depth: number;
  readonly #series: Series;
  /** It stands for all that had no room: what is below it takes none, and what the configuration can make any number of stays together. */
  readonly #shared: boolean;
  /** So many levels, from this one on, have labels that the configuration can make any number of; the others are closed sets. */
  readonly #open: number;
  #children: Map<Label, Count> | undefined;

  constructor(series: Series, depth: number, open = 0, shared = false) {
    this.#series = series;
    this.depth = depth;
    this.#open = open;
    this.#shared = shared;
  }

  at(label: Label): Count {
    return this.#children?.get(label) ?? this.#add(label);
  }

  /** The same where it is there already. */
  find(label: Label): Count | undefined {
    return this.#children?.get(label);
  }

  labels(): Iterable<Label> {
    return this.#children?.keys() ?? [];
  }

  /** The numbers at the ends of the tree, each with the labels that lead to it. */
  *leaves(): Generator<readonly [labels: readonly Label[], value: number]> {
    if (this.depth === 0) {
      yield [[], this.value];
      return;
    }
    for (const [label, child] of this.#children ?? []) {
      for (const [labels, value] of child.leaves()) yield [[label, ...labels], value];
    }
  }

  /** Over all labels. */
  total(): number {
    let total = this.value;
    for (const child of this.#children?.values() ?? []) total += child.total();
    return total;
  }

  /** Takes away what does not pass, with all below it. */
  retain(keep: (label: Label) => boolean): void {
    for (const [label, child] of this.#children ?? []) {
      if (label === overflow || keep(label)) continue;
      child.close();
      this.#children!.delete(label);
    }
  }

  /** Gives back the room of every series of it. */
  close(): void {
    if (this.depth > 0) {
      this.retain(() => false);
      return;
    }
    if (!this.#shared) this.#series.give(1);
  }

  #add(label: Label): Count {
    this.#children ??= new Map();
    const room = this.#shared ? this.#open === 0 : this.depth === 1 ? this.#series.take(1) : this.#series.mayTake();
    const under = room ? label : overflow;
    const child = this.#children.get(under) ?? new Count(this.#series, this.depth - 1, Math.max(0, this.#open - 1), !room || this.#shared);
    this.#children.set(under, child);
    return child;
  }
}

/** Counts that come and go together: to be extended by what has them. */
export abstract class Counts {
  protected readonly series: Series;
  /** They stand for all that had no room. */
  protected readonly shared: boolean;
  readonly #counts: Count[] = [];

  constructor(series: Series, shared = false) {
    this.series = series;
    this.shared = shared;
  }

  /** Gives back the room of all of them. */
  close(): void {
    for (const count of this.#counts) count.close();
  }

  /** @param open how many labels, from the first on, the configuration can make any number of */
  protected count(depth: number, open = 0): Count {
    const count = new Count(this.series, depth, open, this.shared);
    this.#counts.push(count);
    return count;
  }
}
