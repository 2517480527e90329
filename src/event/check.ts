import { isUtf8 } from 'node:buffer';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { JsonScanner, type ScanFlaw } from './scan.ts';

/** Deeper events break the parsers they meet on the way: recursion in functions' runtimes, and in canonical forms. */
export const maxEventDepth = 512;

/** Between two slices the event loop runs: some 0.5 ms each on a common core, so that nobody waits for another's large event. */
const sliceBytes = 64 * 1024;

/**
 * What is wrong with an event, for its sender to read; `undefined` when it is JSON in UTF-8, at most {@link maxEventDepth} deep.
 * Names places, never content. Small events are answered at once, larger ones in slices.
 */
export function flawOfEvent(event: Buffer): string | undefined | Promise<string | undefined> {
  if (!isUtf8(event)) return 'the event is not valid UTF-8';
  const scanner = new JsonScanner(event, maxEventDepth);
  return event.length <= sliceBytes ? describe(scanner.read(sliceBytes) ?? scanner.finish()) : inSlices(scanner);
}

async function inSlices(scanner: JsonScanner): Promise<string | undefined> {
  while (!scanner.done) {
    const flaw = scanner.read(sliceBytes);
    if (flaw) return describe(flaw);
    await eventLoopTurn();
  }
  return describe(scanner.finish());
}

function describe(flaw: ScanFlaw | undefined): string | undefined {
  if (flaw === undefined) return undefined;
  if (flaw.kind === 'too_deep') return `the event is nested deeper than ${maxEventDepth} levels`;
  return `the event is not JSON: expected ${flaw.expected} at byte ${flaw.atByte}`;
}
