import type { Config } from '../config/config.ts';
import type { LoadResult } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';

/** A configuration, from a file or made of a folder. */
export type Loaded =
  | { readonly ok: true; readonly config: Config }
  /** A line each. */
  | { readonly ok: false; readonly problems: readonly string[] };

export function loaded(result: LoadResult): Loaded {
  return result.ok ? result : { ok: false, problems: result.problems.map(formatProblem) };
}
