import { billedMs } from './books.ts';
import type { Run } from './instance.ts';
import { tailOf } from './log-tail.ts';
import { type FunctionError, failureCodes } from './runtime/messages.ts';
import type { ServiceError } from './service-error.ts';

/** An HTTP answer before it is sent. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the caller asked of a synchronous invocation. */
export interface Asked {
  readonly requestId: string;
  readonly wantsLog: boolean;
  /** `v1`: the envelope. `v0`: the result as it is. `none`: the v1.0 API, which knows no such thing and answers as v0. */
  readonly form: 'v0' | 'v1' | 'none';
  readonly version: string;
  readonly memorySizeMb: number;
}

/** 6 MB ± 100 bytes of the serialised form. Source: FunctionGraph "Notes and Constraints". */
const maxResultBytes = 6 * 2 ** 20 + 100;

/**
 * The answer to a synchronous invocation that ran. Source: "Executing a Function Synchronously".
 *
 * Which status a function's own failure has is not documented: here 500, or in the envelope 200 with `status` 500 inside it.
 *
 * @param failureStatus the outer status of a failure, where it is to be another
 */
export function answerOf(run: Run, asked: Asked, failureStatus?: number): HttpAnswer {
  const { code, body: result } = resultOf(run);
  const failed = code !== 0;
  const log = asked.wantsLog ? tailOf(logOf(run, asked)) : undefined;
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    'X-Request-Id': asked.requestId,
    'X-Cff-Request-Id': asked.requestId,
    'X-Cff-Invoke-Summary': summaryOf(run, asked.memorySizeMb),
    'X-CFF-Billing-Duration': String(billedMs(run)),
    'X-Func-Err-Code': String(code),
    'X-Is-Func-Err': String(failed),
  };
  if (log !== undefined) headers['X-Cff-Function-Log'] = log.toString('base64');
  if (asked.form !== 'none') headers['X-Cff-Response-Version'] = asked.form;
  if (asked.form !== 'v1') return { status: failed ? (failureStatus ?? 500) : 200, headers, body: result };
  const envelope = { result, log: log?.toString() ?? '', status: failed ? 500 : 200, request_id: asked.requestId };
  return { status: failed ? (failureStatus ?? 200) : 200, headers, body: JSON.stringify(envelope) };
}

/** The answer of FunctionGraph itself, or of the API gateway in front of it. */
export function refusal(error: ServiceError, requestId: string): HttpAnswer {
  const headers = { 'Content-Type': 'application/json', 'X-Request-Id': requestId };
  const body = { error_code: error.code, error_msg: error.message };
  return {
    status: error.status,
    headers,
    body: JSON.stringify(error.code.startsWith('APIGW') ? { ...body, request_id: requestId } : body),
  };
}

function resultOf(run: Run): { code: number; body: string } {
  if (run.kind === 'failed') return { code: run.code, body: JSON.stringify(run.error) };
  const bytes = Buffer.byteLength(run.result);
  if (bytes <= maxResultBytes) return { code: 0, body: run.result };
  const errorMessage = `response body of ${bytes} bytes is too large, allowed are ${maxResultBytes}`;
  const error: FunctionError = { errorMessage, errorType: 'ResponseTooLarge' };
  return { code: failureCodes.responseTooLarge, body: JSON.stringify(error) };
}

function summaryOf(run: Run, memorySizeMb: number): string {
  return JSON.stringify({
    duration: run.durationMs,
    billingDuration: billedMs(run),
    memorySize: memorySizeMb,
    memoryUsed: run.memoryUsedMb,
  });
}

/** The lines of the API reference's example around what the function wrote. */
function logOf(run: Run, { requestId, version, memorySizeMb }: Asked): string {
  const used = run.memoryUsedMb.toFixed(3);
  const cost = `duration: ${run.durationMs.toFixed(3)}ms, billing duration: ${billedMs(run)}ms, memory used: ${used}MB, billing memory: ${memorySizeMb}MB`;
  return [
    `${isoSeconds(run.startedAtEpochMs)} Start invoke request '${requestId}', version: ${version}`,
    run.log,
    `${isoSeconds(run.finishedAtEpochMs)} Finish invoke request '${requestId}', ${cost}`,
  ].join('\n');
}

function isoSeconds(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
