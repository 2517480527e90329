/** How traffic comes back: each share for a third of the ramp, then all. */
const shares = [0.1, 0.25, 0.5];
/** Long enough for instances to start; more would only prolong an outage that is over. */
const longestMs = 2_000;

/** A ramp lasts as long as the circuit is open the first time. */
export function rampMs(openForMs: number): number {
  return Math.min(openForMs, longestMs);
}

/** The share of calls that is let through `sinceMs` after the circuit has closed: one probe that succeeded says little of a full load. */
export function shareAfter(sinceMs: number, rampMs: number): number {
  return shares[Math.floor((sinceMs / rampMs) * shares.length)] ?? 1;
}
