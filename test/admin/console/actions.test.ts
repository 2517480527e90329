import { describe, expect, test } from 'vitest';
import { timingOf, tryFunction } from '../../../src/admin/console/trial.ts';
import { bytesOfKey, hashOf, makeApiKey } from '../../../src/consumers/api-key.ts';
import { outcomes, targetOf } from '../../support/calls.ts';
import { consumerOf, run, startGateway } from '../../support/gateway.ts';
import { startConsole } from './start-console.ts';

const hello = '/console/functions/hello';
const answered = {
  status: 200,
  tone: 'good',
  tookText: '3 ms',
  timing: [],
  headers: [],
  body: '{}',
  cut: false,
  bodyBytes: 2,
  log: null,
} as const;

describe('an action', () => {
  test('is done once, and told of: what, by which request, and nothing of an event or a key', async () => {
    const asked: unknown[] = [];
    await using console = await startConsole({
      async trial(what) {
        asked.push(what);
        return answered;
      },
    });
    expect(await (await console.act(`${hello}/breaker`, { state: 'closed' })).json()).toEqual({ done: 'The circuit is held closed.' });
    expect(await (await console.act(`${hello}/purge`, {})).json()).toEqual({ done: 'What was kept of it has ended, on every gateway.' });
    const trial = { event: '{"of":"the-event"}', key: 'rw_secret-key', log: true };
    expect(await (await console.act(`${hello}/try`, trial, { 'x-request-id': 'one-of-the-console' })).json()).toEqual(answered);
    expect(asked).toEqual([{ requestId: 'one-of-the-console', function: 'hello', event: trial.event, key: trial.key, wantsLog: true }]);
    expect([console.forced, console.purged]).toEqual([['hello closed'], [{ key: undefined, function: 'hello', consumer: undefined }]]);
    expect(console.acts).toEqual([
      { kind: 'breaker', function: 'hello', state: 'closed' },
      { kind: 'purge', function: 'hello', count: 1, everywhere: true },
      { kind: 'try', function: 'hello', status: 200 },
    ]);
    expect(JSON.stringify(console.acts)).not.toMatch(/the-event|secret-key/);
  });

  test.each([
    ['breaker', {}],
    ['breaker', { state: 'half-open' }],
    ['breaker', { state: 'open', more: 1 }],
    ['purge', { function: 'other' }],
    ['try', { event: {}, log: true }],
    ['try', { event: '{}' }],
    ['try', { event: '{}', log: true, key: 'rw_secret\nx' }],
    ['try', { event: '{}', log: true, key: 'rw_secret é' }],
    ['try', { event: '{}', log: true, url: 'http://elsewhere' }],
  ])('%s does nothing for the body %j', async (what, body) => {
    await using console = await startConsole();
    const answer = await console.act(`${hello}/${what}`, body);
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'invalid_request' }]);
    expect([console.forced, console.purged, console.acts]).toEqual([[], [], []]);
  });

  test('on a function that is not there does nothing', async () => {
    await using console = await startConsole();
    for (const name of ['nobody', '__proto__', '%00', '..%2f..%2fadmin']) {
      for (const [what, body] of [
        ['breaker', { state: 'open' }],
        ['purge', {}],
        ['try', { event: '{}', log: true }],
      ] as const) {
        expect([name, (await console.act(`/console/functions/${name}/${what}`, body)).status]).toEqual([name, 404]);
      }
    }
    expect([console.forced, console.purged, console.acts, console.faults]).toEqual([[], [], [], []]);
  });

  test('is no GET, which a page could be made to send', async () => {
    await using console = await startConsole();
    for (const what of ['breaker', 'purge', 'try']) {
      const answer = await console.get(`${hello}/${what}`);
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
    }
  });

  test('to explain is there where there is something that explains, and calls nothing', async () => {
    const explained = { verdict: { kind: 'sent', says: 'It goes to the function.' }, parts: [] };
    const asked: unknown[] = [];
    await using console = await startConsole({
      async explain(call) {
        asked.push({ ...call, body: call.body.toString() });
        return explained;
      },
    });
    expect(await (await console.get(hello)).text()).toContain('id="explain"');
    expect(await (await console.act(`${hello}/explain`, { event: '{"a":1}', consumer: 'billing' })).json()).toEqual(explained);
    expect(asked).toEqual([{ function: 'hello', consumer: 'billing', body: '{"a":1}', headers: {} }]);
    expect(console.acts).toEqual([]);

    await using without = await startConsole();
    expect(await (await without.get(hello)).text()).not.toContain('id="explain"');
    expect((await without.act(`${hello}/explain`, { event: '{}', consumer: 'billing' })).status).toBe(404);
  });
});

