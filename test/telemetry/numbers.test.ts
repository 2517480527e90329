import { expect, test } from 'vitest';
import { answerOf, callOf, targetOf } from '../support/calls.ts';
import { newMetrics } from '../support/metrics.ts';

test('the numbers of a function are those that a scrape shows, over all consumers', () => {
  const metrics = newMetrics();
  const target = targetOf();
  const summary = { durationMs: 5, billedMs: 6, memorySizeMb: 256, memoryUsedMb: 40 };
  metrics.requested(target, 'billing', 200, 'ok', 4, 1);
  metrics.requested(target, 'web', 502, 'upstream_error', 40, 1);
  metrics.attempted(callOf({ target, consumer: 'billing' }), '200', { kind: 'ok', answer: answerOf(200, { summary }) }, 8);
  metrics.attempted(callOf({ target, consumer: 'web' }), 'reset', { kind: 'unreachable', reason: 'reset', sent: true }, 8);
  metrics.retried(target, 'unreachable');
  for (const result of ['hit', 'stale', 'coalesced', 'miss', 'bypass'] as const) metrics.recalled(target, result, 'none');
  metrics.saved(target, 1_000);
  metrics.wasted(target, 'retry', 10);
  metrics.breakerState(target, 'open');
  const [numbers] = metrics.numbers();
  expect(numbers).toMatchObject({
    function: 'hello',
    requests: 2,
    outcomes: { ok: 1, upstream_error: 1 },
    attempts: 2,
    retries: 1,
    lookups: 4,
    kept: 3,
    executions: 1,
    billedMbMs: 1_536,
    wastedMbMs: 10,
    savedMbMs: 1_000,
    savedCalls: 1,
    breaker: 'open',
    memorySizeMb: 256,
  });
  expect(numbers!.duration.count).toBe(2);
  expect(numbers!.memoryUsed!.count).toBe(1);
});
