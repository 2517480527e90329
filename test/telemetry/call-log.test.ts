import { describe, expect, test } from 'vitest';
import type { ProblemCode } from '../../src/call.ts';
import { problemKinds } from '../../src/problem.ts';
import { left, type Reply, refusal, replyTo } from '../../src/reply.ts';
import { type Answered, openCallLog } from '../../src/telemetry/call-log.ts';
import type { Log, LogFields } from '../../src/telemetry/log.ts';
import { answerOf, callOf, outcomes, targetOf } from '../support/calls.ts';
import { FakeClock } from '../support/clock.ts';

const everything = { successes: 1, refusalsPerSecond: 1_000 };
const nothing = { successes: 0, refusalsPerSecond: 0 };

/** A log of calls, and a way to tell it of one; `lines` is what it wrote. */
function openLog(settings: { successes: number; refusalsPerSecond: number }, clock = new FakeClock()) {
  const lines: { level: string; fields: LogFields }[] = [];
  const at = (level: string) => (fields: LogFields, message: string) => {
    expect(message).toBe('call');
    lines.push({ level, fields });
  };
  const log: Log = { info: at('info'), warn: at('warn'), error: at('error') };
  const pricing = { currency: 'USD', perMillionRequests: 1, perGbSecond: 0.001 };
  const tellCall = openCallLog({ log, ...settings, pricing, clock });
  const tell = (reply: Reply, { traceId = '0af7651916cd43dd8448eb211c80319c', ...more }: Partial<Answered> & { traceId?: string } = {}) => {
    const asked = { requestId: 'request-1', trace: { traceparent: `00-${traceId}-b7ad6b7169203331-01`, tracestate: undefined } };
    tellCall(asked, targetOf({ version: 'v3' }), { reply, consumer: 'billing', durationMs: 20.004, ...more });
  };
  return { lines, tell, tellCall };
}

const fresh = (count: number) => Array.from({ length: count }, (_, at) => ((at * 2_654_435_761) % 2 ** 32).toString(16).padStart(32, '1'));

describe('the line of a call', () => {
  test('says who called what, how it ended, where the time went and what it cost', () => {
    const { lines, tell } = openLog(everything);
    const call = callOf();
    Object.assign(call.tally, {
      attempts: 2,
      receivingMs: 1,
      upstreamMs: 12,
      queuedMs: 2,
      pausedMs: 3,
      executions: 2,
      billedMbMs: 1_024_000,
    });
    const answer = answerOf(200, { headers: { 'x-cff-request-id': '1f6c2d3a-8a51-4d0e-b0a1-6f1e9d2c7b44' } });
    tell(replyTo({ kind: 'ok', answer }), { call, looked: 'miss', tier: 'none', cacheStatus: 'runway; fwd=uri-miss; stored' });
    expect(lines).toEqual([
      {
        level: 'info',
        fields: {
          requestId: 'request-1',
          traceId: '0af7651916cd43dd8448eb211c80319c',
          function: 'hello',
          version: 'v3',
          consumer: 'billing',
          outcome: 'ok',
          status: 200,
          totalMs: 20,
          attempts: 2,
          gatewayMs: 2,
          upstreamMs: 12,
          queueMs: 2,
          backoffMs: 3,
          receivingMs: 1,
          billedGbSeconds: 1,
          cost: 0.001002,
          cache: 'miss',
          cacheTier: 'none',
          cacheStatus: 'runway; fwd=uri-miss; stored',
          upstreamRequestId: '1f6c2d3a-8a51-4d0e-b0a1-6f1e9d2c7b44',
        },
      },
    ]);
  });

  test('says that an answer is that of an earlier call', () => {
    const { lines, tell } = openLog(everything);
    tell(replyTo(outcomes.ok), { call: callOf(), replayed: true });
    expect(lines[0]?.fields).toMatchObject({ replayed: true, attempts: 0, billedGbSeconds: 0 });
  });

  test('of a name that is not in the file has no word of that name', () => {
    const { lines, tellCall } = openLog(everything);
    const { trace } = callOf();
    tellCall({ requestId: 'r', trace }, undefined, {
      consumer: '_unknown',
      reply: refusal({ code: 'unauthenticated', detail: 'no' }),
      durationMs: 0,
    });
    expect(lines[0]?.fields).toMatchObject({ function: '_unknown', consumer: '_unknown', problem: 'unauthenticated', status: 401 });
  });

  test("has FunctionGraph's id of it only when that has the form of one", () => {
    const { lines, tell } = openLog(everything);
    for (const id of [
      'fg-1',
      '1f6c2d3a 8a51',
      'f'.repeat(65),
      `rw_billing_${'a'.repeat(33)}`,
      'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln',
    ]) {
      tell(replyTo({ kind: 'ok', answer: answerOf(200, { headers: { 'x-cff-request-id': id } }) }), { call: callOf() });
    }
    expect(lines.map(({ fields }) => 'upstreamRequestId' in fields)).toEqual([false, false, false, false, false]);
  });
});