describe('a call by hand', () => {
  const trialOf = (gateway: { url: string }, over: Partial<Parameters<typeof tryFunction>[1]> = {}) =>
    tryFunction(
      { url: () => gateway.url, fetch: globalThis.fetch, nowMs: () => performance.now() },
      { requestId: 'asked-1', function: 'hello', event: '{"message":"hi"}', key: undefined, wantsLog: true, ...over },
    );

  test('goes the way of every other call, and comes back with what matters of its answer', async () => {
    const headers = { 'content-type': 'application/json', 'x-cff-function-log': Buffer.from('one\ntwo\n').toString('base64') };
    await using gateway = await startGateway({
      send: async ({ event, wantsLog }) => ({
        kind: 'ok',
        answer: { ...outcomes.ok.answer, headers, body: Buffer.from(`{"got":${event},"log":${wantsLog}}`) },
      }),
    });
    const trial = await trialOf(gateway);
    expect(trial).toMatchObject({ status: 200, tone: 'good', cut: false, log: 'one\ntwo' });
    expect(JSON.parse(trial.body)).toEqual({ got: { message: 'hi' }, log: true });
    expect(trial.timing.map(({ name }) => name)).toEqual(['gateway', 'upstream']);
    expect(Object.fromEntries(trial.headers)).toMatchObject({ 'x-runway-attempts': '0', 'content-type': 'application/json' });
    expect(await gateway.metric('runway_requests_total{function="hello",consumer="anonymous",status="200",outcome="ok"}')).toBe(1);
  });

  test('goes by the id of the request that asked for it', async () => {
    const seen: string[] = [];
    await using gateway = await startGateway({
      async send({ requestId }) {
        seen.push(requestId);
        return outcomes.ok;
      },
    });
    const trial = await trialOf(gateway, { requestId: 'one-of-the-console' });
    expect([seen, Object.fromEntries(trial.headers)['x-request-id']]).toEqual([['one-of-the-console'], 'one-of-the-console']);
  });

  test('brings the key along and shows it nowhere', async () => {
    const key = makeApiKey('billing', Buffer.alloc(bytesOfKey, 7));
    const keys = [{ consumer: 'billing', hash: hashOf(key), expiresAtMs: undefined }];
    await using gateway = await startGateway({ consumers: [consumerOf({ id: 'billing' })], keys });
    expect(await trialOf(gateway)).toMatchObject({ status: 401, tone: 'warn' });
    const trial = await trialOf(gateway, { key });
    expect(trial).toMatchObject({ status: 200, tone: 'good' });
    expect(JSON.stringify(trial)).not.toContain(key);
  });

  test('of a function that answers much shows the beginning, and says how much there was', async () => {
    const body = Buffer.from(`"${'x'.repeat(300_000)}"`);
    await using gateway = await startGateway({ send: async () => ({ kind: 'ok', answer: { ...outcomes.ok.answer, body } }) });
    const trial = await trialOf(gateway);
    expect([trial.cut, trial.bodyBytes, trial.body.length]).toEqual([true, 300_002, 65_536]);
  });

  test.each([
    ['deep and wide', `${'['.repeat(5_000)}${'0,'.repeat(26_000)}0${']'.repeat(5_000)}`],
    ['one level deeper than is laid out', `${'['.repeat(33)}0${']'.repeat(33)}`],
    ['wide at the deepest level that is laid out', `${'['.repeat(32)}${'0,'.repeat(26_000)}0${']'.repeat(32)}`],
    ['no JSON', '{"a":1'],
  ])('shows an answer that is %s as it came', async (_what, body) => {
    await using gateway = await startGateway({
      send: async () => ({ kind: 'ok', answer: { ...outcomes.ok.answer, body: Buffer.from(body) } }),
    });
    expect((await trialOf(gateway)).body === body).toBe(true);
  });

  test('lays out an answer that is nested as answers are', async () => {
    const deep: unknown = JSON.parse(`${'{"a":'.repeat(32)}0${'}'.repeat(32)}`);
    const body = Buffer.from(JSON.stringify(deep));
    await using gateway = await startGateway({ send: async () => ({ kind: 'ok', answer: { ...outcomes.ok.answer, body } }) });
    expect((await trialOf(gateway)).body).toBe(JSON.stringify(deep, undefined, 2));
  });

  test('cannot lead to another route than that of a function', async () => {
    await using gateway = await startGateway({ targets: [targetOf()] });
    const trial = await trialOf(gateway, { function: '../livez' });
    expect(trial.status).toBe(404);
    expect((await run(gateway)).status).toBe(200);
  });

  test('takes from Server-Timing what is a time', () => {
    const header = 'gateway;dur=0.46, upstream;dur=1.73, queue;dur=10.00, attempts;desc="2", odd;dur=x, ;dur=1';
    expect(timingOf(header).map(({ name, ms, text }) => `${name} ${ms} ${text}`.replace('\u00a0', ' '))).toEqual([
      'gateway 0.46 460 µs',
      'upstream 1.73 1.73 ms',
      'queue 10 10 ms',
    ]);
    expect(timingOf('')).toEqual([]);
  });
});
