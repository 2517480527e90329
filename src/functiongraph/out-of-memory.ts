import type { Outcome } from '../call.ts';

/** `X-Func-Err-Code` and its text. Source: the error numbers of Huawei's engine; which of them FunctionGraph sends is not documented. */
const code = '4205';
const text = 'runtime memory limit exceeded';
/** The text comes in a short error, not somewhere in a function's long answer. */
const shortBytes = 4 * 1024;

/** Whether FunctionGraph ended the execution because the function's memory was used up. */
export function ranOutOfMemory(outcome: Outcome): boolean {
  if (outcome.kind !== 'function_error') return false;
  const { headers, body } = outcome.answer;
  return headers['x-func-err-code']?.trim() === code || (body.length <= shortBytes && body.includes(text));
}
