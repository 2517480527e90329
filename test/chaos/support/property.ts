import type { Figure } from '../row.ts';

/** Runs a property of fast-check so often: it throws, or rejects, at the first run in which it does not hold. */
export async function holds(promise: string, numRuns: number, property: (numRuns: number) => void | Promise<void>): Promise<Figure> {
  const figure = { promise, wanted: `${numRuns} runs` };
  try {
    await property(numRuns);
    return { ...figure, measured: 'all of them', passed: true };
  } catch (error) {
    // fast-check's message has the shortest run that differs, and the seed.
    console.error(error);
    return { ...figure, measured: 'not all, see above', passed: false };
  }
}
