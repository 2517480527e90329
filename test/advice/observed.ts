import type { Observed } from '../../src/advice/observation.ts';

export const dayMs = 24 * 60 * 60 * 1_000;

/** 512 MB, of which a quarter is used, over five days; and what a test cares about put in its place. */
export function observedOf(over: Partial<Observed> = {}): Observed {
  return {
    sizeMb: 512,
    executions: 10_000,
    outOfMemory: 0,
    usedP50Mb: 80,
    usedP99Mb: 100,
    usedPeakMb: 110,
    billedMs: 1_024_000,
    overMs: 5 * dayMs,
    ...over,
  };
}
