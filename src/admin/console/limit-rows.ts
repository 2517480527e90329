import { html } from 'hono/html';
import type { LimitStanding } from '../usage.ts';
import { amountText, countText, durationText, moneyText, untilText } from './figures.ts';
import type { Html } from './layout.ts';

/** The share of a limit from which on somebody should look. */
const warnShare = 0.8;
const dayMs = 86_400_000;

/** `currency`: of limits of money; undefined without prices. */
export interface LimitRow {
  readonly limit: LimitStanding;
  readonly currency: string | undefined;
}

/** How much of a limit is used: a bar, and the same in words. */
export function meter({ limit, currency }: LimitRow): Html {
  const { name, amount, remaining, resetMs, mode } = limit;
  const usedShare = Math.min(1, Math.max(0, 1 - remaining / amount));
  const tone = remaining <= 0 ? 'bad' : usedShare >= warnShare ? 'warn' : 'good';
  const left = `${quantity(remaining, limit, currency)} of ${quantity(amount, limit, currency)} left`;
  return html`<div class="limit"><span class="limit-name">${name}${mode === 'shadow' ? html` <span class="badge">shadow</span>` : ''}</span>
<meter min="0" max="1" value="${usedShare.toFixed(4)}" data-tone="${tone}" aria-label="${name}: ${Math.round(usedShare * 100)} % used"></meter>
<span class="limit-left">${left}</span><span class="limit-reset">${resetMs > 0 ? `resets in ${untilText(resetMs)}` : `per ${windowText(limit)}`}</span></div>`;
}

function quantity(value: number, { unit, amount }: LimitStanding, currency: string | undefined): string {
  if (unit === 'requests') return countText(Math.floor(value));
  // Of a limit that is little itself, what is left is told to a thousandth of it.
  if (unit === 'cost') return currency === undefined ? amountText(value) : moneyText(value, currency, decimalsFor(amount));
  return `${amountText(value)} GB-s`;
}

function decimalsFor(amount: number): number {
  return Math.min(12, Math.max(4, 3 + Math.ceil(-Math.log10(amount))));
}

function windowText({ windowSeconds }: LimitStanding): string {
  const ms = windowSeconds * 1_000;
  return ms === 30 * dayMs ? 'month' : durationText(ms);
}
