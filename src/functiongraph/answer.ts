import type { Answer } from '../call.ts';
import type { Envelope } from './envelope.ts';
import type { Exchange } from './exchange.ts';
import { parseSummary, summaryHeader } from './summary.ts';

type Answered = Exchange & { kind: 'answered' };

/** The only response fields that cross the gateway. */
const passedOn = [
  'content-type',
  'content-encoding',
  'content-language',
  'retry-after',
  'x-cff-invoke-summary',
  'x-cff-request-id',
  'x-cff-function-log',
  'x-cff-billing-duration',
  'x-func-err-code',
  'x-is-func-err',
] as const;

/** "The last 4K": what FunctionGraph promises of a log, and what fits into a header. */
const logLimitBytes = 4096;

/** The answer as it came, with the fields that may cross. */
export function plainAnswer({ status, headers, body }: Answered): Answer {
  const crossing: Record<string, string> = {};
  for (const name of passedOn) {
    const value = headers[name];
    if (value !== undefined) crossing[name] = value;
  }
  crossing['content-type'] ??= 'application/json';
  const summary = parseSummary(headers[summaryHeader]);
  const cacheControl = headers['cache-control'];
  return {
    status,
    headers: crossing,
    body,
    ...(cacheControl !== undefined && { cacheControl }),
    summary: summary.kind === 'read' ? summary.summary : undefined,
  };
}

/** The answer inside an envelope: the result is the body, the log a header, and the function's failure a 500. */
export function envelopedAnswer(answered: Answered, envelope: Envelope): Answer {
  const { status, headers, ...rest } = plainAnswer(answered);
  const log = envelope.log === undefined ? {} : { 'x-cff-function-log': tailBase64(envelope.log) };
  return {
    ...rest,
    status: isSuccess(envelope.status) ? status : 500,
    headers: { ...log, ...headers },
    body: Buffer.from(envelope.result),
  };
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

/** FunctionGraph sent a summary, and it could not be read: passed on all the same, and worth counting. */
export function hasUnreadableSummary(answer: Answer): boolean {
  return answer.summary === undefined && summaryHeader in answer.headers;
}

function tailBase64(log: string): string {
  return Buffer.from(log).subarray(-logLimitBytes).toString('base64');
}
