import type { Observed } from './observation.ts';
import { enoughExecutions, type OtherSize } from './right-size.ts';
import { countText, mbText, spanText, timesText } from './words.ts';

const levels = ['low', 'medium', 'high'] as const;

/** How wrong it may be to do what is advised, and why: the worst reason gives the level. */
export interface Risk {
  readonly level: (typeof levels)[number];
  readonly reasons: readonly string[];
}

export const noRisk: Risk = { level: 'low', reasons: [] };

type Reason = readonly [Risk['level'], text: string];

const dayMs = 24 * 60 * 60 * 1_000;
/** Below, what happens once in a hundred executions was seen a few times only. */
const manyExecutions = 1_000;
/** A peak above this share of the new size leaves little. */
const narrow = 0.9;

export function riskOfShrinking(observed: Observed, other: OtherSize | undefined, toMb: number): Risk {
  const { sizeMb, usedPeakMb } = observed;
  const reasons = [...doubts(observed, manyExecutions), ...mixture(observed, other)];
  if (usedPeakMb > toMb * narrow) reasons.push(['medium', `the peak of ${mbText(usedPeakMb)} comes close to ${toMb} MB`]);
  const times = sizeMb / toMb;
  const slower = `CPU comes with memory: executions may take longer, and when they take ${timesText(times)} as long nothing is saved`;
  reasons.push([times > 2 ? 'medium' : 'low', slower]);
  return riskOf(reasons);
}

export function riskOfGrowing(observed: Observed, other: OtherSize | undefined): Risk {
  // That memory ran out is sure, however little was seen. Otherwise it may cost for nothing, and that is all.
  const doubtful = observed.outOfMemory > 0 ? [] : doubts(observed, enoughExecutions).map(([, text]): Reason => ['medium', text]);
  const faster = 'CPU comes with memory: executions may take less time, and cost less than that';
  return riskOf([...doubtful, ...mixture(observed, other), ['low', faster]]);
}

function riskOf(reasons: readonly Reason[]): Risk {
  const worst = Math.max(...reasons.map(([level]) => levels.indexOf(level)));
  return { level: levels[worst]!, reasons: reasons.map(([, text]) => text) };
}

/** Whether enough was seen, and for long enough. */
function doubts({ executions, overMs }: Observed, enough: number): Reason[] {
  const reasons: Reason[] = [];
  if (overMs < 3 * dayMs) {
    const text = `watched for ${spanText(overMs)} only: other hours and days may be different`;
    reasons.push([overMs < dayMs ? 'high' : 'medium', text]);
  }
  if (executions < enough) reasons.push(['medium', `only ${countText(executions)} seen: what is rare may be missing`]);
  return reasons;
}

function mixture({ sizeMb }: Observed, other: OtherSize | undefined): Reason[] {
  if (other === undefined) return [];
  const { executions } = other;
  const rest = `${executions === 1 ? 'is' : 'are'} not part of what is said of ${sizeMb} MB`;
  return [['medium', `${countText(executions)} came with ${other.sizeMb} MB as well, and ${rest}`]];
}
