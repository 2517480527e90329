import { Distribution } from './distribution.ts';
import { type BreakerState, callSeconds, type FunctionTally } from './function-tally.ts';

/** What one function has come to since the process began, as far as this gateway knows. Counts only rise. */
export interface FunctionNumbers {
  /** A configured name, or `_unknown`. */
  readonly function: string;
  /** All that were answered. */
  readonly requests: number;
  /** By `ok`, `function_error`, `upstream_error`, `refused`, `gateway_error`, `client_closed`. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly attempts: number;
  readonly retries: number;
  /** Of kept results, where the caller allowed one. */
  readonly lookups: number;
  /** Of those: answered by what is kept, or by what another call was computing. */
  readonly kept: number;
  /** With a summary. */
  readonly executions: number;
  readonly billedMbMs: number;
  readonly wastedMbMs: number;
  readonly savedMbMs: number;
  readonly savedCalls: number;
  readonly breaker: BreakerState | undefined;
  /** Of the last execution. */
  readonly memorySizeMb: number | undefined;
  /** In seconds, all outcomes together. */
  readonly duration: Distribution;
  /** In seconds: what the gateway itself added. */
  readonly overhead: Distribution;
  /** In bytes. */
  readonly memoryUsed: Distribution | undefined;
}

const keptResults: ReadonlySet<unknown> = new Set(['hit', 'stale', 'coalesced']);

export function numbersOf(name: string, tally: FunctionTally): FunctionNumbers {
  const duration = new Distribution(callSeconds);
  const outcomes: Record<string, number> = {};
  for (const [outcome, observed] of tally.requestSecondsByOutcome()) {
    duration.add(observed);
    outcomes[outcome] = observed.count;
  }
  let lookups = 0;
  let kept = 0;
  for (const [[result], count] of tally.cacheRequests.leaves()) {
    if (result !== 'bypass') lookups += count;
    if (keptResults.has(result)) kept += count;
  }
  return {
    function: name,
    requests: duration.count,
    outcomes,
    attempts: tally.attempts.total(),
    retries: tally.retries.total(),
    lookups,
    kept,
    executions: tally.billedCalls.total(),
    billedMbMs: tally.allBilledMbMs,
    wastedMbMs: tally.wastedMbMs.total(),
    savedMbMs: tally.savedMbMs,
    savedCalls: tally.savedCalls,
    breaker: tally.breaker,
    memorySizeMb: tally.memorySizeMb,
    duration,
    overhead: tally.overheadSeconds,
    memoryUsed: tally.executed?.memoryBytes,
  };
}
