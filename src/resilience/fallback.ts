import type { Answer, Outcome, Target } from '../call.ts';
import { countsAsFailure } from './verdict.ts';

/**
 * The static answer of a function's configuration, where it has one and the upstream fails or the circuit is open.
 * `Proxy-Status` says that it is not the function's: nobody should take it for a result.
 */
export function standIn({ fallback }: Target, outcome: Outcome): Answer | undefined {
  if (fallback === undefined) return undefined;
  const circuitOpen = outcome.kind === 'refused' && outcome.problem.code === 'circuit_open';
  if (!circuitOpen && !countsAsFailure(outcome)) return undefined;
  const headers = { 'content-type': 'application/json', 'proxy-status': 'runway; error=destination_unavailable; details="fallback"' };
  return { status: fallback.status, headers, body: fallback.body, summary: undefined };
}
