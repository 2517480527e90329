import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/call.ts';
import { summaryOf } from '../../src/call.ts';
import { hasUnreadableSummary } from '../../src/functiongraph/answer.ts';
import { classify } from '../../src/functiongraph/classify.ts';
import type { Exchange } from '../../src/functiongraph/exchange.ts';

const nowMs = Date.UTC(2026, 10, 23, 12, 0, 0);

function answered(status: number, headers: Record<string, string>, body: unknown): Exchange {
  return { kind: 'answered', status, headers, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) };
}

function serviceError(status: number, code: string, message = 'text', headers: Record<string, string> = {}): Exchange {
  return answered(status, headers, { error_code: code, error_msg: message });
}

const v1 = { 'x-cff-response-version': 'v1' };
const envelope = (status: unknown, result: unknown = '{"a":1}') => ({ status, result, request_id: 'r' });
const thrown = { errorMessage: 'no such table', errorType: 'Error' };

/** What the outcome is in short: its kind, and what tells it from others of its kind. */
function brief(outcome: Outcome): string {
  if (outcome.kind === 'upstream_error') return outcome.cause;
  if (outcome.kind === 'throttled' && outcome.disabled) return 'disabled';
  return outcome.kind;
}

describe('an answer is classified in this order', () => {
  test.each<[string, Exchange, string]>([
    // 1. An error of the service, by its code.
    ['FSS code', serviceError(404, 'FSS.1051', 'Not found the function'), 'service'],
    ['FSS code of the 2018 API', serviceError(404, 'FSS.0404', 'Not found the specified resource'), 'service'],
    ['internal error', serviceError(500, 'FSS.0500'), 'service'],
    ['FGS code', serviceError(500, 'FGS.0001'), 'service'],
    ['APIG code that is not about access', serviceError(404, 'APIG.0101'), 'service'],
    ['a service error that is also marked as the function’s', serviceError(500, 'FSS.0500', '', { 'x-is-func-err': 'true' }), 'service'],
    ['a service error with details', answered(400, {}, { error_code: 'FSS.0400', details: { error_msg: 'x' } }), 'service'],
    ['wrong signature', serviceError(401, 'APIGW.0301'), 'rejected_gateway'],
    ['wrong signature, older prefix', serviceError(401, 'APIG.0301'), 'rejected_gateway'],
    ['access code with another status', serviceError(400, 'APIGW.0305'), 'rejected_gateway'],
    ['FSS.0401', serviceError(401, 'FSS.0401'), 'rejected_gateway'],
    ['FSS.0403', serviceError(403, 'FSS.0403'), 'rejected_gateway'],
    ['FSS.0403 with another status', serviceError(400, 'FSS.0403'), 'rejected_gateway'],
    ['any other code with 403', serviceError(403, 'FSS.1126'), 'rejected_gateway'],
    ['too many requests', serviceError(429, 'FSS.0429', 'Too many requests.'), 'throttled'],
    ['throttled by the API gateway', serviceError(429, 'APIGW.0308'), 'throttled'],
    ['the same code with an access status', serviceError(403, 'APIG.0308'), 'throttled'],
    ['disabled', serviceError(429, 'FSS.0429', 'Function Disabled'), 'disabled'],
    ['disabled, in other letters', serviceError(429, 'FSS.0429', 'function disabled.'), 'disabled'],
    ['the text of disabled with another code', serviceError(429, 'FSS.0500', 'Function Disabled'), 'throttled'],
    // 2. A failure marked as the function's.
    ['marked with 200', answered(200, { 'x-is-func-err': 'true' }, thrown), 'function_error'],
    ['marked in capitals', answered(200, { 'x-is-func-err': 'TRUE' }, thrown), 'function_error'],
    ['marked by a number', answered(200, { 'x-func-err-code': '4002' }, thrown), 'function_error'],
    ['marked with 500', answered(500, { 'x-func-err-code': '4010' }, 'call invoke timeout'), 'function_error'],
    ['marked with 429', answered(429, { 'x-is-func-err': 'true' }, '{}'), 'function_error'],
    ['marked, and not the envelope it is said to be', answered(200, { ...v1, 'x-is-func-err': 'true' }, thrown), 'function_error'],
    // 3. An envelope with another status.
    ['envelope with 500', answered(200, v1, envelope(500)), 'function_error'],
    ['envelope with 404', answered(200, v1, envelope(404)), 'function_error'],
    ['envelope with 0', answered(200, v1, envelope(0)), 'function_error'],
    ['envelope with 500 in an answer with 500', answered(500, v1, envelope(500)), 'function_error'],
    // 4. What a runtime makes of an exception.
    ['exception with 500', answered(500, {}, thrown), 'function_error'],
    ['exception with 502', answered(502, {}, thrown), 'function_error'],
    ['exception under a 4xx', answered(400, {}, thrown), 'invalid'],
    ['half an exception', answered(500, {}, { errorType: 'Error' }), 'invalid'],
    // 5. Success.
    ['plain', answered(200, {}, { message: 'Hello World' }), 'ok'],
    ['marked as none', answered(200, { 'x-is-func-err': 'false', 'x-func-err-code': '0' }, '{}'), 'ok'],
    ['text', answered(200, {}, 'hello'), 'ok'],
    ['empty', answered(204, {}, ''), 'ok'],
    ['a result that looks like a service error', answered(200, {}, { error_code: 'FSS.0500', error_msg: '' }), 'ok'],
    ['a result that looks like an exception', answered(200, {}, thrown), 'ok'],
    ['a result that looks like an envelope', answered(200, {}, envelope(500)), 'ok'],
    ['v0, said so', answered(200, { 'x-cff-response-version': 'v0' }, envelope(500)), 'ok'],
    ['envelope', answered(200, v1, envelope(200)), 'ok'],
    ['envelope with 201', answered(200, { 'x-cff-response-version': 'V1' }, envelope(201)), 'ok'],
    // Else: without any mark.
    ['envelope that is text', answered(200, v1, 'hello'), 'invalid'],
    ['envelope without a result', answered(200, v1, { status: 200 }), 'invalid'],
    ['envelope without a status', answered(200, v1, { result: '{}' }), 'invalid'],
    ['envelope with a status as text', answered(200, v1, envelope('200')), 'invalid'],
    ['envelope that is null', answered(200, v1, 'null'), 'invalid'],
    ['bare 429', answered(429, {}, ''), 'throttled'],
    ['bare 401', answered(401, {}, ''), 'rejected_gateway'],
    ['bare 403', answered(403, {}, '<html>'), 'rejected_gateway'],
    ['bare 500', answered(500, {}, '<html>'), 'invalid'],
    ['bare 503', answered(503, {}, ''), 'invalid'],
    ['bare 404', answered(404, {}, '{"message":"no"}'), 'invalid'],
    ['a code of nobody', serviceError(500, 'ABC.0500'), 'invalid'],
    ['a code that is no text', answered(500, {}, { error_code: 500 }), 'invalid'],
    ['JSON that breaks off', answered(500, {}, '{"error_code":"FSS.0500"'), 'invalid'],
    ['redirect', answered(302, { location: '/' }, ''), 'invalid'],
    ['a status beyond all', answered(600, { 'x-is-func-err': 'true' }, ''), 'invalid'],
    ['not modified', answered(304, {}, ''), 'invalid'],
  ])('%s', (_, exchange, kind) => expect(brief(classify(exchange, nowMs))).toBe(kind));

  test('and any answer at all gets an outcome', () => {
    const names = fc.constantFrom('x-is-func-err', 'x-func-err-code', 'x-cff-response-version', 'retry-after', 'x-cff-invoke-summary');
    const body = fc.oneof(fc.string(), fc.json(), fc.constant('{"error_code":"FSS.0500"}'));
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 999 }),
        fc.dictionary(names, fc.oneof(fc.string(), fc.constant('v1'))),
        body,
        (status, headers, text) => {
          const outcome = classify(answered(status, headers, text), nowMs);
          if (outcome.kind === 'ok') expect(status).toBeLessThan(300);
          else expect(['function_error', 'throttled', 'upstream_error']).toContain(outcome.kind);
        },
      ),
    );
  });
});

