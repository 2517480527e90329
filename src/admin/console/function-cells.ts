import type { Pricing } from '../../call.ts';
import type { BreakerRow } from '../breakers.ts';
import type { Figures } from '../functions.ts';
import type { Cell, Cells, Tone } from './feed.ts';
import { amountText, moneyText, msText, none, rateText, shareText } from './figures.ts';

/** The share of errors from which on somebody should look. */
const warnShare = 0.01;
const badShare = 0.05;

/** The last minute of a function, or of all of them, as cells. Undefined: nobody has called. */
export function figureCells(figures: Figures | undefined, pricing: Pricing | undefined): Cells {
  const { requestsPerSecond, errorShare, p50Ms, p99Ms, overheadP99Ms, keptShare } = figures ?? idle;
  return {
    rate: quietAt(requestsPerSecond, rateText(requestsPerSecond)),
    errors: { text: shareText(errorShare), tone: errorTone(errorShare) },
    p50: quietAt(p50Ms, msText(p50Ms)),
    p99: quietAt(p99Ms, msText(p99Ms)),
    overhead: quietAt(overheadP99Ms, msText(overheadP99Ms)),
    kept: quietAt(keptShare, shareText(keptShare)),
    cost: costCell(figures, pricing),
  };
}

const idle: Pick<Figures, 'requestsPerSecond' | 'errorShare' | 'p50Ms' | 'p99Ms' | 'overheadP99Ms' | 'keptShare'> = {
  requestsPerSecond: 0,
  errorShare: undefined,
  p50Ms: undefined,
  p99Ms: undefined,
  overheadP99Ms: undefined,
  keptShare: undefined,
};

/** With prices what a day costs at this pace, else what it is billed for. */
function costCell(figures: Figures | undefined, pricing: Pricing | undefined): Cell {
  if (figures === undefined) return { text: none, tone: 'quiet' };
  const { costPerDay, gbSecondsPerDay } = figures;
  if (pricing === undefined || costPerDay === undefined) return quietAt(gbSecondsPerDay, amountText(gbSecondsPerDay));
  return quietAt(costPerDay, moneyText(costPerDay, pricing.currency));
}

export function breakerCell({ state, forced }: Pick<BreakerRow, 'state' | 'forced'>): Cell {
  const tones: Readonly<Record<BreakerRow['state'], Tone>> = { closed: forced ? 'warn' : 'quiet', 'half-open': 'warn', open: 'bad' };
  return { text: forced ? `held ${state}` : state, tone: tones[state] };
}

function errorTone(share: number | undefined): Tone {
  if (share === undefined || share === 0) return 'quiet';
  if (share >= badShare) return 'bad';
  return share >= warnShare ? 'warn' : 'quiet';
}

/** Nothing steps back: what happens is what should be seen. */
function quietAt(value: number | undefined, text: string): Cell {
  return value === undefined || value === 0 ? { text, tone: 'quiet' } : { text };
}
