import { adaptiveLimitAgreesWithItsModel } from '../resilience/adaptive-model.ts';
import { breakerAgreesWithItsModel } from '../resilience/breaker-model.ts';
import { budgetAgreesWithItsModel } from '../resilience/budget-model.ts';
import { placesAreSharedFairly } from '../resilience/fairness-model.ts';
import { limitersAgreeWithTheirModel } from '../resilience/limiter-model.ts';
import type { Figure, Row } from './row.ts';
import { holds } from './support/property.ts';

const sequences = 100_000;

/** On a fake clock, each against a model that is too simple to be wrong. */
const models: Readonly<Record<string, (numRuns: number) => void | Promise<void>>> = {
  'the breaker': breakerAgreesWithItsModel,
  'the budget of repeats': budgetAgreesWithItsModel,
  'the limit of executions': limitersAgreeWithTheirModel,
  'the sharing of places between consumers': placesAreSharedFairly,
  'the limit that learns': adaptiveLimitAgreesWithItsModel,
};

export const row17: Row = {
  number: 17,
  async measure() {
    const numRuns = Math.ceil(sequences / Object.keys(models).length);
    const figures: Figure[] = [];
    for (const [name, agrees] of Object.entries(models)) figures.push(await holds(`${name} agrees with its model`, numRuns, agrees));
    return figures;
  },
};