describe('no answer', () => {
  test.each<[Exchange, Outcome]>([
    [
      { kind: 'failed', phase: 'connect', reason: 'dns', detail: 'ENOTFOUND: fg.internal' },
      { kind: 'unreachable', reason: 'dns', sent: false },
    ],
    [
      { kind: 'failed', phase: 'connect', reason: 'reset', detail: 'ECONNRESET' },
      { kind: 'unreachable', reason: 'reset', sent: false },
    ],
    [
      { kind: 'failed', phase: 'sent', reason: 'reset', reused: false, detail: 'ECONNRESET' },
      { kind: 'unreachable', reason: 'reset', sent: true },
    ],
    [
      { kind: 'failed', phase: 'sent', reason: 'garbage', reused: false, detail: 'HTTPParserError' },
      { kind: 'upstream_error', cause: 'invalid', flaw: 'protocol', status: undefined, detail: 'the answer is not HTTP' },
    ],
    [
      { kind: 'failed', phase: 'answering', status: 200, reason: 'cut_short', detail: '10.0.0.7:443' },
      { kind: 'upstream_error', cause: 'invalid', flaw: 'cut_short', status: 200, detail: 'the answer was cut short' },
    ],
    [
      { kind: 'failed', phase: 'answering', status: 500, reason: 'too_large', detail: '10.0.0.7:443' },
      { kind: 'upstream_error', cause: 'invalid', flaw: 'too_large', status: 500, detail: 'the answer is too large' },
    ],
    [
      { kind: 'ended', reason: 'deadline', sent: true },
      { kind: 'timeout', sent: true },
    ],
    [
      { kind: 'ended', reason: 'deadline', sent: false },
      { kind: 'timeout', sent: false },
    ],
    [{ kind: 'ended', reason: 'caller_left', sent: true }, { kind: 'abandoned' }],
  ])('%j is %j, and names no host', (exchange, outcome) => expect(classify(exchange, nowMs)).toEqual(outcome));
});

