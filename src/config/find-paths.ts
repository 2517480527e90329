import { Positions } from './positions.ts';
import type { Path } from './problem.ts';

export interface PathsToFind {
  readonly text: string;
  readonly paths: readonly Path[];
}

export interface FoundPath {
  /** From 1. */
  readonly line: number;
  /** The scalar at its end, its variables not filled in. */
  readonly written?: string;
}

/** Where each of the paths stands in the text of a configuration; undefined where it has none of it. As slow and large as {@link Positions}. */
export function findPaths({ text, paths }: PathsToFind): (FoundPath | undefined)[] {
  const positions = new Positions(text);
  return paths.map((path) => positions.find(path));
}
