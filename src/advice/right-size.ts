import { memorySizesMb, sizeAboveMb, sizeForMb } from './memory-sizes.ts';
import type { Observed } from './observation.ts';

/** So much of the p99 there should be: memory that runs out ends an execution, memory that is left costs little. */
export const margin = 1.2;
/** Of so many, one exceeds the true p99 with 95 % certainty (0.99^300 < 0.05), so the peak does. */
export const enoughExecutions = 300;
/** Too little memory is worse than too much: fewer are enough to say so. */
const enoughToGrow = 30;

/** What there is of another size of the function, before a change or of another version. */
export type OtherSize = Pick<Observed, 'sizeMb' | 'executions' | 'outOfMemory'>;

export type Verdict =
  | { readonly advice: 'grow' | 'shrink'; readonly recommendedMb: number }
  /** `largest`: it should grow, and there is no larger size. `ran_out_below`: it would fit a smaller one, where memory ran out. */
  | { readonly advice: 'keep'; readonly because: 'fits' | 'largest' | 'ran_out_below' }
  | { readonly advice: 'wait'; readonly missingExecutions: number };

/**
 * The smallest size on FunctionGraph's list that holds the p99 with its margin, and never less than the peak, nor a size at which
 * memory ran out.
 */
export function rightSize(observed: Observed, other: OtherSize | undefined): Verdict {
  const { sizeMb, executions, outOfMemory, usedP99Mb, usedPeakMb } = observed;
  const neededMb = usedP99Mb * margin;
  if (outOfMemory > 0 || (neededMb > sizeMb && executions >= enoughToGrow)) {
    const recommendedMb = Math.max(sizeForMb(neededMb), sizeAboveMb(sizeMb) ?? 0);
    return recommendedMb > sizeMb ? { advice: 'grow', recommendedMb } : { advice: 'keep', because: 'largest' };
  }
  if (executions < enoughExecutions) return { advice: 'wait', missingExecutions: enoughExecutions - executions };
  const fittingMb = sizeForMb(Math.max(neededMb, usedPeakMb));
  const recommendedMb = Math.max(fittingMb, floorMb(other));
  if (recommendedMb < sizeMb) return { advice: 'shrink', recommendedMb };
  return { advice: 'keep', because: fittingMb < sizeMb ? 'ran_out_below' : 'fits' };
}

/** What ran out of memory at another size is not sent back there. */
function floorMb(other: OtherSize | undefined): number {
  if (other === undefined || other.outOfMemory === 0) return 0;
  return sizeAboveMb(other.sizeMb) ?? memorySizesMb.at(-1)!;
}
