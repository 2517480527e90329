import type { Answer } from './call.ts';
import type { Measured } from './gateway.ts';
import { statusOf } from './reply.ts';
import type { Failure } from './telemetry/failures.ts';

/** What an operator may see of an answer that was no result; undefined: it was one. Nothing that a function or a caller wrote is in it. */
export function failureOf({ reply, call, consumer, durationMs }: Measured, requestId: string, atMs: number): Failure | undefined {
  if (reply.label === 'ok') return undefined;
  const of = { atMs, requestId, consumer, status: statusOf(reply), durationMs, attempts: call?.tally.attempts ?? 0 };
  if (reply.kind === 'left') return { ...of, outcome: reply.label, code: undefined, detail: 'the caller left before the answer came' };
  if (reply.kind === 'problem') return { ...of, outcome: reply.label, code: reply.problem.code, detail: reply.problem.detail };
  const { answer, label } = reply;
  if (label === 'function_error') return { ...of, outcome: label, code: undefined, detail: 'the function ran and failed' };
  const code = serviceCodeOf(answer);
  return {
    ...of,
    outcome: label,
    code,
    detail: answer.status === 429 ? 'FunctionGraph took no more calls' : 'FunctionGraph answered with an error',
  };
}

/** FunctionGraph's own code stands at the beginning of its error, see `functiongraph/service-error.ts`. */
function serviceCodeOf({ body }: Answer): string | undefined {
  return /"error_code"\s*:\s*"((?:FSS|APIGW?|FGS)\.\d{3,5})"/.exec(body.subarray(0, 512).toString('latin1'))?.[1];
}
