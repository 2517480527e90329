import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { Bench, type FnReturnedObject } from 'tinybench';
import type { Step } from './step.ts';

/** What a step costs, in nanoseconds a call. */
export interface Cost {
  readonly name: string;
  readonly medianNs: number;
  /** The median distance of a batch from the median of them all. */
  readonly deviationNs: number;
}

export interface Effort {
  readonly timeMs: number;
  readonly warmupMs: number;
  /** Batches of each step at least, for those that take longer than the time. */
  readonly batches: number;
}

/**
 * Callers that stay, each with one call at a time. More than one, as in a gateway at work: Node keeps timers of equal length in one
 * list, and to make one for a single timer and throw it away costs twice as much as the timer.
 */
const callers = 16;

/** No call is left out because nobody looks at what it gives. */
const seen: { last: unknown } = { last: undefined };

/** Times each step in batches: a single call is often shorter than a look at the clock. */
export async function measure(steps: readonly Step[], { timeMs, warmupMs, batches }: Effort): Promise<Cost[]> {
  const bench = new Bench({
    time: timeMs,
    iterations: batches,
    warmupTime: warmupMs,
    warmupIterations: Math.min(batches, 3),
    throws: true,
    timestampProvider: 'hrtimeNow',
  });
  // Timers and sockets get their turn before a batch, and not within the measurement.
  const beforeEach = async () => void (await turnOfTheLoop());
  for (const step of steps) {
    const batch = batchOf(step, () => bench.now());
    // Said, not found out: to find out a step would be called before its time.
    bench.add(step.name, batch, { async: step.kind !== 'at once', beforeEach });
  }
  return (await bench.run()).map(({ name, result }) => {
    if (!('latency' in result)) throw new Error(`${name} was not measured: ${result.state}`);
    const { p50, mad } = result.latency;
    return { name, medianNs: p50 * 1e6, deviationNs: mad * 1e6 };
  });
}

function batchOf(step: Step, nowMs: () => number): () => FnReturnedObject | Promise<FnReturnedObject> {
  if (step.kind === 'timed') {
    return async () => {
      const { tookMs, wholeMs } = await step.run();
      return { overriddenDuration: tookMs, overriddenIterationCost: wholeMs };
    };
  }
  const { callsPerBatch } = step;
  const each = (beganAtMs: number): FnReturnedObject => {
    const tookMs = nowMs() - beganAtMs;
    return { overriddenDuration: tookMs / callsPerBatch, overriddenIterationCost: tookMs };
  };
  if (step.kind === 'at once') {
    return () => {
      const beganAtMs = nowMs();
      for (let call = 0; call < callsPerBatch; call++) seen.last = step.run();
      return each(beganAtMs);
    };
  }
  const oneCaller = async () => {
    for (let turn = 0; turn < callsPerBatch / callers; turn++) seen.last = await step.run();
  };
  return async () => {
    const beganAtMs = nowMs();
    await Promise.all(Array.from({ length: callers }, oneCaller));
    return each(beganAtMs);
  };
}
