import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Call, Invoke } from '../../src/call.ts';
import { median } from './statistics.ts';

/** Something to time: calls through `invoke`. */
export interface Step {
  readonly name: string;
  readonly invoke: Invoke;
  /** A call accepted just now. */
  readonly call: () => Call;
}

export interface Effort {
  readonly rounds: number;
  /** How long one batch of calls should take, about. */
  readonly batchMs: number;
}

/**
 * Callers that stay, each with one call at a time. More than one, as in a gateway at work: Node keeps timers of equal length in one
 * list, and to make one for a single timer and throw it away costs twice as much as the timer.
 */
const callers = Array.from({ length: 16 }, () => new AbortController().signal);

/**
 * The median cost of each step, in nanoseconds a call. Every round takes a batch of each step in turn, so that what else the machine
 * does falls on all of them alike: their differences are what is asked for.
 */
export async function measure(steps: readonly Step[], { rounds, batchMs }: Effort): Promise<number[]> {
  const counts: number[] = [];
  for (const step of steps) counts.push(await callsIn(batchMs, step));
  const costs = steps.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, step] of steps.entries()) costs[index]!.push((await batchNs(step, counts[index]!)) / counts[index]!);
  }
  return costs.map(median);
}

/** How many calls fill a batch; finding out warms the code up. */
async function callsIn(batchMs: number, step: Step): Promise<number> {
  const tried = 20_000;
  await batchNs(step, tried);
  return inTurns((tried * batchMs * 1e6) / (await batchNs(step, tried)));
}

async function batchNs({ invoke, call }: Step, count: number): Promise<number> {
  // Timers and sockets get their turn here, and not within the measurement.
  await turnOfTheLoop();
  const beganAt = process.hrtime.bigint();
  await Promise.all(
    callers.map(async (signal) => {
      for (let turn = 0; turn < count / callers.length; turn++) await invoke(call(), signal);
    }),
  );
  return Number(process.hrtime.bigint() - beganAt);
}

/** As many calls, so that each caller makes equally many. */
function inTurns(count: number): number {
  return callers.length * Math.max(1, Math.round(count / callers.length));
}
