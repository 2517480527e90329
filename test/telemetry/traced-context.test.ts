import type { Socket } from 'node:net';
import { AlwaysOnSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeApiKey } from '../../src/consumers/api-key.ts';
import { spansOf } from '../../src/telemetry/spans.ts';
import { readTrace } from '../../src/telemetry/trace-context.ts';
import { cachePolicyOf, targetOf } from '../support/calls.ts';
import { FakeClock } from '../support/clock.ts';
import { consumerOf, run, startGateway } from '../support/gateway.ts';
import { httpAnswer } from '../support/tcp-upstream.ts';
import { recordTraces, startTracedGateway, traceparentOf } from '../support/traces.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const parentId = 'b7ad6b7169203331';
const sampled = `00-${traceId}-${parentId}-01`;
const unsampled = `00-${traceId}-${parentId}-00`;
const ok = (socket: Socket) => void socket.write(httpAnswer(200, {}, '{"message":"Hello World"}'));

describe("a caller's trace", () => {
  test('that is recorded goes on under its span, and its trace state goes upstream', async () => {
    const { gateway, traces, requests } = await startTracedGateway(ok, { consumers: [consumerOf({ concurrency: 10 })] });
    await run(gateway, 'hello', '{}', { traceparent: sampled, tracestate: 'congo=t61rcWkgMzE' });
    const [call, limit, attempt] = traces.spans();
    expect(new Set(traces.spans().map((span) => span.spanContext().traceId))).toEqual(new Set([traceId]));
    expect(call!.parentSpanContext).toMatchObject({ spanId: parentId, isRemote: true });
    expect([limit, attempt].map((span) => span!.parentSpanContext!.spanId)).toEqual(Array(2).fill(call!.spanContext().spanId));
    expect(requests[0]!.headers).toMatchObject({ traceparent: traceparentOf(attempt!), tracestate: 'congo=t61rcWkgMzE' });
  });

  test('that is not recorded is not recorded here either, and goes on upstream with a parent of its own', async () => {
    const { gateway, traces, requests } = await startTracedGateway(ok);
    await run(gateway, 'hello', '{}', { traceparent: unsampled, tracestate: 'congo=t61rcWkgMzE' });
    expect(traces.spans()).toEqual([]);
    expect(requests[0]!.headers).toMatchObject({ tracestate: 'congo=t61rcWkgMzE' });
    expect(requests[0]!.headers.traceparent).toMatch(new RegExp(`^00-${traceId}-(?!${parentId})[0-9a-f]{16}-00$`));
  });
});

