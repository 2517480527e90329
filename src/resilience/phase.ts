import type { BreakerPolicy, Problem } from '../call.ts';
import { rampMs, shareAfter } from './ramp.ts';

/**
 * What a circuit is doing, as one object for each time it does it: an attempt that began in another one is told by that.
 * Forced: an operator holds it there.
 */
export type Phase =
  /** `sinceMs` is minus infinity for a circuit that does not come back from an outage: it has no ramp. */
  | { readonly state: 'closed'; readonly sinceMs: number; readonly forced: boolean }
  | { readonly state: 'half-open'; readonly forced: false }
  /** From `probeAtMs` on the next call is the probe: infinity when forced. */
  | { readonly state: 'open'; readonly probeAtMs: number; readonly forced: boolean };

export type BreakerState = Phase['state'];

/** A probe is over soon, one way or the other. */
const afterProbeMs = 1_000;

/** Why a call is not let through, and when it is worth to come again. */
export function refusalIn(phase: Phase, name: string, { openForMs }: BreakerPolicy, nowMs: number): Problem {
  const circuit = `the circuit of function "${name}"`;
  switch (phase.state) {
    case 'open': {
      if (phase.forced) return circuitOpen(`${circuit} is held open by an operator`, openForMs);
      const retryAfterMs = Math.max(0, phase.probeAtMs - nowMs);
      const seconds = Math.ceil(retryAfterMs / 1000);
      return circuitOpen(
        `${circuit} is open after too many failed or slow calls; the next one is let through in ${seconds} s`,
        retryAfterMs,
      );
    }
    case 'half-open':
      return circuitOpen(`${circuit} is half-open; one call is under way that says whether it closes`, afterProbeMs);
    case 'closed': {
      const wholeMs = rampMs(openForMs);
      const sinceMs = nowMs - phase.sinceMs;
      const percent = 100 * shareAfter(sinceMs, wholeMs);
      return circuitOpen(`${circuit} has just closed; it lets ${percent} % of the calls through, and soon all`, wholeMs - sinceMs);
    }
  }
}

function circuitOpen(detail: string, retryAfterMs: number): Problem {
  return { code: 'circuit_open', detail, retryAfterMs };
}
