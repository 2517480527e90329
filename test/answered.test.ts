import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Call, mbMsPerGbSecond, type Outcome, type Target } from '../src/call.ts';
import { bytesOfKey, hashOf, makeApiKey } from '../src/consumers/api-key.ts';
import { callFields } from '../src/telemetry/call-log.ts';
import type { LogFields } from '../src/telemetry/log.ts';
import { answerOf, cachePolicyOf, outcomes, targetOf } from './support/calls.ts';
import { consumerOf, run, startGateway } from './support/gateway.ts';
import { openSocket } from './support/raw-http.ts';

/** A gateway whose log of calls is `lines`. */
async function startLogged(options: Parameters<typeof startGateway>[0] = {}) {
  const lines: LogFields[] = [];
  const gateway = await startGateway({
    ...options,
    onAnswered: (...told) => void lines.push(callFields(...told, undefined)),
  });
  return { ...gateway, lines };
}

const oneTry: Partial<Target> = { retry: { ...targetOf().retry, attempts: 1 } };
const kept: Partial<Target> = { idempotent: true, cache: cachePolicyOf() };
const summary = { durationMs: 1_000, billedMs: 1_000, memorySizeMb: 512, memoryUsedMb: 20 };
const billed: Outcome = { kind: 'ok', answer: answerOf(200, { summary }) };
const gbSeconds = (lines: readonly LogFields[]) => lines.map(({ billedGbSeconds }) => billedGbSeconds);

describe('every request to run a function is told of once', () => {
  test('whatever it came to', async () => {
    const key = makeApiKey('billing', randomBytes(bytesOfKey));
    await using gateway = await startLogged({
      targets: [targetOf(), targetOf({ name: 'other' })],
      consumers: [consumerOf({ id: 'billing', functions: ['hello'] })],
      keys: [{ consumer: 'billing', hash: hashOf(key), expiresAtMs: undefined }],
    });
    const auth = { 'x-api-key': key };
    await run(gateway, 'hello', '{}', { ...auth, 'x-request-id': 'mine' });
    await run(gateway);
    await run(gateway, 'nobody', '{}', auth);
    await run(gateway, 'other', '{}', auth);
    await run(gateway, 'hello', '{', auth);
    await run(gateway, 'hello', '{}', { ...auth, 'idempotency-key': '' });
    const told = gateway.lines.map(({ function: fn, consumer, outcome, problem, status }) => [fn, consumer, outcome, problem, status]);
    expect(told).toEqual([
      ['hello', 'billing', 'ok', undefined, 200],
      ['_unknown', '_unknown', 'refused', 'unauthenticated', 401],
      ['_unknown', 'billing', 'refused', 'unknown_function', 404],
      ['other', 'billing', 'refused', 'forbidden', 403],
      ['hello', 'billing', 'refused', 'invalid_event', 400],
      ['hello', 'billing', 'refused', 'invalid_request', 400],
    ]);
    expect(gateway.lines[0]).toMatchObject({ requestId: 'mine', traceId: expect.stringMatching(/^[0-9a-f]{32}$/), version: 'latest' });
  });

  test('one that was shed too', async () => {
    const shedding = { overloaded: () => ({ code: 'overloaded', detail: 'no' }) as const, share: 1 };
    await using gateway = await startLogged({ shedding });
    await run(gateway);
    expect(gateway.lines).toMatchObject([{ function: '_unknown', consumer: 'anonymous', problem: 'overloaded', status: 503 }]);
  });

  test('one whose caller left too', async () => {
    await using gateway = await startLogged();
    const socket = await openSocket(gateway.port);
    socket.on('error', () => undefined);
    socket.end('POST /run/hello HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{"message":');
    await expect.poll(() => gateway.lines).toMatchObject([{ function: 'hello', outcome: 'client_closed', status: 499 }]);
  });

  test('one that met a fault of the gateway too', async () => {
    await using gateway = await startLogged({ send: () => Promise.reject(new Error('broken')) });
    await run(gateway);
    expect(gateway.lines).toMatchObject([{ outcome: 'gateway_error', problem: 'internal_error', status: 500 }]);
  });
});

describe('what is billed', () => {
  test('is summed over the attempts of the call', async () => {
    let sent = 0;
    const failed: Outcome = { ...outcomes.serviceError, answer: answerOf(500, { summary }), ran: true };
    const send = async (): Promise<Outcome> => (++sent < 3 ? failed : billed);
    const retry = { ...targetOf().retry, backoff: { baseMs: 1, maxMs: 1 } };
    await using gateway = await startLogged({ targets: [targetOf({ idempotent: true, retry })], send });
    await run(gateway);
    expect([sent, ...gbSeconds(gateway.lines)]).toEqual([3, 1.5]);
  });

  test('is with the call that was made, and with none that was answered by what is kept', async () => {
    await using gateway = await startLogged({ targets: [targetOf(kept)], send: async () => billed });
    await run(gateway);
    await run(gateway);
    expect(gateway.lines).toMatchObject([
      { cache: 'miss', cacheTier: 'none', cacheStatus: 'runway; fwd=uri-miss; stored', billedGbSeconds: 0.5 },
      { cache: 'hit', cacheTier: 'memory', cacheStatus: expect.stringMatching(/^runway; hit; ttl=/), billedGbSeconds: 0 },
    ]);
  });

  test('is with one of those who shared a call', async () => {
    const gate = Promise.withResolvers<void>();
    const waiting: Call[] = [];
    const send = async (call: Call): Promise<Outcome> => {
      waiting.push(call);
      await gate.promise;
      return billed;
    };
    await using gateway = await startLogged({ targets: [targetOf(kept)], send });
    const calls = [run(gateway), run(gateway), run(gateway)];
    await expect.poll(() => waiting.length).toBe(1);
    // The others' requests are through the server once a later one is.
    await run(gateway, 'nobody');
    gate.resolve();
    await Promise.all(calls);
    const shared = gateway.lines.filter(({ function: fn }) => fn === 'hello').map(({ cache, billedGbSeconds }) => [cache, billedGbSeconds]);
    expect(shared.map(String).toSorted((a, b) => a.localeCompare(b))).toEqual(['coalesced,0', 'coalesced,0', 'miss,0.5']);
  });

  test('is with the first call of a key, not with its replay', async () => {
    await using gateway = await startLogged({ send: async () => billed, targets: [targetOf(oneTry)] });
    const headers = { 'idempotency-key': 'k-1' };
    await run(gateway, 'hello', '{}', headers);
    await run(gateway, 'hello', '{}', headers);
    expect(gateway.lines).toMatchObject([{ billedGbSeconds: 0.5 }, { billedGbSeconds: 0, replayed: true, attempts: 0 }]);
    expect(gateway.lines[0]).not.toHaveProperty('replayed');
  });

  test('of an attempt that was cut off is what is known of it: its time and the memory of its function', async () => {
    await using gateway = await startLogged({ send: async () => outcomes.timeout, targets: [targetOf(oneTry)] });
    await run(gateway);
    const { billedGbSeconds } = gateway.lines[0] as { billedGbSeconds: number };
    expect(billedGbSeconds * mbMsPerGbSecond).toBeGreaterThan(0);
  });
});
