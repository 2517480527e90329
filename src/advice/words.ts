/** Numbers as the sentences of advice say them. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
/** Down to what is left of a cent. */
const cents = new Intl.NumberFormat('en', { maximumSignificantDigits: 2 });
const money = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Rounded up: what is used is not less. */
export function mbText(mb: number): string {
  return `${Math.ceil(mb)} MB`;
}

export function countText(count: number, thing = 'execution'): string {
  return `${whole.format(count)} ${thing}${count === 1 ? '' : 's'}`;
}

/** To three digits, or whole. */
export function amountText(amount: number): string {
  return (Math.abs(amount) < 1_000 ? short : whole).format(amount);
}

export function costText(cost: number, currency: string): string {
  return `${(Math.abs(cost) < 1 ? cents : money).format(cost)} ${currency}`;
}

/** In the largest unit of which there are two. */
export function spanText(ms: number): string {
  if (ms >= 2 * dayMs) return countText(Math.floor(ms / dayMs), 'day');
  if (ms >= 2 * hourMs) return countText(Math.floor(ms / hourMs), 'hour');
  return countText(Math.max(1, Math.floor(ms / minuteMs)), 'minute');
}

/** Such as `1.5 times`. */
export function timesText(times: number): string {
  return times === 2 ? 'twice' : `${short.format(times)} times`;
}
