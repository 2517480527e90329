import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Metrics } from '../../../src/telemetry/metrics.ts';
import { answerOf, callOf, targetOf } from '../../support/calls.ts';
import { newMetrics } from '../../support/metrics.ts';
import type { Step, Timed } from './step.ts';

const outcomes = ['ok', 'function_error', 'upstream_error', 'refused'];
const summary = { durationMs: 5, billedMs: 6, memorySizeMb: 128, memoryUsedMb: 40 };

/** Of `/metrics` of a gateway with so many functions, each called with every outcome by two consumers. */
export function scrapeSteps(functions: number): readonly Step[] {
  const metrics = newMetrics();
  for (let index = 0; index < functions; index++) {
    const target = targetOf({ name: `fn-${index}` });
    for (const consumer of ['billing', 'web']) {
      for (const outcome of outcomes) metrics.requested(target, consumer, 200, outcome, 12, 0.2);
      metrics.attempted(callOf({ target, consumer }), '200', { kind: 'ok', answer: answerOf(200, { summary }) }, 8);
    }
    metrics.recalled(target, 'hit', 'memory');
    metrics.retried(target, 'throttled');
  }
  const timed = (name: string, run: () => Promise<Timed>): Step => ({
    kind: 'timed',
    name,
    run,
    isRight: ({ tookMs }: Timed) => tookMs > 0,
  });
  const known = functions.toLocaleString('en');
  return [
    timed(`scrape of ${known} functions`, async () => {
      const { wholeMs } = await scrape(metrics);
      return { tookMs: wholeMs, wholeMs };
    }),
    timed(`scrape of ${known} functions: the longest wait of a call`, async () => {
      const { longestMs, wholeMs } = await scrape(metrics);
      return { tookMs: longestMs, wholeMs };
    }),
  ];
}

/** `longestMs`: that nothing else had its turn. */
async function scrape(metrics: Metrics): Promise<{ readonly longestMs: number; readonly wholeMs: number }> {
  const beganAtMs = performance.now();
  let turnAtMs = beganAtMs;
  let longestMs = 0;
  for await (const _slice of metrics.exposition('text')) {
    longestMs = Math.max(longestMs, performance.now() - turnAtMs);
    await turnOfTheLoop();
    turnAtMs = performance.now();
  }
  return { longestMs, wholeMs: performance.now() - beganAtMs };
}
