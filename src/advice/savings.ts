import { costOf, mbMsPerGbSecond, type Pricing } from '../call.ts';
import type { Observed } from './observation.ts';

/** Of another memory size, in a month; below 0: what it costs. */
export interface Savings {
  readonly gbSeconds: number;
  /** Undefined where there are no prices. */
  readonly money: { readonly amount: number; readonly currency: string } | undefined;
}

const monthMs = 30 * 24 * 60 * 60 * 1_000;
/** In less there is no pace. */
const shortestMs = 60_000;

/** If executions come as often as they did, and take as long. */
export function savingsOf({ sizeMb, billedMs, overMs }: Observed, toMb: number, pricing: Pricing | undefined): Savings {
  const mbMs = (billedMs * (sizeMb - toMb) * monthMs) / Math.max(overMs, shortestMs);
  const money = pricing && { amount: costOf(pricing, 0, mbMs), currency: pricing.currency };
  return { gbSeconds: mbMs / mbMsPerGbSecond, money };
}
