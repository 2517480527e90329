import { expect, test } from 'vitest';
import type { Outcome } from '../../src/call.ts';
import { ranOutOfMemory } from '../../src/functiongraph/out-of-memory.ts';
import { answerOf, outcomes } from '../support/calls.ts';

const failed = (headers: Record<string, string>, body = '{}'): Outcome => ({
  kind: 'function_error',
  answer: answerOf(500, { headers, body: Buffer.from(body) }),
});
const told = '{"errorMessage":"runtime memory limit exceeded","errorType":"RuntimeError"}';

test.each<[string, Outcome, boolean]>([
  ['the error number of it', failed({ 'x-func-err-code': ' 4205' }), true],
  ['its text', failed({}, told), true],
  ['another number', failed({ 'x-func-err-code': '4002' }), false],
  ['its text somewhere in a long answer', failed({}, `${told}${' '.repeat(5_000)}`), false],
  ['its text from a function that did not fail', { kind: 'ok', answer: answerOf(200, { body: Buffer.from(told) }) }, false],
])('%s', (_what, outcome, ranOut) => expect(ranOutOfMemory(outcome)).toBe(ranOut));

test.each(Object.entries(outcomes))('%s is not for want of memory', (_name, outcome) => expect(ranOutOfMemory(outcome)).toBe(false));
