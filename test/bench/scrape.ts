import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { answerOf, callOf, targetOf } from '../support/calls.ts';
import { newMetrics } from '../support/metrics.ts';
import { median } from './statistics.ts';

export interface Scrape {
  readonly lines: number;
  /** Medians over the scrapes. */
  readonly wholeMs: number;
  /** The longest that nothing else had its turn. */
  readonly heldMs: number;
}

const outcomes = ['ok', 'function_error', 'upstream_error', 'refused'];
const summary = { durationMs: 5, billedMs: 6, memorySizeMb: 128, memoryUsedMb: 40 };

/** Scrapes `/metrics` of a gateway with so many functions, each called with every outcome by two consumers. */
export async function measureScrape(functions: number, scrapes: number): Promise<Scrape> {
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
  let lines = 0;
  const whole: number[] = [];
  const held: number[] = [];
  for (let scrape = 0; scrape < scrapes; scrape++) {
    const beganAtMs = performance.now();
    let turnAtMs = beganAtMs;
    let longestMs = 0;
    lines = 0;
    for await (const slice of metrics.exposition('text')) {
      lines += slice.split('\n').length - 1;
      longestMs = Math.max(longestMs, performance.now() - turnAtMs);
      await turnOfTheLoop();
      turnAtMs = performance.now();
    }
    whole.push(performance.now() - beganAtMs);
    held.push(longestMs);
  }
  return { lines, wholeMs: median(whole), heldMs: median(held) };
}
