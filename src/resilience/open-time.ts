/** Opened again and again, a circuit stays open up to this many times as long: an outage of an hour needs no probe every few seconds. */
const longest = 10;
/** Jitter shortens by up to this share, so that the circuits of many functions and many gateways do not probe at one moment. */
const jitter = 0.1;

/** How long a circuit stays open that has opened `again` times in a row: doubled each time. `random` is 0 to 1. */
export function openTimeMs(openForMs: number, again: number, random: number): number {
  const wholeMs = openForMs * Math.min(longest, 2 ** again);
  return wholeMs * (1 - jitter * random);
}
