import type { Observed } from './observation.ts';
import { margin, type Verdict } from './right-size.ts';
import type { Savings } from './savings.ts';
import { amountText, costText, countText, mbText, spanText } from './words.ts';

const marginText = `${Math.round((margin - 1) * 100)} %`;

export function sayUnseen(neededExecutions: number): string {
  return `Wait: no execution was seen, and it takes ${neededExecutions} to say what fits.`;
}

/** What is advised, and by what, in one sentence. */
export function sayWhy(verdict: Verdict, observed: Observed, savings: Savings): string {
  const { sizeMb, executions, overMs } = observed;
  const used = usedText(observed);
  const pace = `a month at the pace of the last ${spanText(overMs)}`;
  switch (verdict.advice) {
    case 'wait':
      return `Wait: it ran ${countText(executions, 'time')} with ${sizeMb} MB, and ${verdict.missingExecutions} more are needed to say what fits.`;
    case 'shrink':
      return `Shrink from ${sizeMb} to ${verdict.recommendedMb} MB: ${used}, which saves ${savingsText(savings)} ${pace}.`;
    case 'grow':
      return `Grow from ${sizeMb} to ${verdict.recommendedMb} MB: ${wantText(observed)}; that costs ${savingsText(savings)} more ${pace}.`;
    case 'keep':
      return `Keep ${sizeMb} MB${keepingText(verdict.because, observed)}.`;
  }
}

function keepingText(because: Extract<Verdict, { advice: 'keep' }>['because'], observed: Observed): string {
  if (because === 'largest') return `, the largest size there is, although ${wantText(observed)}`;
  const why = because === 'fits' ? `no smaller size holds that and a margin of ${marginText}` : 'memory ran out at a smaller size';
  return `: ${usedText(observed)}, and ${why}`;
}

function usedText({ usedP99Mb, usedPeakMb }: Observed): string {
  const peak = mbText(usedPeakMb);
  const p99 = mbText(usedP99Mb);
  return p99 === peak ? `the executions use up to ${peak}` : `99 % of the executions use up to ${p99}, none more than ${peak}`;
}

/** Why it is too small. */
function wantText({ executions, outOfMemory, usedP99Mb }: Observed): string {
  if (outOfMemory > 0) return `${amountText(outOfMemory)} of ${countText(executions)} ran out of memory`;
  return `99 % of the executions use up to ${mbText(usedP99Mb)}, more than a margin of ${marginText} allows`;
}

function savingsText({ gbSeconds, money }: Savings): string {
  const amount = `${amountText(Math.abs(gbSeconds))} GB-seconds`;
  return money === undefined ? amount : `${amount} (${costText(Math.abs(money.amount), money.currency)})`;
}
