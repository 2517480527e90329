import { describe, expect, test } from 'vitest';
import { handler, open, site } from './local.ts';

const functions = {
  'hello/index.js': handler('console.log("hi"); return event;'),
  'hello/function.yaml': 'versions: [v1]\naliases: { stable: v1 }',
  'broken/index.js': handler('throw new Error("broken");'),
};
const urn = `urn:fss:${site.region}:${site.projectId}:function:default:hello`;
const v1Path = (address: string, action = 'invocations') => `/v1.0/${site.projectId}/fss/functions/${address}/${action}`;
const v2Path = (address: string, action = 'invocations') => `/v2/${site.projectId}/fgs/functions/${address}/${action}`;
const post = (body: string, headers: Record<string, string> = {}): RequestInit => ({ method: 'POST', body, headers });

describe('a synchronous invocation', () => {
  test('answers the handler’s result on both APIs, by raw and percent-encoded URNs, versions and aliases', async () => {
    const emulator = await open(functions);
    const body = '{"message":"Hello World"}';
    const addresses = [
      `${urn}:latest`,
      urn,
      `${urn}:v1`,
      `${urn}:!stable`,
      encodeURIComponent(urn),
      `${encodeURIComponent(urn)}%3A%21stable`,
      'hello',
    ];
    for (const path of addresses.flatMap((address) => [v1Path(address), v2Path(address)])) {
      expect({ path, ...(await emulator.fetch(path, post(body))) }).toMatchObject({ path, status: 200, text: body });
    }
  });

  test('v2 says which form it answers in and obeys the one asked for; v1.0 knows no forms', async () => {
    const emulator = await open(functions);
    const wish = { 'X-CFF-Request-Version': 'v1' };
    const envelope = await emulator.fetch(v2Path('hello'), post('{"a":1}', wish));
    expect(envelope.headers.get('x-cff-response-version')).toBe('v1');
    expect(JSON.parse(envelope.text)).toMatchObject({
      result: '{"a":1}',
      status: 200,
      request_id: envelope.headers.get('x-cff-request-id'),
    });
    expect((await emulator.fetch(v2Path('hello'), post('{}'))).headers.get('x-cff-response-version')).toBe('v0');
    const legacy = await emulator.fetch(v1Path('hello'), post('{"a":1}', wish));
    expect([legacy.headers.get('x-cff-response-version'), legacy.text]).toEqual([null, '{"a":1}']);
  });

  test('carries what it cost, and the log only when asked', async () => {
    const emulator = await open(functions);
    const answer = await emulator.call('hello', {}, { 'X-Cff-Log-Type': 'tail' });
    const summary = JSON.parse(answer.headers.get('x-cff-invoke-summary')!);
    expect(summary).toEqual({
      duration: expect.any(Number),
      billingDuration: Math.ceil(summary.duration),
      memorySize: 128,
      memoryUsed: expect.any(Number),
    });
    expect(summary.duration).toBeGreaterThan(0);
    expect(summary.memoryUsed).toBeGreaterThan(1);
    const id = answer.headers.get('x-cff-request-id');
    const log = Buffer.from(answer.headers.get('x-cff-function-log')!, 'base64').toString();
    expect(log).toMatch(
      new RegExp(`^\\S+Z Start invoke request '${id}', version: latest\nhi\n\n\\S+Z Finish invoke request '${id}', duration: `),
    );
    expect((await emulator.call('hello', {})).headers.has('x-cff-function-log')).toBe(false);
  });

  test.each([
    ['an unknown function', v2Path('nobody'), '{}', 404, 'FSS.1051'],
    ['an unknown version', v2Path(`${urn}:v9`), '{}', 404, 'FSS.1052'],
    ['an unknown alias', v2Path(`${urn}:!nope`), '{}', 404, 'FSS.1053'],
    ['a malformed URN', v2Path('urn:fss:x'), '{}', 400, 'FSS.1309'],
    ['another project', v2Path('hello').replace(site.projectId, '0'.repeat(32)), '{}', 403, 'FSS.0403'],
    ['a body that is not JSON', v2Path('hello'), '{"a":', 400, 'FSS.0400'],
    ['an empty body', v2Path('hello'), '', 400, 'FSS.0400'],
    ['a path that is no API', '/v3/anything', '{}', 404, 'APIGW.0101'],
    ['the path of one API below the other', v2Path('hello').replace('fgs', 'fss'), '{}', 404, 'APIGW.0101'],
  ])('%s is refused, and nothing runs', async (_what, path, body, status, code) => {
    const emulator = await open(functions);
    const answer = await emulator.fetch(path, post(body));
    expect({ status: answer.status, code: JSON.parse(answer.text).error_code }).toEqual({ status, code });
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(emulator.books().functions).toEqual({});
  });

  test('bytes that are not UTF-8 are not JSON', async () => {
    const emulator = await open(functions);
    const body = new Uint8Array([0x22, 0xff, 0x22]);
    expect((await emulator.fetch(v2Path('hello'), { method: 'POST', body })).status).toBe(400);
  });

  test('a body of 6 MB is taken, a byte more is FSS.1201', async () => {
    const emulator = await open(functions);
    const ofBytes = (bytes: number) => post(`"${'x'.repeat(bytes - 2)}"`);
    const whole = await emulator.fetch(v2Path('hello'), ofBytes(6 * 2 ** 20));
    expect([whole.status, whole.text.length]).toEqual([200, 6 * 2 ** 20]);
    const over = await emulator.fetch(v2Path('hello'), ofBytes(6 * 2 ** 20 + 1));
    expect([over.status, JSON.parse(over.text).error_code]).toEqual([413, 'FSS.1201']);
  });

  test('an instance memory must be one that is sold', async () => {
    const emulator = await open(functions);
    expect((await emulator.call('hello', {}, { 'X-Cff-Instance-Memory': '256' })).status).toBe(200);
    const answer = await emulator.call('hello', {}, { 'X-Cff-Instance-Memory': '100' });
    expect([answer.status, JSON.parse(answer.text).error_code]).toEqual([406, 'FSS.0406']);
  });

  test('the books count what ran, by function and by the caller’s request id', async () => {
    const emulator = await open(functions);
    const answers = [
      await emulator.call('hello', {}, { 'X-Request-Id': 'one' }),
      await emulator.call('hello', {}, { 'X-Request-Id': 'one' }),
      await emulator.call('broken', {}, { 'X-Request-Id': 'two' }),
    ];
    const billed = answers.map(({ headers }) => JSON.parse(headers.get('x-cff-invoke-summary')!).billingDuration as number);
    const books = JSON.parse((await emulator.fetch('/_emulator/books')).text);
    expect(books).toEqual(emulator.books());
    expect(books.functions.hello).toMatchObject({ invocations: 2, errors: 0, billedMs: billed[0]! + billed[1]! });
    expect(books.functions.broken).toMatchObject({ invocations: 1, errors: 1, billedMbMs: billed[2]! * 128 });
    expect(books.executions).toEqual({ one: 2, two: 1 });
  });
});

