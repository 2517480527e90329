import type { Arrival } from '../../../src/accept.ts';
import { systemClock } from '../../../src/clock.ts';
import type { Measured } from '../../../src/gateway.ts';
import { ownHead } from '../../../src/http/head.ts';
import { rateLimitFields } from '../../../src/http/rate-limit.ts';
import { openMemory } from '../../../src/quota/ledger.ts';
import { Rules } from '../../../src/quota/rules.ts';
import { statesOf } from '../../../src/quota/state.ts';
import { replyTo } from '../../../src/reply.ts';
import { CallSignal } from '../../../src/signal.ts';
import { Metrics } from '../../../src/telemetry/metrics.ts';
import { answerOf } from '../../support/calls.ts';
import { config, consumer, sampleCall } from './sample-call.ts';
import { atOnce, type Step } from './step.ts';

/** What is done once the outcome of a call is known. */
export function answerSteps(): readonly Step[] {
  const call = sampleCall('hello');
  const { pricing } = config;
  const metrics = new Metrics({ version: '1.2.3', clock: systemClock, ...config.metrics, ...(pricing && { pricing }) });
  const outcome = { kind: 'ok', answer: answerOf(200, { summary }) } as const;
  const account = new Rules(pricing).of(consumer, call.target.name);
  const limits = statesOf(account, openMemory(systemClock).peek(account));
  const served: Measured = { reply: replyTo(outcome), call, limits, consumer: consumer.id, durationMs: 8.25 };
  return [
    atOnce(
      'metrics of an attempt and of its call',
      () => {
        metrics.attempted(call, '200', outcome, 8);
        metrics.requested(call.target, consumer.id, 200, 'ok', 8.25, 0.25);
        return metrics;
      },
      (counted) => [...counted.numbers()].length === 1,
    ),
    atOnce(
      'RateLimit fields of two limits',
      () => rateLimitFields(limits),
      (fields) => fields.length === 4,
    ),
    atOnce(
      'head of the answer, with those fields',
      () => ownHead(served, arrival),
      (head) => head.includes('ratelimit') && head.includes('x-request-id'),
    ),
  ];
}

const summary = { durationMs: 1.913, billedMs: 100, memorySizeMb: 128, memoryUsedMb: 41.51171875 };

const arrival: Arrival = {
  method: 'POST',
  name: 'hello',
  waitedMs: 0,
  requestId: '6f1c2f0e-6d9b-4c5e-9c0f-0d4b5a1f7e2d',
  trace: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: undefined },
  media: 'json',
  wantsLog: false,
  header: () => undefined,
  ending: new CallSignal(),
  readEvent: async () => ({ kind: 'cut_short' }),
};
