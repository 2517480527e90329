import type { Execution } from './behaviour.ts';
import type { Sample } from './load.ts';

/** The smallest value that at least this share of the values does not exceed; NaN of none, which no figure allows. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export function latencies(samples: readonly Sample[]): number[] {
  return samples.map(({ latencyMs }) => latencyMs);
}

/**
 * The p99 of each second, and of these the median: what the machine does beside is mostly in some seconds, and none of it in others. Does
 * not see what happened in a few seconds alone.
 */
export function usualP99Ms(samples: readonly Sample[]): number {
  const seconds = Map.groupBy(samples, ({ dueAtMs }) => Math.floor(dueAtMs / 1_000));
  const p99s = [...seconds.values()].map((second) => percentile(latencies(second), 0.99));
  return percentile(p99s, 0.5);
}

/** What of each call's time was the gateway's own, as it says itself: without the noise that caller and upstream make at the same time. */
export function ownMs(samples: readonly Sample[]): number[] {
  return samples.map(({ headers }) => Number(/gateway;dur=([\d.]+)/.exec(String(headers['server-timing']))?.[1]));
}

/** How many were not answered as the function did, where the function never fails. */
export function failures(samples: readonly Sample[]): number {
  return samples.filter(({ status }) => status !== 200).length;
}

/** How many executions there were beyond the first of each request id. */
export function duplicates(executions: readonly Execution[]): number {
  return executions.length - new Set(executions.map(({ requestId }) => requestId)).size;
}

/** The most executions that ran at the same time, of those that began from `sinceMs` on. */
export function peakInFlight(executions: readonly Execution[], sinceMs = 0): number {
  const began = executions.filter(({ startedAtMs }) => startedAtMs >= sinceMs);
  const steps = began.flatMap(({ startedAtMs, endedAtMs = Number.POSITIVE_INFINITY }) => [
    { atMs: startedAtMs, by: 1 },
    { atMs: endedAtMs, by: -1 },
  ]);
  // Where one ends as another begins, the end is first.
  steps.sort((a, b) => a.atMs - b.atMs || a.by - b.by);
  let running = 0;
  return steps.reduce((peak, { by }) => {
    running += by;
    return Math.max(peak, running);
  }, 0);
}

/** How many of these times fall into each whole second from `fromMs` to `untilMs`. */
export function perSecond(timesMs: readonly number[], fromMs: number, untilMs: number): number[] {
  const seconds = Array<number>(Math.floor((untilMs - fromMs) / 1_000)).fill(0);
  for (const timeMs of timesMs) {
    const second = Math.floor((timeMs - fromMs) / 1_000);
    if (second in seconds) seconds[second]! += 1;
  }
  return seconds;
}