describe('a call that failed', () => {
  test.each([
    ['functionError', 'function_error', 'warn'],
    ['throttled', 'upstream_error', 'warn'],
    ['serviceError', 'upstream_error', 'warn'],
    ['noSuchFunction', 'upstream_error', 'warn'],
    ['rejected', 'upstream_error', 'warn'],
    ['reset', 'upstream_error', 'warn'],
    ['timeout', 'upstream_error', 'warn'],
    ['refused', 'refused', 'warn'],
  ] as const)('always has a line: %s', (name, outcome, level) => {
    const { lines, tell } = openLog(nothing);
    for (let times = 0; times < 100; times++) tell(replyTo(outcomes[name]), { call: callOf() });
    expect(lines).toHaveLength(100);
    expect(lines[99]).toMatchObject({ level, fields: { outcome } });
    expect(lines[0]?.fields).not.toHaveProperty('sampled');
  });

  test('by a fault of the gateway has one of level error', () => {
    const { lines, tell } = openLog(nothing);
    tell(refusal({ code: 'internal_error', detail: 'no' }));
    expect(lines).toMatchObject([{ level: 'error', fields: { outcome: 'gateway_error', problem: 'internal_error', status: 500 } }]);
  });

  test('with a fallback in its place is still one that failed', () => {
    const { lines, tell } = openLog(nothing);
    tell({ kind: 'answer', label: 'upstream_error', answer: answerOf(200) });
    expect(lines).toHaveLength(1);
  });
});

describe('a call that went well', () => {
  test('has a line when its trace is among the share that is kept, and the line says the share', async () => {
    const clock = new FakeClock();
    const { lines, tell } = openLog({ ...nothing, successes: 0.25 }, clock);
    for (const [at, traceId] of fresh(10_000).entries()) {
      if (at % 100 === 0) await clock.advance(1_000);
      tell(replyTo(outcomes.ok), { traceId });
    }
    expect(lines.length).toBeGreaterThan(2_400);
    expect(lines.length).toBeLessThan(2_600);
    expect(lines.every(({ fields }) => fields.sampled === 0.25)).toBe(true);
  });

  test('fills no disk when its callers choose traces that are kept: a hundred lines a second, and how many more there were', async () => {
    const clock = new FakeClock();
    const { lines, tell } = openLog({ ...nothing, successes: 0.01 }, clock);
    const kept = '0af7651916cd43dd8448eb2100000000';
    for (let call = 0; call < 1_000; call++) tell(replyTo(outcomes.ok), { traceId: kept });
    expect(lines).toHaveLength(100);
    await clock.advance(1_000);
    tell(replyTo(outcomes.ok), { traceId: kept });
    expect(lines.at(-1)?.fields).toMatchObject({ sampled: 0.01, unsaid: 900 });
  });

  test('has a line on every gateway or on none', () => {
    const [first, second] = [openLog({ ...nothing, successes: 0.5 }), openLog({ ...nothing, successes: 0.5 })];
    for (const { tell } of [first, second]) for (const traceId of fresh(100)) tell(replyTo(outcomes.ok), { traceId });
    expect(first.lines).toEqual(second.lines);
    expect(first.lines).not.toHaveLength(0);
  });

  test.each([
    [0, 0],
    [1, 100],
  ])('with a share of %d: %d of 100 have a line', (successes, count) => {
    const { lines, tell } = openLog({ ...nothing, successes });
    for (const traceId of ['0'.repeat(31).concat('1'), 'f'.repeat(32), ...fresh(98)]) tell(replyTo(outcomes.ok), { traceId });
    expect(lines).toHaveLength(count);
    expect(lines.some(({ fields }) => 'sampled' in fields)).toBe(false);
  });
});

describe('a call that was refused for what its caller did', () => {
  const codes = (Object.keys(problemKinds) as ProblemCode[]).filter((code) => problemKinds[code].status < 500);

  test('that nothing kept could answer is one of them, though it is a 504', () => {
    const { lines, tell } = openLog({ ...nothing, refusalsPerSecond: 2 });
    for (let call = 0; call < 10; call++) tell(refusal({ code: 'not_cached', detail: 'no' }));
    expect(lines).toHaveLength(2);
  });

  test('has so many lines a second for each kind of refusal, and the next one says how many are left out', async () => {
    const clock = new FakeClock();
    const { lines, tell } = openLog({ ...nothing, refusalsPerSecond: 2 }, clock);
    const flood = () => {
      for (let times = 0; times < 50; times++) tell(refusal({ code: 'rate_limited', detail: 'no' }));
    };
    flood();
    tell(refusal({ code: 'forbidden', detail: 'no' }));
    await clock.advance(999);
    flood();
    await clock.advance(1);
    flood();
    expect(lines.map(({ fields }) => [fields.problem, fields.unsaid])).toEqual([
      ['rate_limited', undefined],
      ['rate_limited', undefined],
      ['forbidden', undefined],
      ['rate_limited', 98],
      ['rate_limited', undefined],
    ]);
  });

  test.each(codes)('is told apart from those that failed: %s', (code) => {
    const { lines, tell } = openLog({ ...nothing, refusalsPerSecond: 1 });
    for (let times = 0; times < 10; times++) tell(refusal({ code, detail: 'no' }));
    expect(lines).toMatchObject([{ level: 'info', fields: { problem: code, status: problemKinds[code].status } }]);
  });

  test('or left before its answer counts as one kind more', () => {
    const { lines, tell } = openLog({ ...nothing, refusalsPerSecond: 1 });
    for (let times = 0; times < 10; times++) tell(left, { call: callOf() });
    expect(lines).toMatchObject([{ level: 'info', fields: { outcome: 'client_closed', status: 499 } }]);
  });

  test('has none where none are wanted', () => {
    const { lines, tell } = openLog(nothing);
    for (const code of codes) tell(refusal({ code, detail: 'no' }));
    tell(left);
    expect(lines).toEqual([]);
  });
});
