import type { Pricing } from '../call.ts';
import type { Observed } from './observation.ts';
import { enoughExecutions, type OtherSize, rightSize, type Verdict } from './right-size.ts';
import { noRisk, type Risk, riskOfGrowing, riskOfShrinking } from './risk.ts';
import { savingsOf } from './savings.ts';
import { sayUnseen, sayWhy } from './sentence.ts';

/** What is advised for the memory size of a function. */
export type Advice = UnseenAdvice | SeenAdvice;

/** It did not run while it was watched: not even its size is known. */
export interface UnseenAdvice {
  readonly function: string;
  readonly advice: 'wait';
  readonly executions: 0;
  readonly missingExecutions: number;
  /** One sentence, for people. */
  readonly says: string;
}

export interface SeenAdvice {
  readonly function: string;
  readonly advice: 'grow' | 'shrink' | 'keep' | 'wait';
  /** The size FunctionGraph billed last. What follows is about executions with this size. */
  readonly sizeMb: number;
  /** The same as `sizeMb` unless it is advised to grow or to shrink. */
  readonly recommendedMb: number;
  /** At most 3 % above the truth, and never below it. */
  readonly usedP50Mb: number;
  readonly usedP99Mb: number;
  readonly usedPeakMb: number;
  readonly executions: number;
  /** Of them, those that memory ran out for. */
  readonly outOfMemory: number;
  /** So many more are needed before anything can be said; 0: enough. */
  readonly missingExecutions: number;
  /** The time all this was seen in. A month is this pace kept up for 30 days. */
  readonly overSeconds: number;
  /** If executions take as long as before; below 0: what it costs. */
  readonly savesGbSecondsPerMonth: number;
  /** Absent where there are no prices. */
  readonly savesCostPerMonth?: number;
  /** ISO 4217. */
  readonly currency?: string;
  readonly risk: Risk;
  /** One sentence, for people. */
  readonly says: string;
}

export function unseenAdvice(functionName: string): UnseenAdvice {
  const says = sayUnseen(enoughExecutions);
  return { function: functionName, advice: 'wait', executions: 0, missingExecutions: enoughExecutions, says };
}

/** @param other what was seen of the function at the size it had before, or of another version of it */
export function adviceOn(functionName: string, observed: Observed, other: OtherSize | undefined, pricing: Pricing | undefined): SeenAdvice {
  const { billedMs, overMs, ...seen } = observed;
  const verdict = rightSize(observed, other);
  const recommendedMb = 'recommendedMb' in verdict ? verdict.recommendedMb : seen.sizeMb;
  const savings = savingsOf(observed, recommendedMb, pricing);
  return {
    function: functionName,
    advice: verdict.advice,
    ...seen,
    recommendedMb,
    missingExecutions: verdict.advice === 'wait' ? verdict.missingExecutions : 0,
    overSeconds: Math.round(overMs / 1_000),
    savesGbSecondsPerMonth: savings.gbSeconds,
    ...(savings.money && { savesCostPerMonth: savings.money.amount, currency: savings.money.currency }),
    risk: riskOf(verdict, observed, other),
    says: sayWhy(verdict, observed, savings),
  };
}

function riskOf(verdict: Verdict, observed: Observed, other: OtherSize | undefined): Risk {
  if (verdict.advice === 'grow') return riskOfGrowing(observed, other);
  return verdict.advice === 'shrink' ? riskOfShrinking(observed, other, verdict.recommendedMb) : noRisk;
}
