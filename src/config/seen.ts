import { variablesIn } from './environment.ts';
import { withoutKeys } from './without-keys.ts';

/** Stands in the text of a problem for the value seen, until it is known how the file has it. */
export const valueSeen = '\uFFFC';

const shownLength = 80;

/**
 * The value as a problem names it. What a variable gave is not shown: it may be a secret in the wrong place. Nor is what
 * stands nowhere in the file.
 *
 * @param written the scalar as the file has it, its variables not filled in
 */
export function seen(value: unknown, written: string | undefined): string {
  if (value === null || value === undefined || typeof value === 'object' || written === undefined) return kind(value);
  const variables = variablesIn(written).map((name) => `\${${name}}`);
  return variables.length > 0 ? `what ${variables.join('')} gives (not shown)` : shown(value);
}

/** A scalar as it stands in the file, shortened. */
export function shown(value: unknown): string {
  const text = withoutKeys(typeof value === 'string' ? JSON.stringify(value) : String(value));
  return text.length <= shownLength ? text : `${text.slice(0, shownLength)}…`;
}

/** What sort of value it is: all that is said where the value itself may be a secret. */
export function kind(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}
