/** Milliseconds since 1970; the end is the start of the next. */
export interface Bounds {
  readonly startMs: number;
  readonly endMs: number;
}

const dayMs = 24 * 60 * 60 * 1_000;

const known = new Map<string, (epochMs: number) => Bounds>();

/**
 * The days or months of an IANA time zone, one for all limits that go by them: to make one takes 0.1 ms and 30 KB. A day has 23 or 25 hours where the clocks change, and begins at 1:00 where there is no
 * midnight. Throws a `RangeError` for a zone that is none.
 */
export function calendar(unit: 'day' | 'month', timeZone: string): (epochMs: number) => Bounds {
  const name = `${unit} ${timeZone}`;
  const made = known.get(name) ?? makeCalendar(unit, timeZone);
  known.set(name, made);
  return made;
}

function makeCalendar(unit: 'day' | 'month', timeZone: string): (epochMs: number) => Bounds {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  /** What clocks there show, as if they were in UTC. */
  const shown = (epochMs: number): number => {
    const parts = Object.fromEntries(format.formatToParts(epochMs).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(parts.year!, parts.month! - 1, parts.day, parts.hour, parts.minute, parts.second);
  };
  /** The first moment at which clocks there show this or later. */
  const reached = (shownMs: number): number => {
    // Clocks change at most once in two days, so the offset is that of the day before or that of the day after.
    const offsets = [shownMs - dayMs, shownMs + dayMs].map((epochMs) => shown(epochMs) - epochMs);
    const moments = offsets.map((offset) => shownMs - offset).toSorted((a, b) => a - b);
    return moments.find((moment) => shown(moment) >= shownMs) ?? moments.at(-1)!;
  };
  let last: Bounds = { startMs: 0, endMs: 0 };
  return (epochMs) => {
    if (epochMs >= last.startMs && epochMs < last.endMs) return last;
    const now = new Date(shown(Math.floor(epochMs / 1_000) * 1_000));
    const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
    last =
      unit === 'day'
        ? { startMs: reached(Date.UTC(year, month, day)), endMs: reached(Date.UTC(year, month, day + 1)) }
        : { startMs: reached(Date.UTC(year, month, 1)), endMs: reached(Date.UTC(year, month + 1, 1)) };
    return last;
  };
}
