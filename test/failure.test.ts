import { describe, expect, test } from 'vitest';
import { failureOf } from '../src/failure.ts';
import type { Measured } from '../src/gateway.ts';
import { refusal, replyTo } from '../src/reply.ts';
import { answerOf, callOf, outcomes } from './support/calls.ts';

const measured = (outcome: Parameters<typeof replyTo>[0]): Measured => ({
  reply: replyTo(outcome),
  call: callOf(),
  consumer: 'anonymous',
  durationMs: 12,
});
const noted = (served: Measured) => failureOf(served, 'request-1', 1_000);

describe('of an answer that was no result', () => {
  test('there is what an operator can look it up by', () => {
    expect(noted(measured(outcomes.notSent))).toEqual({
      atMs: 1_000,
      requestId: 'request-1',
      consumer: 'anonymous',
      status: 502,
      outcome: 'upstream_error',
      code: 'upstream_unreachable',
      detail: 'the connection to FunctionGraph was refused',
      durationMs: 12,
      attempts: 0,
    });
  });

  test('there is the code of FunctionGraph, where it has one', () => {
    const answer = answerOf(500, { body: Buffer.from('{"error_code":"FSS.0500","error_msg":"secret of the upstream"}') });
    const failure = noted(measured({ ...outcomes.serviceError, answer }));
    expect(failure).toMatchObject({ code: 'FSS.0500', detail: 'FunctionGraph answered with an error' });
    expect(JSON.stringify(failure)).not.toContain('secret');
  });

  test.each(['{"error_code":"<script>"}', '{"error_code":"FSS.<b>"}', '', 'x'.repeat(10_000)])(
    'there is no code that is none: %.30j',
    (body) => {
      expect(noted(measured({ ...outcomes.serviceError, answer: answerOf(500, { body: Buffer.from(body) }) }))!.code).toBeUndefined();
    },
  );

  test('there is nothing of what the function made', () => {
    const answer = answerOf(500, { body: Buffer.from('{"errorMessage":"card 4111","errorType":"Error"}') });
    expect(noted(measured({ kind: 'function_error', answer }))).toMatchObject({
      outcome: 'function_error',
      detail: 'the function ran and failed',
    });
    expect(JSON.stringify(noted(measured({ kind: 'function_error', answer })))).not.toContain('4111');
  });

  test('of a caller who left there is that, and of one whom nobody knows that nobody does', () => {
    expect(noted(measured(outcomes.abandoned))).toMatchObject({ status: 499, outcome: 'client_closed' });
    const refused = { reply: refusal({ code: 'forbidden', detail: 'no' }), consumer: '_unknown', durationMs: 1 };
    expect(noted(refused)).toMatchObject({ status: 403, code: 'forbidden', consumer: '_unknown', attempts: 0 });
  });
});

test('a result is no failure', () => {
  expect(noted(measured(outcomes.ok))).toBeUndefined();
});
