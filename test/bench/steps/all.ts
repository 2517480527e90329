import { answerSteps } from './answer.ts';
import { attemptSteps } from './attempt.ts';
import { openPath } from './path.ts';
import { requestSteps } from './request.ts';
import { scrapeSteps } from './scrape.ts';
import type { Steps } from './step.ts';

/** Every step of a call, in the order of the call; then its path as a whole, and what a scrape takes from the calls. */
export async function openSteps(scrapedFunctions: number): Promise<Steps> {
  const path = await openPath();
  return {
    steps: [...requestSteps(), ...attemptSteps(), ...answerSteps(), ...path.steps, ...scrapeSteps(scrapedFunctions)],
    close: path.close,
  };
}