describe('a trace that begins here', () => {
  test('is recorded when the sampler says so, and says so upstream', async () => {
    const { gateway, traces, requests } = await startTracedGateway(ok);
    await run(gateway);
    expect(traces.spans()[0]!.parentSpanContext).toBeUndefined();
    expect(requests[0]!.headers.traceparent).toBe(traceparentOf(traces.spans().at(-1)!));
  });

  test('is not recorded otherwise, and says that', async () => {
    const { gateway, traces, requests } = await startTracedGateway(ok, { ratio: 0 });
    await run(gateway);
    expect(traces.spans()).toEqual([]);
    expect(requests[0]!.headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });
});

test('a call has a span exactly where its trace says that it is sampled, whatever the caller sends', () => {
  const header = fc.option(fc.oneof(fc.string(), fc.constantFrom(sampled, unsampled, `cc${sampled.slice(2)}-more`)), { nil: undefined });
  fc.assert(
    fc.property(header, fc.option(fc.string(), { nil: undefined }), fc.constantFrom(0, 0.5, 1), (traceparent, tracestate, ratio) => {
      const context = recordTraces({ ratio }).begin('POST', traceparent, tracestate);
      const read = readTrace(context.traceparent, context.tracestate);
      expect(read).toBeDefined();
      expect(context.span !== undefined).toBe(read!.sampled === 1);
      expect(context.span?.traceparent ?? context.traceparent).toBe(context.traceparent);
    }),
  );
});

test('no trace costs a call without spans anything: it carries none', async () => {
  const calls: object[] = [];
  await using gateway = await startGateway({
    async send(call) {
      calls.push(call.trace);
      return { kind: 'abandoned' };
    },
  });
  await run(gateway, 'hello', '{}', { traceparent: sampled });
  expect(calls.map(Object.keys)).toEqual([['traceparent', 'tracestate']]);
});

test('all spans of a trace stand on one clock, though the wall clock jumps', () => {
  const started: { name: string; startMs: number }[] = [];
  const msOf = ([seconds, nanoseconds]: readonly [number, number]) => seconds * 1_000 + nanoseconds / 1e6;
  const nothing = async () => undefined;
  const provider = new TracerProvider({
    sampler: new AlwaysOnSampler(),
    spanProcessors: [
      {
        onStart: ({ name, startTime }) => void started.push({ name, startMs: msOf(startTime) }),
        onEnd: () => undefined,
        forceFlush: nothing,
        shutdown: nothing,
      },
    ],
  });
  const fake = new FakeClock(Date.UTC(2026, 0, 1));
  let jumpedMs = 0;
  let nowMs = 0;
  const clock = { ...fake, nowMs: () => nowMs, epochMs: () => Date.UTC(2026, 0, 1) + nowMs + jumpedMs };
  const { span } = spansOf(provider.getTracer('test'), clock)('POST', undefined, undefined);
  nowMs = 250;
  jumpedMs = 3_600_000;
  span!.begin('recall');
  expect(started).toEqual([
    { name: 'POST /run/{name}', startMs: Date.UTC(2026, 0, 1) },
    { name: 'recall', startMs: Date.UTC(2026, 0, 1) + 250 },
  ]);
});

test('no event, answer, credential or header of a call is in its trace', async () => {
  const key = makeApiKey('team', new Uint8Array(20).fill(7));
  const secrets = [
    key,
    'SECRET-EVENT',
    'SECRET-ANSWER',
    'SECRET-COOKIE',
    'SECRET-TOKEN',
    'SECRET-NAME',
    'SECRET-UPSTREAM',
    'SECRET-IDEMPOTENT',
  ];
  const answer = (socket: Socket) => {
    const headers = { 'X-Cff-Request-Id': 'SECRET-UPSTREAM', 'X-Cff-Function-Log': 'SECRET-UPSTREAM' };
    socket.write(httpAnswer(500, headers, '{"errorMessage":"SECRET-ANSWER","errorType":"SECRET-ANSWER"}'));
  };
  const cache = cachePolicyOf({ vary: ['accept-language'] });
  const { gateway, traces, requests } = await startTracedGateway(answer, { targets: [targetOf({ idempotent: true, cache })] });
  const headers = {
    authorization: `Bearer ${key}`,
    'x-api-key': 'SECRET-TOKEN',
    cookie: 'SECRET-COOKIE',
    'accept-language': 'SECRET-TOKEN',
    'idempotency-key': 'SECRET-IDEMPOTENT',
    'user-agent': 'SECRET-TOKEN',
    'x-request-id': key,
  };
  await run(gateway, 'hello', '{"a":"SECRET-EVENT"}', { ...headers, authorization: '', 'x-api-key': '' });
  await run(gateway, 'hello', '{"a":"SECRET-EVENT"', headers);
  await run(gateway, 'SECRET-NAME?token=SECRET-TOKEN', '{"a":"SECRET-EVENT"}', headers);
  expect(requests.length).toBeGreaterThan(0);
  expect(traces.spans().length).toBeGreaterThan(4);
  const told = JSON.stringify(
    traces.spans().map(({ name, attributes, events, links, status, resource }) => ({ name, attributes, events, links, status, resource })),
  );
  for (const secret of [...secrets, 'EXAMPLEAK', 'ExampleSecretKey']) expect(told).not.toContain(secret);
});
