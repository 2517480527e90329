import { z } from 'zod';
import { allowed } from './fields.ts';

const msPerUnit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Not 0, and eleven digits: what does not fit is out of any bound, and what fits is an exact number. */
const durationPattern = /^([1-9][0-9]{0,10})(ms|s|m|h|d)$/;

const bytesPerUnit = { kb: 1024, mb: 2 ** 20 };
const sizePattern = /^([1-9][0-9]{0,8})(kb|mb)$/;

/** Longest first, so that a bound reads as it would be written. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) if (ms % msPerUnit[unit] === 0) return `${ms / msPerUnit[unit]}${unit}`;
  return `${ms}ms`;
}

/** `500ms`, `10s`, `5m`, `1h`, `1d` → milliseconds, 1 to `maxMs`. */
export function duration(maxMs: number) {
  const error = allowed(`a whole number above 0 with ms, s, m, h or d in lower case, such as 500ms, at most ${formatDuration(maxMs)}`);
  return z
    .string({ error })
    .regex(durationPattern, { error })
    .transform((input, context) => {
      const ms = msOf(input);
      if (ms <= maxMs) return ms;
      context.addIssue({ code: 'custom', message: error, input });
      return z.NEVER;
    });
}

/** @param text of the form of `durationPattern` */
function msOf(text: string): number {
  const [, count, unit] = durationPattern.exec(text) as unknown as [string, string, keyof typeof msPerUnit];
  return Number(count) * msPerUnit[unit];
}

const longestPeriodMs = 365 * msPerUnit.d;

/** `day`, `month`, or a duration → milliseconds. */
export function period() {
  const error = allowed('day, month, or a duration above 0 such as 1s, 5m, 1h or 30d, at most 365d');
  return z
    .string({ error })
    .regex(new RegExp(`^(?:day|month)$|${durationPattern.source}`), { error })
    .transform((input, context) => {
      if (input === 'day' || input === 'month') return input;
      const ms = msOf(input);
      if (ms <= longestPeriodMs) return ms;
      context.addIssue({ code: 'custom', message: error, input });
      return z.NEVER;
    });
}

/** `80%` → 0.8; above 0, at most 1. */
export function share() {
  const error = allowed('a percentage above 0 and at most 100%, such as 80%');
  return z
    .string({ error })
    .regex(/^(?:100|(?!0*(?:\.0*)?%)\d{1,2}(?:\.\d{1,3})?)%$/, { error })
    .transform((input) => Number(input.slice(0, -1)) / 100);
}

/** `64kb`, `6mb` → bytes; a kb is 1024 bytes, an mb 2^20. */
export function size() {
  const error = allowed('a whole number above 0 with kb or mb in lower case, such as 64mb');
  return z
    .string({ error })
    .regex(sizePattern, { error })
    .transform((input) => {
      const [, count, unit] = sizePattern.exec(input) as unknown as [string, string, keyof typeof bytesPerUnit];
      return Number(count) * bytesPerUnit[unit];
    });
}