describe('an asynchronous invocation', () => {
  const status = async (emulator: Awaited<ReturnType<typeof open>>, name: string, id: string) => {
    const answer = await emulator.fetch(`${v2Path(name, 'async-invocations')}?request_id=${id}`);
    return JSON.parse(answer.text).invocations[0];
  };
  const ended = async (emulator: Awaited<ReturnType<typeof open>>, name: string, id: string) => {
    for (;;) {
      const invocation = await status(emulator, name, id);
      if (invocation.status !== 'RUNNING') return invocation;
    }
  };

  test('is answered before it ran, with the id each API spells in its own way, and then really runs', async () => {
    const emulator = await open(functions);
    const v2 = await emulator.fetch(v2Path('hello', 'invocations-async'), post('{}'));
    const v1 = await emulator.fetch(v1Path('hello', 'invocations-async'), post('{}'));
    expect([v2.status, v1.status]).toEqual([202, 202]);
    const ids = [JSON.parse(v2.text).request_id, JSON.parse(v1.text)['request-id']];
    expect(ids).toEqual([v2.headers.get('x-cff-request-id'), v1.headers.get('x-cff-request-id')]);
    for (const id of ids) expect(await ended(emulator, 'hello', id)).toMatchObject({ request_id: id, status: 'SUCCESS', error_code: 0 });
    expect(emulator.books().functions.hello!.invocations).toBe(2);
  });

  test('that fails is seen to have, with its number and message', async () => {
    const emulator = await open(functions);
    const { text } = await emulator.fetch(v2Path('broken', 'invocations-async'), post('{}'));
    const invocation = await ended(emulator, 'broken', JSON.parse(text).request_id);
    expect(invocation).toMatchObject({ status: 'FAIL', error_code: 4002, error_message: 'broken' });
  });

  test('is queued above the concurrency, not throttled', async () => {
    const emulator = await open({ 'one/index.js': handler('return 1;'), 'one/function.yaml': 'concurrency: 1' });
    const started = await Promise.all(Array.from({ length: 5 }, () => emulator.fetch(v2Path('one', 'invocations-async'), post('{}'))));
    const ids = started.map(({ text }) => JSON.parse(text).request_id as string);
    for (const id of ids) expect((await ended(emulator, 'one', id)).status).toBe('SUCCESS');
    const list = JSON.parse((await emulator.fetch(`${v2Path('one', 'async-invocations')}?limit=2`)).text);
    expect({ ...list, invocations: list.invocations.length }).toEqual({ invocations: 2, count: 5, next_marker: '2' });
  });

  test('takes 256 KB and no more', async () => {
    const emulator = await open(functions);
    const ofBytes = (bytes: number) => post(`"${'x'.repeat(bytes - 2)}"`);
    expect((await emulator.fetch(v2Path('hello', 'invocations-async'), ofBytes(256 * 1024))).status).toBe(202);
    expect((await emulator.fetch(v2Path('hello', 'invocations-async'), ofBytes(256 * 1024 + 1))).status).toBe(413);
  });
});