describe('what the caller sees', () => {
  test('is the function’s status and body, unchanged', () => {
    expect(classify(answered(201, { 'content-type': 'text/plain' }, 'done'), nowMs)).toEqual({
      kind: 'ok',
      answer: { status: 201, headers: { 'content-type': 'text/plain' }, body: Buffer.from('done'), summary: undefined },
    });
  });

  test('of a function error marked in the headers is the same', () => {
    const headers = { 'x-is-func-err': 'true', 'x-func-err-code': '4002' };
    expect(classify(answered(200, headers, thrown), nowMs)).toMatchObject({
      kind: 'function_error',
      answer: { status: 200, headers, body: Buffer.from(JSON.stringify(thrown)) },
    });
  });

  test('of an envelope is the result', () => {
    expect(classify(answered(200, v1, envelope(200, '"text"')), nowMs)).toMatchObject({
      kind: 'ok',
      answer: { status: 200, body: Buffer.from('"text"') },
    });
  });

  test.each([{}, { 'x-is-func-err': 'true' }])('of an envelope with another status is a 500 with the result (marks: %j)', (marks) => {
    expect(classify(answered(200, { ...v1, ...marks }, envelope(404, '{"no":1}')), nowMs)).toMatchObject({
      kind: 'function_error',
      answer: { status: 500, body: Buffer.from('{"no":1}') },
    });
  });

  test('of an envelope’s log is its last 4096 bytes as Base64', () => {
    const log = `${'a'.repeat(5000)}é`;
    const outcome = classify(answered(200, v1, { ...envelope(200), log }), nowMs);
    const header = (outcome as Outcome & { kind: 'ok' }).answer.headers['x-cff-function-log']!;
    expect(Buffer.from(header, 'base64')).toEqual(Buffer.from(`${'a'.repeat(4094)}é`));
  });

  test('of two logs is the one in the header', () => {
    const outcome = classify(answered(200, { ...v1, 'x-cff-function-log': 'QQ==' }, { ...envelope(200), log: 'B' }), nowMs);
    expect(outcome).toMatchObject({ answer: { headers: { 'x-cff-function-log': 'QQ==' } } });
  });

  test('is only the fields that may cross', () => {
    const crossing = {
      'content-type': 'application/json',
      'content-encoding': 'identity',
      'content-language': 'en',
      'retry-after': '1',
      'x-cff-invoke-summary': '{}',
      'x-cff-request-id': 'r',
      'x-cff-function-log': 'QQ==',
      'x-cff-billing-duration': '1',
      'x-func-err-code': '0',
      'x-is-func-err': 'false',
    };
    const others = {
      'set-cookie': 'a=b',
      connection: 'close',
      'x-request-id': 'r',
      server: 'api-gateway',
      'content-length': '2',
      location: '/',
    };
    expect(classify(answered(200, { ...crossing, ...others }, '{}'), nowMs)).toMatchObject({ answer: { headers: crossing } });
    expect(Object.keys((classify(answered(200, others, '{}'), nowMs) as Outcome & { kind: 'ok' }).answer.headers)).toEqual([
      'content-type',
    ]);
  });

  test('is JSON unless the answer says otherwise', () => {
    expect(classify(answered(200, {}, '{}'), nowMs)).toMatchObject({ answer: { headers: { 'content-type': 'application/json' } } });
  });

  test('of a service error is what the service said', () => {
    expect(classify(serviceError(404, 'FSS.1051', 'Not found the function'), nowMs)).toEqual({
      kind: 'upstream_error',
      cause: 'service',
      code: 'FSS.1051',
      answer: {
        status: 404,
        headers: { 'content-type': 'application/json' },
        body: Buffer.from('{"error_code":"FSS.1051","error_msg":"Not found the function"}'),
        summary: undefined,
      },
      ran: false,
      retryAfterMs: undefined,
    });
  });
});

