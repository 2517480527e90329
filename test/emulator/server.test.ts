import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { type Emulator, openEmulator } from '../../src/emulator/server.ts';
import { FakeClock } from '../support/clock.ts';
import { faults, functionsDir, handler, open, site, write } from './local.ts';

const functions = { 'hello/index.js': handler('return event;') };
const path = `/v2/${site.projectId}/fgs/functions/hello/invocations`;
const ran = (emulator: Emulator) => Object.values(emulator.books().functions).reduce((sum, { invocations }) => sum + invocations, 0);

describe('faults', () => {
  test.each([
    ['401', 401, 'APIGW.0301'],
    ['429', 429, 'FSS.0429'],
    ['500', 500, 'FSS.0500'],
    ['503', 503, 'FSS.0503'],
    ['apigw-429', 429, 'APIGW.0308'],
    ['disabled', 429, 'FSS.0429'],
  ])('%s answers instead of running, and bills nothing', async (spec, status, code) => {
    const emulator = await open(functions, { faults: faults(spec) });
    const answer = await emulator.call('hello', {});
    expect([answer.status, JSON.parse(answer.text).error_code]).toEqual([status, code]);
    expect(ran(emulator)).toBe(0);
  });

  test.each([
    ['reset', 0],
    ['reset-after', 1],
    ['garbage', 1],
  ])('%s ends the connection without an answer, having run it %i times', async (spec, times) => {
    const emulator = await open(functions, { faults: faults(spec) });
    await expect(emulator.call('hello', {})).rejects.toThrow('fetch failed');
    expect(ran(emulator)).toBe(times);
  });

  test('truncate ends the connection in the middle of the body', async () => {
    const emulator = await open(functions, { faults: faults('truncate') });
    const response = await fetch(emulator.url + path, { method: 'POST', body: '{"message":"Hello World"}' });
    expect([response.status, response.headers.get('content-length')]).toEqual([200, '25']);
    await expect(response.text()).rejects.toThrow('terminated');
    expect(ran(emulator)).toBe(1);
  });

  test.each([
    ['user-error-200', 200],
    ['user-error-500', 500],
  ])('%s makes a run the function’s failure, and bills it', async (spec, status) => {
    const emulator = await open(functions, { faults: faults(spec) });
    const answer = await emulator.call('hello', {});
    expect([answer.status, answer.headers.get('x-is-func-err'), answer.headers.get('x-func-err-code')]).toEqual([status, 'true', '4002']);
    expect(JSON.parse(answer.text)).toEqual({ errorMessage: `made to fail by the fault "${spec}"`, errorType: 'Error' });
    expect(emulator.books().functions.hello).toMatchObject({ invocations: 1, errors: 1 });
    const envelope = await emulator.call('hello', {}, { 'X-CFF-Request-Version': 'v1' });
    expect([envelope.status, JSON.parse(envelope.text).status]).toEqual([status, 500]);
  });

  test('bad-summary leaves the answer as it is, its summary unreadable', async () => {
    const emulator = await open(functions, { faults: faults('bad-summary') });
    const answer = await emulator.call('hello', { a: 1 });
    expect([answer.status, answer.text]).toEqual([200, '{"a":1}']);
    expect(() => JSON.parse(answer.headers.get('x-cff-invoke-summary')!)).toThrow(SyntaxError);
  });

  test('latency passes before the function runs', async () => {
    const clock = new FakeClock();
    const emulator = await open(functions, { clock, faults: faults('latency=2s') });
    const answer = emulator.call('hello', {});
    while (!clock.sleptMs.includes(2000)) await new Promise((resolve) => setImmediate(resolve));
    expect(ran(emulator)).toBe(0);
    await clock.advance(2000);
    expect((await answer).status).toBe(200);
  });

  test('a share hits as the numbers drawn say', async () => {
    const numbers = [0.1, 0.9, 0.29, 0.3];
    const emulator = await open(functions, { faults: faults('500=0.3'), random: () => numbers.shift()! });
    const statuses = [];
    for (let call = 0; call < 4; call += 1) statuses.push((await emulator.call('hello', {})).status);
    expect(statuses).toEqual([500, 200, 500, 200]);
  });

  test('can be read, set and cleared while it runs', async () => {
    const emulator = await open(functions);
    const set = (body: unknown) => emulator.fetch('/_emulator/faults', { method: 'PUT', body: JSON.stringify(body) });
    expect(await set(['hello:503', 'latency=1ms'])).toMatchObject({ status: 200, text: '["hello:503","latency=1ms"]' });
    expect((await emulator.call('hello', {})).status).toBe(503);
    expect((await emulator.fetch('/_emulator/faults')).text).toBe('["hello:503","latency=1ms"]');
    expect((await emulator.fetch('/_emulator/faults', { method: 'DELETE' })).status).toBe(204);
    expect((await emulator.call('hello', {})).status).toBe(200);
    emulator.setFaults(faults('500'));
    expect((await emulator.call('hello', {})).status).toBe(500);
  });

  test('a list with a mistake in it changes nothing', async () => {
    const emulator = await open(functions, { faults: faults('503') });
    const set = (body: string) => emulator.fetch('/_emulator/faults', { method: 'PUT', body });
    expect(await set('["429=0.1","teapot"]')).toMatchObject({ status: 400, text: expect.stringContaining('its kind is \\"teapot\\"') });
    expect(await set('["500","nosuch:429"]')).toMatchObject({
      status: 400,
      text: expect.stringContaining('its function is \\"nosuch\\", allowed are hello'),
    });
    expect((await set('{}')).status).toBe(400);
    expect((await set('not JSON')).status).toBe(400);
    expect((await emulator.call('hello', {})).status).toBe(503);
  });
});

