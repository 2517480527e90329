import { atEndOfTurn } from './end-of-turn.ts';

/** More calls at once are done no sooner, and need no more memory than young objects have if they end before it is collected twice. */
const mostInATurn = 64;

interface Waiting {
  readonly begin: (waitedMs: number) => void;
  readonly sinceMs: number;
}

const line: Waiting[] = [];
let begun = 0;
let longestMs = 0;

/**
 * Begins a call, which must not throw: at once, or in one of the next turns of the event loop where this one has begun many already.
 * First come, first begun; `begin` is told how long it waited.
 *
 * A thousand connections bring a thousand calls in one turn. If all begin, all hold what a call needs until the last one is done: for longer
 * than memory stays young, so that it is copied twice and collected with the old. A call that has not begun holds next to nothing.
 */
export function beginInTurn(begin: (waitedMs: number) => void): void {
  if (begun === mostInATurn) {
    line.push({ begin, sinceMs: performance.now() });
    return;
  }
  count();
  begin(0);
}

/** The longest that a call has waited for its turn since this was last asked. */
export function longestWaitMs(): number {
  const [first] = line;
  const longest = first === undefined ? longestMs : Math.max(longestMs, performance.now() - first.sinceMs);
  longestMs = 0;
  return longest;
}

function count(): void {
  begun += 1;
  if (begun === 1) atEndOfTurn(nextTurn);
}

function nextTurn(): void {
  begun = 0;
  const nowMs = performance.now();
  for (const { begin, sinceMs } of line.splice(0, mostInATurn)) {
    const waitedMs = nowMs - sinceMs;
    longestMs = Math.max(longestMs, waitedMs);
    count();
    begin(waitedMs);
  }
}
