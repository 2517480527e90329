/** A day is one of UTC, by its start in ms since 1970, and as text `2026-11-30`. */
export const dayMs = 24 * 60 * 60 * 1_000;

export function dayOf(epochMs: number): number {
  return Math.floor(epochMs / dayMs) * dayMs;
}

export function dayText(startMs: number): string {
  return new Date(startMs).toISOString().slice(0, 10);
}

/** `text` is a day. */
export function dayFrom(text: string): number {
  return Date.parse(`${text}T00:00:00Z`);
}
