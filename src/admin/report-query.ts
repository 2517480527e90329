import type { Problem } from '../call.ts';

/** Days of UTC such as `2026-11-30`, the first and the last included. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

type Parameter = keyof typeof parameters;

export type ReportQuery =
  | { readonly ok: true; readonly range: DayRange; readonly given: Readonly<Partial<Record<Parameter, string>>> }
  | { readonly ok: false; readonly problem: Problem };

export interface ReportDefaults {
  /** The last day unless `to` says another. */
  readonly today: string;
  /** The first day unless `from` says another, given the last. */
  readonly fromFor: (to: string) => string;
}

const dayMs = 24 * 60 * 60 * 1_000;
/** That is as far back as anything is kept. */
const mostDays = 400;

const parameters = {
  by: oneOf('function', 'consumer'),
  per: oneOf('day'),
  format: oneOf('json', 'csv'),
  from: { allowed: 'a day such as "2026-11-01"', takes: isDay },
  to: { allowed: 'a day such as "2026-11-30"', takes: isDay },
};

/** Reads which report is asked for. A parameter that is not known is a problem: misspelt, it would be the report of other days. */
export function reportQuery(url: string, known: readonly Parameter[], { today, fromFor }: ReportDefaults): ReportQuery {
  const given: Partial<Record<Parameter, string>> = {};
  for (const [name, value] of new URL(url).searchParams) {
    const parameter = known.find((each) => each === name);
    if (parameter === undefined) return refused(`there is no parameter ${quoted(name)}, allowed is ${known.join(', ')}`);
    if (given[parameter] !== undefined) return refused(`the parameter ${name} comes twice, with ${quoted(value)}, allowed is once`);
    const { allowed, takes } = parameters[parameter];
    if (!takes(value)) return refused(`the parameter ${name} is ${quoted(value)}, allowed is ${allowed}`);
    given[parameter] = value;
  }
  const { to = today, from = fromFor(to) } = given;
  if (from > to) return refused(`the parameter from is ${quoted(from)}, allowed is no day after ${quoted(to)}, where the report ends`);
  const earliest = daysBefore(to, mostDays - 1);
  if (from < earliest) {
    const allowed = `at most ${mostDays} days in one report, so ${quoted(earliest)} or later`;
    return refused(`the parameter from is ${quoted(from)}, and the report ends with ${quoted(to)}, allowed is ${allowed}`);
  }
  return { ok: true, range: { from, to }, given };
}

export function daysBefore(day: string, days: number): string {
  return new Date(Date.parse(day) - days * dayMs).toISOString().slice(0, 10);
}

function oneOf(...values: readonly string[]) {
  return { allowed: values.map((value) => `"${value}"`).join(' or '), takes: (text: string) => values.includes(text) };
}

/** One of the calendar, from 1000 to 9999. */
function isDay(text: string): boolean {
  if (!/^[1-9]\d{3}-\d\d-\d\d$/.test(text)) return false;
  const epochMs = Date.parse(text);
  return !Number.isNaN(epochMs) && new Date(epochMs).toISOString().startsWith(text);
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

function refused(detail: string): ReportQuery {
  return { ok: false, problem: { code: 'invalid_request', detail } };
}
