/** Figures as people read them: three digits that matter, the unit beside them on the same line, and a dash for what is not known. */
export const none = '–';
const gap = '\u00a0';

export function rateText(perSecond: number | undefined): string {
  if (perSecond === undefined) return none;
  if (perSecond === 0) return '0';
  if (perSecond < 0.01) return '<0.01';
  if (perSecond < 0.1) return perSecond.toFixed(2);
  return perSecond < 100 ? perSecond.toFixed(1) : countText(Math.round(perSecond));
}

export function shareText(share: number | undefined): string {
  if (share === undefined) return none;
  if (share === 0) return `0${gap}%`;
  if (share < 0.001) return `<0.1${gap}%`;
  return `${share < 0.1 ? (share * 100).toFixed(1) : Math.round(share * 100)}${gap}%`;
}

export function msText(ms: number | undefined): string {
  if (ms === undefined) return none;
  if (ms < 1) return `${Math.round(ms * 1_000)}${gap}µs`;
  if (ms < 100) return `${trimmed(ms, ms < 10 ? 2 : 1)}${gap}ms`;
  if (ms < 1_000) return `${Math.round(ms)}${gap}ms`;
  if (ms < 100_000) return `${trimmed(ms / 1_000, ms < 10_000 ? 2 : 1)}${gap}s`;
  return `${trimmed(ms / 60_000, 1)}${gap}min`;
}

/** A setting, which is written in whole units as a rule: `90 s`, `5 min`, `1 h`, `2 d`. */
export function durationText(ms: number): string {
  if (ms === 0) return `0${gap}s`;
  const units: readonly (readonly [name: string, ms: number])[] = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
  ];
  for (const [name, unitMs] of units)
    if (ms >= unitMs && ms % unitMs === 0 && !(name === 'min' && ms < 120_000)) return `${ms / unitMs}${gap}${name}`;
  return msText(ms);
}

/** Until then, for people: the two largest units. */
export function untilText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  if (seconds < 60) return `${seconds}${gap}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}${gap}min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return two(hours, 'h', minutes % 60, 'min');
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** `1 call`, `1,000 calls`. */
export function countOf(count: number, thing: string): string {
  return `${countText(count)} ${thing}${count === 1 ? '' : 's'}`;
}

export function countText(count: number): string {
  return count.toLocaleString('en');
}

export function amountText(amount: number): string {
  if (amount === 0) return '0';
  if (amount < 0.001) return '<0.001';
  return amount.toLocaleString('en', amount < 100 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 });
}

/** `currency` is one of ISO 4217; `decimals` are shown of what is less than a hundredth, and what is too little for them is shown as less. */
export function moneyText(amount: number, currency: string, decimals = 4): string {
  const least = Number(`1e-${decimals}`);
  if (amount > 0 && amount < least) return `<${moneyText(least, currency, decimals)}`;
  const digits = amount > 0 && amount < 0.01 ? { minimumFractionDigits: 4, maximumFractionDigits: decimals } : {};
  return amount.toLocaleString('en', { style: 'currency', currency, currencyDisplay: 'narrowSymbol', ...digits });
}

export function bytesText(bytes: number): string {
  if (bytes < 1_024) return `${bytes}${gap}bytes`;
  if (bytes < 1_048_576) return `${trimmed(bytes / 1_024, 1)}${gap}KB`;
  return `${trimmed(bytes / 1_048_576, 1)}${gap}MB`;
}

/** `2026-11-03 12:30:05`, in UTC: what logs say too. */
export function instantText(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ');
}

export function clockText(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(11, 19);
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  const first = `${large}${gap}${largeUnit}`;
  return small === 0 ? first : `${first} ${small}${gap}${smallUnit}`;
}

function trimmed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