describe('that a function ran is seen by FunctionGraph’s own marks, whatever the body says', () => {
  const summary = { 'x-cff-invoke-summary': '{"duration":1,"billingDuration":1,"memorySize":128,"memoryUsed":1}' };
  test.each<[string, Record<string, string>, boolean]>([
    ['no mark', {}, false],
    ['a function-error mark', { 'x-is-func-err': 'true' }, true],
    ['a function-error code', { 'x-func-err-code': '4002' }, true],
    ['the code of success', { 'x-func-err-code': '0' }, false],
    ['a summary', summary, true],
  ])('%s', (_what, headers, ran) => {
    expect(classify(serviceError(500, 'FSS.0500', '', headers), nowMs)).toMatchObject({ cause: 'service', ran });
    expect(classify(serviceError(429, 'FSS.0429', '', headers), nowMs)).toMatchObject({ kind: 'throttled', ran });
  });

  test('a function cannot pretend that the gateway was refused', () => {
    const forged = serviceError(401, 'APIGW.0301', 'verify aksk signature fail', { 'x-is-func-err': 'true' });
    expect(classify(forged, nowMs)).toMatchObject({ cause: 'service', code: 'APIGW.0301' });
  });

  test('an error body too large to be one is not read for a code', () => {
    const large = serviceError(500, 'FSS.0500', 'x'.repeat(70_000));
    expect(classify(large, nowMs)).toMatchObject({ kind: 'upstream_error', cause: 'invalid', status: 500 });
  });
});

