import { expect, test } from 'vitest';
import { type Failure, Failures } from '../../src/telemetry/failures.ts';

const failureOf = (requestId: string): Failure => ({
  atMs: 0,
  requestId,
  consumer: 'anonymous',
  status: 502,
  outcome: 'upstream_error',
  code: 'upstream_unreachable',
  detail: 'the connection to FunctionGraph was refused',
  durationMs: 3,
  attempts: 3,
});

test('the last 50 failures of a function are known, the newest first', () => {
  const failures = new Failures();
  for (let at = 0; at < 120; at++) failures.note('hello', failureOf(`request-${at}`));
  const ids = failures.of('hello').map(({ requestId }) => requestId);
  expect([ids.length, ids[0], ids.at(-1)]).toEqual([50, 'request-119', 'request-70']);
  expect(failures.of('nobody')).toEqual([]);
});

test('of more than 200 functions those are forgotten that failed longest ago', () => {
  const failures = new Failures();
  for (let at = 0; at < 200; at++) failures.note(`fn-${at}`, failureOf('first'));
  failures.note('fn-0', failureOf('again'));
  failures.note('fn-200', failureOf('first'));
  expect(failures.of('fn-0')).toHaveLength(2);
  expect(failures.of('fn-1')).toHaveLength(0);
  expect(failures.of('fn-200')).toHaveLength(1);
});