describe('who may call', () => {
  const tokenUser = { domain: 'account', user: 'runway', password: 'secret' };
  const logIn = (password: string) =>
    JSON.stringify({
      auth: {
        identity: { methods: ['password'], password: { user: { name: 'runway', password, domain: { name: 'account' } } } },
        scope: { project: { name: site.region } },
      },
    });

  test('an IAM token lets in until it expires', async () => {
    const clock = new FakeClock();
    const emulator = await open(functions, { clock, tokenUser, tokenLifetimeMs: 60_000 });
    const granted = await emulator.fetch('/v3/auth/tokens?nocatalog=true', { method: 'POST', body: logIn('secret') });
    expect(granted.status).toBe(201);
    expect(JSON.parse(granted.text).token.expires_at).toBe('2026-01-01T00:01:00.000Z');
    const token = granted.headers.get('x-subject-token')!;
    expect((await emulator.call('hello', {}, { 'X-Auth-Token': token })).status).toBe(200);
    await clock.advance(60_000);
    const refused = await emulator.call('hello', {}, { 'X-Auth-Token': token });
    expect(refused).toMatchObject({ status: 401, text: expect.stringContaining('The token must be updated') });
    expect(JSON.parse(refused.text)).toMatchObject({ error_code: 'APIGW.0301', request_id: refused.headers.get('x-request-id') });
  });

  test('a wrong password gets no token, a body that is none is said to be so', async () => {
    const emulator = await open(functions, { tokenUser });
    expect((await emulator.fetch('/v3/auth/tokens', { method: 'POST', body: logIn('guess') })).status).toBe(401);
    expect((await emulator.fetch('/v3/auth/tokens', { method: 'POST', body: '{}' })).status).toBe(400);
  });

  test('with credentials, an unsigned call is refused on every route', async () => {
    const emulator = await open(functions, { credentials: [{ accessKey: 'AK', secretKey: 'SK' }] });
    const base = `/v2/${site.projectId}/fgs/functions`;
    const answers = [
      await emulator.call('hello', {}),
      await emulator.fetch(`${base}/hello/invocations-async`, { method: 'POST', body: '{}' }),
      ...(await Promise.all(
        ['', '/hello/config', '/hello/versions', '/hello/aliases', '/hello/async-invocations'].map((end) => emulator.fetch(base + end)),
      )),
    ];
    for (const answer of answers) expect(answer).toMatchObject({ status: 401, text: expect.stringContaining('x-auth-token not found') });
    expect(ran(emulator)).toBe(0);
  });
});

test('a caller who leaves in the middle of its body is not logged and harms nobody', async () => {
  const emulator = await open(functions);
  const socket = connect(Number(new URL(emulator.url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"half":`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.resetAndDestroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await emulator.call('hello', { a: 1 })).text).toBe('{"a":1}');
  expect(emulator.log).toEqual([]);
});

describe('opening and closing', () => {
  const options = { port: 0, ...site, clock: systemClock, random: () => 0, log: () => undefined };

  test('says which functions it serves', async () => {
    const emulator = await open({ ...functions, 'hello/function.yaml': 'description: Says hello.\ntimeout: 9' });
    const urn = `urn:fss:${site.region}:${site.projectId}:function:default:hello:latest`;
    expect(emulator.functions()).toEqual([{ name: 'hello', urn, description: 'Says hello.', example: {}, timeoutMs: 9000 }]);
  });

  test('says which folders it skipped, as they are after a reload too', async () => {
    const emulator = await open({ ...functions, 'typed/index.ts': '' });
    expect(emulator.skipped()).toEqual([expect.stringContaining(`${emulator.dir}/typed: is no function`)]);
    await write(emulator.dir, { 'typed/index.js': '' });
    expect([await emulator.reload(), emulator.skipped()]).toEqual([[], []]);
  });

  test('a folder with a mistake in it, a fault of no function, or a port that is taken is an error that says so', async () => {
    const dir = await functionsDir({ ...functions, 'hello/function.yaml': 'colour: red' });
    await expect(openEmulator({ ...options, functionsDir: dir })).rejects.toThrow(
      /the functions cannot be served:\n.*function\.yaml: colour: is not a key/,
    );
    await expect(open(functions, { faults: faults('nosuch:429') })).rejects.toThrow('its function is "nosuch", allowed are hello');
    const emulator = await open(functions);
    const port = Number(new URL(emulator.url).port);
    await expect(openEmulator({ ...options, functionsDir: emulator.dir, port })).rejects.toThrow('EADDRINUSE');
  });

  test('closing ends calls under way, those that wait, and the threads', async () => {
    const dir = await functionsDir({ 'hang/index.js': handler('for (;;);') });
    const emulator = await openEmulator({ ...options, functionsDir: dir });
    const url = `${emulator.url}/v2/${site.projectId}/fgs/functions/hang/invocations`;
    const calls = Array.from({ length: 6 }, () =>
      fetch(url, { method: 'POST', body: '{}' }).then(
        (answer) => answer.status,
        () => 'ended',
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    await emulator.close();
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['ended']));
  });
});