describe('a summary', () => {
  const text = '{"duration":1.9,"billingDuration":2,"memorySize":128,"memoryUsed":41.5}';

  test('is read, and passed on', () => {
    expect(classify(answered(200, { 'x-cff-invoke-summary': text }, '{}'), nowMs)).toMatchObject({
      answer: {
        headers: { 'x-cff-invoke-summary': text },
        summary: { durationMs: 1.9, billedMs: 2, memorySizeMb: 128, memoryUsedMb: 41.5 },
      },
    });
  });

  test('is read on a function error too: it was billed', () => {
    const exchange = answered(200, { 'x-cff-invoke-summary': text, 'x-is-func-err': 'true' }, '{}');
    expect(classify(exchange, nowMs)).toMatchObject({ kind: 'function_error', answer: { summary: { billedMs: 2 } } });
  });

  test.each([
    ['not JSON', true],
    [text, false],
    [undefined, false],
  ])('of %j is unreadable: %s', (header, unreadable) => {
    const { answer } = classify(answered(200, header === undefined ? {} : { 'x-cff-invoke-summary': header }, '{}'), nowMs) as Outcome & {
      kind: 'ok';
    };
    expect(hasUnreadableSummary(answer)).toBe(unreadable);
    expect(answer.headers['x-cff-invoke-summary']).toBe(header);
  });
});

describe('a time to wait', () => {
  test.each([
    [serviceError(429, 'FSS.0429', '', { 'retry-after': '7' }), 7000],
    [serviceError(503, 'FSS.0503', '', { 'retry-after': 'Mon, 23 Nov 2026 12:00:09 GMT' }), 9000],
    [answered(429, { 'retry-after': '2' }, ''), 2000],
    [serviceError(429, 'FSS.0429', '', { 'retry-after': 'later' }), undefined],
  ])('%# is known to the retry', (exchange, retryAfterMs) => expect(classify(exchange, nowMs)).toMatchObject({ retryAfterMs }));
});

describe('what is said of refused credentials', () => {
  test('names the code and the service’s text, without the security token that it echoes', () => {
    const echo =
      'verify aksk signature fail,canonicalRequest:POST|/v2/|host:h|x-security-token:gQpjbi1TOKEN+/==|x-sdk-date:20261123T120000Z|';
    const outcome = classify(serviceError(401, 'APIGW.0301', `Incorrect IAM authentication information: ${echo}`), nowMs);
    expect(outcome).toMatchObject({ status: 401, message: expect.stringContaining('APIGW.0301 Incorrect IAM authentication information') });
    expect(outcome).toMatchObject({ message: expect.stringContaining('x-security-token:[redacted]|x-sdk-date:20261123T120000Z') });
    expect(JSON.stringify(outcome)).not.toContain('gQpjbi1TOKEN');
  });

  test('has no data that the service echoes: keys, tokens, the event', () => {
    const echo = `ak:EXAMPLEACCESSKEY1234 token MIIFqwYJKoZIhvcNAQcCoIIFnDCCBZ body {"card":"4111"} or "hunter2", x-cff-request-version:v1`;
    const outcome = classify(serviceError(401, 'APIGW.0301', `decrypt token fail ${echo}`), nowMs);
    const said = 'APIGW.0301 decrypt token fail ak:[redacted] token [redacted] body {…} or "…", x-cff-request-version:v1';
    expect(outcome).toMatchObject({ message: said });
  });

  test('is never longer than a log line should be', () => {
    const outcome = classify(serviceError(401, 'APIGW.0301', 'x'.repeat(1_000_000)), nowMs);
    expect((outcome as Outcome & { cause: 'rejected_gateway'; message: string }).message.length).toBeLessThan(1100);
  });
});

test('an answer that was lost on its way keeps the bill that had come with its headers', () => {
  const lost = { kind: 'failed', phase: 'answering', status: 200, detail: '10.0.0.7:443' } as const;
  const summaryText = '{"duration":1.5,"billingDuration":2,"memorySize":128,"memoryUsed":40}';
  for (const reason of ['cut_short', 'too_large'] as const) {
    const outcome = classify({ ...lost, reason, summaryText }, 0);
    expect(summaryOf(outcome)).toEqual({ durationMs: 1.5, billedMs: 2, memorySizeMb: 128, memoryUsedMb: 40 });
    expect(summaryOf(classify({ ...lost, reason }, 0))).toBeUndefined();
  }
});
