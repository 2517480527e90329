import { probe } from './load/probe.ts';
import type { Load } from './load/request.ts';
import { type WrkRun, wrk } from './load/wrk.ts';
import type { Effort } from './plan.ts';
import type { Rounds } from './statistics.ts';

export interface Contestant {
  readonly name: string;
  readonly load: Load;
}

/** A run that does not count, and why. */
export interface Discarded {
  readonly round: number;
  readonly why: string;
}

export interface Measured {
  readonly name: string;
  readonly runs: readonly (WrkRun | undefined)[];
  readonly discarded: readonly Discarded[];
}

/** What disturbed a run is over after a while; what is wrong stays. */
const tries = 3;

/** Each program is warmed up, then they take turns: A B A B. A run with any answer other than the right one is thrown away. */
export async function compare(contestants: readonly Contestant[], { rounds, seconds, warmUpSeconds }: Effort): Promise<Measured[]> {
  for (const { load } of contestants) await wrk(load, warmUpSeconds);
  const measured = contestants.map(({ name, load }) => ({ name, load, runs: [] as (WrkRun | undefined)[], discarded: [] as Discarded[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { load, runs, discarded } of measured) runs.push(await runOf(load, seconds, (why) => discarded.push({ round, why })));
  }
  return measured.map(({ name, runs, discarded }) => ({ name, runs, discarded }));
}

export function callsPerSecond({ runs }: Measured): Rounds {
  return runs.map((run) => run?.callsPerSecond);
}

async function runOf(load: Load, seconds: number, discard: (why: string) => void): Promise<WrkRun | undefined> {
  for (let tried = 0; tried < tries; tried++) {
    const before = await probe(load);
    const run = before === undefined ? await wrk(load, seconds) : undefined;
    const fault = before ?? run?.fault ?? (await probe(load));
    if (fault === undefined) return run;
    discard(fault);
  }
  return undefined;
}
