import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import type { Issue, Path } from './problem.ts';
import { maskReferences, unmaskReferences, withoutText } from './yaml.ts';

export interface Position {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

type RefusedKey = Position & { readonly path: Path; readonly message: string };

const start: Position = { line: 1, column: 1 };

/** Where in the text a key stands. Slow and large next to reading the values alone, so made only when there is a problem to report. */
export class Positions {
  readonly #lines = new LineCounter();
  readonly #document: Document;
  readonly #anchored = new Map<Alias, unknown>();
  readonly #pairs = new Map<YAMLMap, Map<string, Pair>>();

  /** What makes the text no YAML; nothing of the text itself. */
  readonly syntax: readonly (Position & { readonly reason: string })[];
  /** Keys that cannot stand where they do, whatever the schema: those that their map has already, and `__proto__`. */
  readonly refusedKeys: readonly RefusedKey[];

  constructor(text: string) {
    // The library's own search for duplicate keys takes longer than all the rest.
    this.#document = parseDocument(maskReferences(text), {
      lineCounter: this.#lines,
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'error',
    });
    this.syntax = this.#causes();
    const refused: RefusedKey[] = [];
    this.#index(this.#document.contents, [], new Map(), refused);
    this.refusedKeys = refused;
  }

  /**
   * Of a path that is not in the text, the position of the last key on the way that is.
   * `written` is the scalar at the end of the path, its variables not filled in.
   */
  locate({ path, at }: Issue): Position & { readonly written?: string } {
    let node: unknown = this.#document.contents;
    let position = start;
    for (const [index, step] of path.entries()) {
      const item = this.#item(node, step);
      if (item === undefined) return position;
      node = isPair(item) ? item.value : item;
      position = this.#of(isPair(item) ? item.key : item);
      // Where a scalar is wrong, it is what to look at; a map or a list may begin on another line than its key.
      if (at === 'value' && index === path.length - 1 && isScalar(node) && node.source) position = this.#of(node);
    }
    return { ...position, ...this.#written(node) };
  }

  /** Where the key at the end of a path stands, or the item of a list. Undefined: all of the path is not in the text. */
  find(path: Path): (Position & { readonly written?: string }) | undefined {
    let node: unknown = this.#document.contents;
    let position = start;
    for (const step of path) {
      const item = this.#item(node, step);
      if (item === undefined) return undefined;
      node = isPair(item) ? item.value : item;
      position = this.#of(isPair(item) ? item.key : item);
    }
    return { ...position, ...this.#written(node) };
  }

  #written(node: unknown): { readonly written?: string } {
    const end = this.#followed(node);
    return isScalar(end) && end.source !== undefined ? { written: unmaskReferences(end.source) } : {};
  }

  /** What stands behind one step of a path: through aliases, and in merged maps where the map itself has no such key. */
  #item(node: unknown, step: string | number, searched = new Set<unknown>()): unknown {
    const value = this.#followed(node);
    if (isSeq(value)) return value.items[Number(step)];
    // Each map once: merges may lead to the same one by very many ways, and in a circle.
    if (!isMap(value) || searched.has(value)) return undefined;
    searched.add(value);
    const own = this.#pairs.get(value)?.get(String(step));
    if (own) return own;
    const merged = this.#followed(this.#pairs.get(value)?.get('<<')?.value);
    const sources = isSeq(merged) ? merged.items : [merged];
    for (const source of sources) {
      const item = this.#item(source, step, searched);
      if (item !== undefined) return item;
    }
    return undefined;
  }

  #followed(node: unknown): unknown {
    return isAlias(node) ? this.#anchored.get(node) : node;
  }

  /** One walk in the order of the text, since an alias means the last anchor of that name before it. */
  #index(node: unknown, path: Path, anchors: Map<string, unknown>, refused: RefusedKey[]): void {
    if (isAlias(node)) this.#anchored.set(node, anchors.get(node.source));
    if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor) anchors.set(node.anchor, node);
    if (isSeq(node)) for (const [index, item] of node.items.entries()) this.#index(item, [...path, index], anchors, refused);
    if (!isMap(node)) return;
    const pairs = new Map<string, Pair>();
    this.#pairs.set(node, pairs);
    for (const pair of node.items) {
      const key = isScalar(pair.key) ? unmaskReferences(String(pair.key.value)) : '';
      const before = pairs.get(key);
      const refuse = (message: string) => refused.push({ path: [...path, key], ...this.#of(pair.key), message });
      if (key === '__proto__') refuse('is a key that nothing can have, allowed is any other name');
      else if (before && key !== '<<') refuse(`is there already in line ${this.#of(before.key).line}, allowed is once`);
      pairs.set(key, pair);
      this.#index(pair.value, [...path, key], anchors, refused);
    }
  }

  /** Without what merely follows from an error before it: a line is wrong once, and after the first every token is unexpected. */
  #causes(): (Position & { reason: string })[] {
    const { errors } = this.#document;
    // Nested too deep for this parser: the fast one says it better.
    if (errors.some((error) => error.code === 'RESOURCE_EXHAUSTION')) return [];
    const lines = new Map<number, Position & { reason: string }>();
    for (const [index, error] of errors.entries()) {
      const position = this.#at(error.pos[0]);
      if (index > 0 && (error.code === 'UNEXPECTED_TOKEN' || lines.has(position.line))) continue;
      lines.set(position.line, { ...position, reason: withoutText(error.message) });
    }
    return [...lines.values()];
  }

  #of(node: unknown): Position {
    const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined;
    return range ? this.#at(range[0]) : start;
  }

  #at(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }
}
