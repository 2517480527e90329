import type { Path } from '../config/problem.ts';
import type { Part, Setting } from './explanation.ts';

/** A setting of which it is yet to be found out where it stands. */
export interface Wanted extends Omit<Setting, 'from'> {
  /** The places that count, the first that is there. Empty: it is an emulator's. */
  readonly paths: readonly Path[];
}

export interface WantedPart extends Omit<Part, 'settings'> {
  readonly settings: readonly Wanted[];
}

/** A setting of a function, which `defaults` may give as well. */
export function ofFunction(name: string, key: string, value: unknown, says: string): Wanted {
  const steps = key.split('.');
  return {
    key,
    value,
    says,
    paths: [
      ['functions', name, ...steps],
      ['defaults', ...steps],
    ],
  };
}

/** A setting that stands in one place or nowhere. */
export function at(path: Path, value: unknown, says: string): Wanted {
  return { key: String(path.at(-1)), value, says, paths: [path] };
}
