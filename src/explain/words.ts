/** A stretch of time as people say it: to a tenth of a second below ten of them, else in whole ones. */
export function spoken(ms: number): string {
  const seconds = ms / 1_000;
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} days`;
}

/** Six digits, and no exponent. */
export function shownNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toLocaleString('en-US', { maximumSignificantDigits: 6, useGrouping: false });
}

export function percent(share: number): string {
  return `${shownNumber(Math.round(share * 1_000) / 10)} %`;
}

/** `"a"`, `"a" or "b"`, `"a", "b" or "c"`. */
export function eitherOf(names: readonly string[]): string {
  const quoted = names.map((name) => JSON.stringify(name));
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}

/** Where results are kept. */
export const tierNames = { memory: 'memory', redis: 'Redis' } as const;

/** `1 call`, `2 calls`. */
export function count(number: number, thing: string): string {
  return `${shownNumber(number)} ${thing}${number === 1 ? '' : 's'}`;
}
