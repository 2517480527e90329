import type { Problem } from '../call.ts';
import { type Consumer, matchesGlob } from '../consumer.ts';

/** What is said to a consumer of a function that is there, but not for it. */
export const notPermitted: Problem = {
  code: 'forbidden',
  detail: 'this consumer may not call this function; GET /run lists those that it may',
};

/** Which functions a consumer may call. Asked for configured names only, so that what is remembered stays bounded. */
export class Permissions {
  /** By the list of globs, which consumers share. */
  readonly #known = new WeakMap<readonly string[], Map<string, boolean>>();

  mayCall({ functions }: Consumer, name: string): boolean {
    if (functions.includes('*')) return true;
    let known = this.#known.get(functions);
    if (known === undefined) {
      known = new Map();
      this.#known.set(functions, known);
    }
    let may = known.get(name);
    if (may === undefined) {
      may = functions.some((glob) => matchesGlob(glob, name));
      known.set(name, may);
    }
    return may;
  }
}
