import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, credentials, type Emulated, startEmulated } from '../support/emulated.ts';
import { openCollector } from '../support/otlp-collector.ts';
import type { SentSpan } from '../support/otlp-spans.ts';

let emulated: Emulated;
beforeAll(async () => {
  emulated = await startEmulated();
});
afterAll(() => emulated[Symbol.asyncDispose]());

const traceId = '0af7651916cd43dd8448eb211c80319c';
const parentId = 'b7ad6b7169203331';
const traceparent = `00-${traceId}-${parentId}-01`;
const soon = { OTEL_BSP_SCHEDULE_DELAY: '50' };
const telling = { NODE_OPTIONS: `--import ${join(import.meta.dirname, '../support/tell-opentelemetry.ts')}` };

const named = (spans: readonly SentSpan[], name: string) => spans.find((span) => span.name === name)!;

describe('a gateway with a collector', () => {
  test('sends it the trace of a call, under the span of the caller', async () => {
    const collector = await openCollector();
    const env = {
      ...soon,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=SECRET-COLLECTOR',
      OTEL_SERVICE_NAME: 'calls',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    };
    const { gateway, url } = await emulated.serve('traced', { env });
    await using _gateway = gateway;
    const answer = await call(url, 'hello', { message: 'SECRET-EVENT' }, { traceparent, 'x-request-id': 'request-7' });
    expect(answer.status).toBe(200);
    await expect.poll(() => collector.spans.length).toBe(3);
    const [whole, recall, attempt] = ['POST /run/{name}', 'recall', 'hello'].map((name) => named(collector.spans, name));
    expect(whole).toMatchObject({ traceId, parentSpanId: parentId, kind: 2 });
    expect(whole!.attributes).toMatchObject({
      'http.response.status_code': 200,
      'runway.request_id': 'request-7',
      'runway.cache.result': 'miss',
    });
    for (const part of [recall, attempt]) expect(part).toMatchObject({ traceId, parentSpanId: whole!.spanId });
    expect(attempt).toMatchObject({ kind: 3, attributes: { 'faas.invoked_name': 'hello', 'runway.outcome': 'ok' } });
    expect(attempt!.durationNs).toBeLessThanOrEqual(whole!.durationNs);
    expect(attempt!.durationNs).toBeGreaterThan(0n);
    expect(whole!.resource).toMatchObject({ 'service.name': 'calls', 'deployment.environment.name': 'test' });
    expect(collector.requests[0]).toMatchObject({ path: '/v1/traces', headers: { 'x-collector-key': 'SECRET-COLLECTOR' } });
    const sent = Buffer.concat(collector.requests.map(({ body }) => body)).toString('latin1');
    for (const secret of ['SECRET', ...Object.values(credentials)]) expect(sent + gateway.output().stdout).not.toContain(secret);
  });

  test('hands on what waits when it is told to end, by the name it has by itself', async () => {
    const collector = await openCollector();
    const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.endpoint}/v1/traces`, OTEL_BSP_SCHEDULE_DELAY: '600000' };
    const { gateway, url } = await emulated.serve('traced-end', { env });
    await using _gateway = gateway;
    await (await call(url, 'primes', { n: 100 })).arrayBuffer();
    expect(await gateway.stop()).toBe(0);
    expect(collector.spans.map(({ name }) => name).toSorted()).toEqual(['POST /run/{name}', 'primes']);
    expect(collector.spans[0]!.resource).toMatchObject({ 'service.name': 'runway' });
  });
});

describe('a gateway whose collector', () => {
  test('is not there answers all the same, says so, and ends when it is told to', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as { port: number };
    gone.close();
    // One attempt at it, and no waiting for it to come.
    const env = { ...soon, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_EXPORTER_OTLP_TIMEOUT: '100' };
    const { gateway, url } = await emulated.serve('untraced', { env });
    await using _gateway = gateway;
    const statuses = await Promise.all(Array.from({ length: 50 }, async (_, i) => (await call(url, 'hello', { i })).status));
    expect(statuses).toEqual(Array(50).fill(200));
    await expect.poll(() => gateway.output().stdout).toContain('traces cannot be sent');
    const [told] = gateway
      .output()
      .stdout.split('\n')
      .filter((line) => line.includes('traces cannot be sent'));
    expect(JSON.parse(told!)).toMatchObject({ level: 'warn', reason: expect.stringContaining('ECONNREFUSED') });
    expect(await gateway.stop()).toBe(0);
  });

  test('never answers ends when it is told to, without waiting for it', async () => {
    const collector = await openCollector({ mute: true });
    const env = { ...soon, OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: '600000' };
    const { gateway, url } = await emulated.serve('muted', { env });
    await using _gateway = gateway;
    expect((await call(url, 'hello', {})).status).toBe(200);
    await expect.poll(() => collector.requests.length).toBe(1);
    expect(await gateway.stop()).toBe(0);
    expect(gateway.output().stdout).toContain('not all traces could be sent before the end');
    expect(gateway.output().stdout).toContain('drained');
  });
});

describe('a gateway without traces', () => {
  test("loads nothing of OpenTelemetry's SDK, and one with them does", async () => {
    const loaded = async (name: string, env: Record<string, string>) => {
      const { gateway, url } = await emulated.serve(name, { env: { ...telling, ...env } });
      await using _gateway = gateway;
      expect((await call(url, 'hello', {}, { traceparent })).status).toBe(200);
      return gateway.output().stderr;
    };
    expect(await loaded('off', {})).toBe('');
    expect(await loaded('on', { OTEL_TRACES_EXPORTER: 'console' })).toContain('@opentelemetry/sdk-trace');
  });

  test('says why, where they are wanted by a protocol that it does not speak', async () => {
    const env = { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    const { gateway, url } = await emulated.serve('grpc', { env });
    await using _gateway = gateway;
    expect((await call(url, 'hello', {})).status).toBe(200);
    const line = gateway
      .output()
      .stdout.split('\n')
      .find((text) => text.includes('OTEL_EXPORTER_OTLP_PROTOCOL'));
    expect(JSON.parse(line!)).toMatchObject({
      level: 'error',
      problem: 'OTEL_EXPORTER_OTLP_PROTOCOL is "grpc", allowed is "http/protobuf": no traces are sent',
    });
  });
});
