import { adaptiveLimitAgreesWithItsModel } from '../resilience/adaptive-model.ts';
import { breakerAgreesWithItsModel } from '../resilience/breaker-model.ts';
import { budgetAgreesWithItsModel } from '../resilience/budget-model.ts';
import { limitersAgreeWithTheirModel } from '../resilience/limiter-model.ts';
import type { Figure, Row } from './row.ts';

const sequences = 100_000;

/** On a fake clock, each against a model that is too simple to be wrong. */
const models: Readonly<Record<string, (numRuns: number) => void | Promise<void>>> = {
  'the breaker': breakerAgreesWithItsModel,
  'the budget of repeats': budgetAgreesWithItsModel,
  'the limit of executions': limitersAgreeWithTheirModel,
  'the limit that learns': adaptiveLimitAgreesWithItsModel,
};

export const row17: Row = {
  number: 17,
  async measure() {
    const figures: Figure[] = [];
    for (const [name, agrees] of Object.entries(models)) {
      figures.push(await judge(name, agrees));
    }
    return figures;
  },
};

async function judge(name: string, agrees: (numRuns: number) => void | Promise<void>): Promise<Figure> {
  const numRuns = Math.ceil(sequences / Object.keys(models).length);
  const figure = { promise: `${name} agrees with its model`, wanted: `${numRuns} sequences` };
  try {
    await agrees(numRuns);
    return { ...figure, measured: 'all of them', passed: true };
  } catch (error) {
    // fast-check's message has the shortest sequence that differs, and the seed.
    console.error(error);
    return { ...figure, measured: 'not all, see above', passed: false };
  }
}
