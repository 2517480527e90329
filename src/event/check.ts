import { isUtf8 } from 'node:buffer';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { JsonScanner, type ScanFlaw } from './scan.ts';

/** Deeper events break the parsers they meet on the way: recursion in functions' runtimes, and in canonical forms. */
export const maxEventDepth = 512;

/** Between two slices the event loop runs: some 0.1 ms each on a common core, 0.3 of strings made of escapes, so that nobody waits for another's large event. */
const sliceBytes = 64 * 1024;

/** Names places, never content. */
export interface EventFlaw {
  readonly kind: 'not_json' | 'too_deep';
  /** For the sender to read. */
  readonly detail: string;
}

/**
 * What is wrong with an event; `undefined` when it is JSON in UTF-8, at most {@link maxEventDepth} deep.
 * Small events are answered at once, larger ones in slices. `levelsAround`: for a text that has an event in it, so many levels down.
 */
export function flawOfEvent(event: Buffer, levelsAround = 0): EventFlaw | undefined | Promise<EventFlaw | undefined> {
  if (!isUtf8(event)) return { kind: 'not_json', detail: 'the event is not valid UTF-8' };
  const levels = maxEventDepth + levelsAround;
  if (event.length > sliceBytes) return inSlices(new JsonScanner(event, new Uint8Array(levels)));
  const scanner = new JsonScanner(event, levelsAround === 0 ? brackets : new Uint8Array(levels));
  return describe(scanner.read(sliceBytes) ?? scanner.finish());
}

/** Of the events that are scanned in one go, one after the other: to make room for each costs more than to scan a small one. */
const brackets = new Uint8Array(maxEventDepth);

async function inSlices(scanner: JsonScanner): Promise<EventFlaw | undefined> {
  while (!scanner.done) {
    await ownTurn();
    const flaw = scanner.read(sliceBytes);
    if (flaw) return describe(flaw);
  }
  return describe(scanner.finish());
}

let lastTurn: Promise<void> = Promise.resolve();

/** One slice a turn over all events, however many are being judged: those that ask in one turn are given one turn after the other. */
function ownTurn(): Promise<void> {
  lastTurn = lastTurn.then(() => nextTurn());
  return lastTurn;
}

function describe(flaw: ScanFlaw | undefined): EventFlaw | undefined {
  if (flaw === undefined) return undefined;
  if (flaw.kind === 'too_deep') return { kind: 'too_deep', detail: `the event is nested deeper than ${maxEventDepth} levels` };
  return { kind: 'not_json', detail: `the event is not JSON: expected ${flaw.expected} at byte ${flaw.atByte}` };
}
