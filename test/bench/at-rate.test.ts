import { describe, expect, test } from 'vitest';
import { AnswerReader } from './load/answer-reader.ts';
import { readAtRate } from './load/at-rate.ts';
import { type Line, OpenLoop, type Pace } from './load/open-loop.ts';
import { percentile } from './statistics.ts';

/** Answers each call after 0.1 ms, but nothing while it stalls. Time goes on in steps of 0.01 ms. */
function callServer(pace: Pace, connections: number, stall = { fromMs: 0, toMs: 0 }): OpenLoop {
  let nowMs = 0;
  const answers: { readonly atMs: number; readonly call: number; readonly line: Line }[] = [];
  const lines = Array.from({ length: connections }, (): Line => {
    const line: Line = {
      send(call) {
        const atMs = nowMs + 0.1;
        answers.push({ atMs: atMs >= stall.fromMs && atMs < stall.toMs ? stall.toMs : atMs, call, line });
      },
    };
    return line;
  });
  const calls = new OpenLoop(pace, lines);
  for (let step = 0; !calls.isOver; step++) {
    nowMs = step / 100;
    while (answers[0] && answers[0].atMs <= nowMs) {
      const { call, line } = answers.shift()!;
      calls.answered(call, line, nowMs);
    }
    calls.turn(nowMs);
  }
  return calls;
}

const quantile = (ms: Float64Array, share: number) => percentile(ms.toSorted(), share);

describe('calls at a fixed rate', () => {
  const pace: Pace = { callsPerSecond: 1_000, leadSeconds: 0, countedSeconds: 1 };

  test('are due at even distances', () => {
    const calls = new OpenLoop({ ...pace, callsPerSecond: 4_000 }, []);
    expect([0, 1, 2, 4_000].map((call) => calls.dueMs(call))).toEqual([0, 0.25, 0.5, 1_000]);
  });

  test('are sent when they are due, and not before', () => {
    const sent: number[] = [];
    const line: Line = { send: (call) => sent.push(call) };
    const calls = new OpenLoop(pace, [line, line, line]);
    calls.turn(0.9);
    expect(sent).toEqual([0]);
    calls.turn(2);
    expect(sent).toEqual([0, 1, 2]);
  });

  test('take as long as the server when it does not stall', () => {
    const { latenciesMs } = callServer(pace, 4);
    expect(latenciesMs).toHaveLength(1_000);
    expect(quantile(latenciesMs, 0.5)).toBeCloseTo(0.1, 1);
    expect(quantile(latenciesMs, 1)).toBeCloseTo(0.1, 1);
  });

  test('show a stall in each call that was due meanwhile, with connections left or without', () => {
    for (const connections of [1, 4, 1_000]) {
      const { latenciesMs } = callServer(pace, connections, { fromMs: 500, toMs: 600 });
      expect(latenciesMs.filter((ms) => ms > 1).length, `${connections} connections`).toBeGreaterThanOrEqual(99);
      expect(quantile(latenciesMs, 0.5)).toBeCloseTo(0.1, 1);
      expect(quantile(latenciesMs, 0.95)).toBeGreaterThan(45);
      expect(quantile(latenciesMs, 0.99)).toBeGreaterThan(85);
    }
  });

  test('are not counted in the lead', () => {
    const { latenciesMs } = callServer({ callsPerSecond: 1_000, leadSeconds: 1, countedSeconds: 1 }, 4, { fromMs: 500, toMs: 600 });
    expect(latenciesMs).toHaveLength(1_000);
    expect(quantile(latenciesMs, 1)).toBeCloseTo(0.1, 1);
  });

  test('tell what of their time is the doing of the caller from what is not', () => {
    const line: Line = { send: () => undefined };
    const calls = new OpenLoop({ ...pace, countedSeconds: 0.004 }, [line]);
    for (const nowMs of [0, 1, 2.5, 3]) calls.turn(nowMs);
    calls.answered(0, line, 3);
    expect([...calls.noticedLateMs]).toEqual([0, 0, 0.5, 0]);
    expect(calls.unanswered).toBe(3);
  });
});

test('a run of a caller that was late itself does not count, and says why', () => {
  const run = { p50Ms: 0.2, p99Ms: 0.9, noticedLateP99Ms: 0.1 };
  expect(readAtRate(JSON.stringify(run))).toEqual({ ...run, fault: undefined });
  expect(readAtRate(JSON.stringify({ ...run, noticedLateP99Ms: 9.5 })).fault).toBe('the caller was late itself, its p99 is 9.500 ms');
  expect(readAtRate(JSON.stringify({ ...run, noticedLateP99Ms: 9.5, fault: '3 calls are not answered' })).fault).toBe(
    '3 calls are not answered',
  );
});

describe('the answers of a connection', () => {
  const answer = (body: string, status = '200 OK') => `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\nX-More: 1\r\n\r\n${body}`;
  const take = (reader: AnswerReader, ...pieces: readonly string[]) => pieces.map((piece) => reader.take(Buffer.from(piece)));

  test('end where they say, however they are cut', () => {
    const reader = new AnswerReader('{"a":1}');
    const whole = answer('{"a":1}');
    expect(take(reader, whole, whole)).toEqual([{ fault: undefined }, { fault: undefined }]);
    const pieces = take(reader, ...whole);
    expect(pieces.slice(0, -1).every((piece) => piece === undefined)).toBe(true);
    expect(pieces.at(-1)).toEqual({ fault: undefined });
  });

  test('that are other than they have to be are faults', () => {
    const faultOf = (text: string) => take(new AnswerReader('{}'), text)[0]?.fault;
    expect(faultOf(answer('[]'))).toContain('answered other than the upstream does: []');
    expect(faultOf(answer('{}', '503 Service Unavailable'))).toBe('a call was answered 503: {}');
    expect(faultOf(`${answer('{}')}HTTP/1.1 200 OK`)).toContain('answered other than');
    expect(faultOf('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n')).toContain('does not say how long it is');
  });
});
