import { describe, expect, test } from 'vitest';
import { type Asked, answerOf, refusal } from '../../src/emulator/answer.ts';
import type { Run } from '../../src/emulator/instance.ts';
import { serviceErrors } from '../../src/emulator/service-error.ts';

const ran = { durationMs: 65.828, memoryUsedMb: 21.473, log: 'Hello, World!\n', startedAtEpochMs: Date.UTC(2022, 8, 20, 11, 43, 57, 999) };
const done: Run = { kind: 'done', result: '{"key":"välue"}', finishedAtEpochMs: Date.UTC(2022, 8, 20, 11, 43, 58), ...ran };
const failed: Run = { ...done, kind: 'failed', code: 4010, error: { errorMessage: 'call invoke timeout 3s', errorType: 'RuntimeError' } };
const asked: Asked = { requestId: '1cbe80f3', wantsLog: false, form: 'v0', version: 'v1', memorySizeMb: 128 };

const log = `2022-09-20T11:43:57Z Start invoke request '1cbe80f3', version: v1
Hello, World!

2022-09-20T11:43:58Z Finish invoke request '1cbe80f3', duration: 65.828ms, billing duration: 66ms, memory used: 21.473MB, billing memory: 128MB`;

describe('the answer of a run', () => {
  test('v0 is the result itself, with what it cost', () => {
    expect(answerOf(done, asked)).toEqual({
      status: 200,
      headers: {
        'Content-Type': 'application/json',
        'X-Request-Id': '1cbe80f3',
        'X-Cff-Request-Id': '1cbe80f3',
        'X-Cff-Invoke-Summary': '{"duration":65.828,"billingDuration":66,"memorySize":128,"memoryUsed":21.473}',
        'X-CFF-Billing-Duration': '66',
        'X-Func-Err-Code': '0',
        'X-Is-Func-Err': 'false',
        'X-Cff-Response-Version': 'v0',
      },
      body: '{"key":"välue"}',
    });
  });

  test('v1 is the envelope of the API reference, its result a string', () => {
    const { headers, body } = answerOf(done, { ...asked, form: 'v1', wantsLog: true });
    expect(headers['X-Cff-Response-Version']).toBe('v1');
    expect(JSON.parse(body)).toEqual({ result: '{"key":"välue"}', log, status: 200, request_id: '1cbe80f3' });
  });

  test('the v1.0 API knows no response version', () => {
    expect(answerOf(done, { ...asked, form: 'none' }).headers).not.toHaveProperty('X-Cff-Response-Version');
  });

  test('the log comes in Base64, only when asked for', () => {
    expect(answerOf(done, asked).headers).not.toHaveProperty('X-Cff-Function-Log');
    const tail = answerOf(done, { ...asked, wantsLog: true }).headers['X-Cff-Function-Log'];
    expect(Buffer.from(tail!, 'base64').toString()).toBe(log);
  });

  test('a function’s failure is a 500 with its number, in the envelope a 200 with status 500 inside', () => {
    const plain = answerOf(failed, asked);
    expect(plain).toMatchObject({ status: 500, headers: { 'X-Func-Err-Code': '4010', 'X-Is-Func-Err': 'true' } });
    expect(JSON.parse(plain.body)).toEqual({ errorMessage: 'call invoke timeout 3s', errorType: 'RuntimeError' });
    const envelope = answerOf(failed, { ...asked, form: 'v1' });
    expect(envelope.status).toBe(200);
    expect(JSON.parse(envelope.body)).toMatchObject({ status: 500, result: plain.body });
  });

  test('a result over 6 MB and 100 bytes is the function’s failure, one of just that is not', () => {
    const limit = 6 * 2 ** 20 + 100;
    const ofBytes = (bytes: number): Run => ({ ...done, result: `"${'x'.repeat(bytes - 2)}"` });
    expect(answerOf(ofBytes(limit), asked)).toMatchObject({ status: 200, headers: { 'X-Func-Err-Code': '0' } });
    expect(answerOf(ofBytes(limit + 1), asked)).toMatchObject({ status: 500, headers: { 'X-Func-Err-Code': '4004' } });
  });
});

describe('a refusal', () => {
  test('has FunctionGraph’s code and text, and the API gateway’s has the request id too', () => {
    expect(refusal(serviceErrors.noFunction, 'id')).toMatchObject({
      status: 404,
      body: '{"error_code":"FSS.1051","error_msg":"Not found the function"}',
    });
    expect(JSON.parse(refusal(serviceErrors.gatewayThrottled, 'id').body)).toMatchObject({ error_code: 'APIGW.0308', request_id: 'id' });
  });
});
