import { getEventListeners } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openTokens, type TokenResult, type Tokens } from '../../src/functiongraph/tokens.ts';
import { openTransport } from '../../src/functiongraph/transport.ts';
import { FakeClock } from '../support/clock.ts';
import { httpAnswer, openTcpUpstream, type TcpUpstream } from '../support/tcp-upstream.ts';

const never = new AbortController().signal;
const dayMs = 86_400_000;

type Reply = (count: number) => string | undefined;

interface Setup {
  readonly tokens: Tokens;
  readonly iam: TcpUpstream;
  readonly clock: FakeClock;
  readonly statuses: boolean[];
  /** Lets the n-th answer go. */
  readonly allow: () => void;
}

/** The n-th token is `token-n`; its dates are those of the fake clock. */
async function setup(reply?: Reply, { random = 0.5, held = false } = {}): Promise<Setup> {
  const clock = new FakeClock();
  const statuses: boolean[] = [];
  const pending: (() => void)[] = [];
  const iam = await openTcpUpstream((socket) => {
    const count = iam.requests.length;
    const answer = () => socket.write(reply?.(count) ?? issue(clock, `token-${count}`));
    if (held) pending.push(answer);
    else answer();
  });
  const credentials = {
    kind: 'iam',
    endpoint: iam.origin,
    domain: 'acme',
    user: 'gateway',
    password: { reveal: () => 'pass"word' },
    project: 'cn-north-4',
  } as const;
  const transport = openTransport({ origin: iam.origin, maxConnections: 1, connectTimeoutMs: 1000 });
  onTestFinished(() => transport.destroy());
  const tokens = openTokens({ credentials, transport, clock, random: () => random, onStatus: (up) => statuses.push(up) });
  return { tokens, iam, clock, statuses, allow: () => pending.shift()?.() };
}

function issue(clock: FakeClock, token: string, livesMs = dayMs): string {
  const date = (ms: number) => new Date(ms).toISOString().replace('Z', '000Z');
  const body = { token: { issued_at: date(clock.epochMs()), expires_at: date(clock.epochMs() + livesMs), methods: ['password'] } };
  return httpAnswer(201, { 'X-Subject-Token': token }, JSON.stringify(body));
}

const token = (result: TokenResult): string | undefined => (result.kind === 'token' ? result.token : undefined);

describe('a token', () => {
  test('is asked for as IAM documents it', async () => {
    const { tokens, iam } = await setup();
    await tokens.current(never);
    expect(iam.requests).toMatchObject([
      { line: 'POST /v3/auth/tokens?nocatalog=true HTTP/1.1', headers: { 'content-type': 'application/json;charset=utf8' } },
    ]);
    expect(JSON.parse(iam.requests[0]!.body)).toEqual({
      auth: {
        identity: { methods: ['password'], password: { user: { name: 'gateway', password: 'pass"word', domain: { name: 'acme' } } } },
        scope: { project: { name: 'cn-north-4' } },
      },
    });
  });

  test('is fetched once for 1,000 callers at the same time', async () => {
    const { tokens, iam } = await setup();
    const results = await Promise.all(Array.from({ length: 1000 }, () => tokens.current(never)));
    expect(new Set(results.map(token))).toEqual(new Set(['token-1']));
    expect(iam.requests).toHaveLength(1);
  });

  test.each([
    [0, 0.8],
    [0.999, 0.9],
  ])('is renewed with jitter: at random %f at %f of its life, while the old one is used on', async (random, share) => {
    const { tokens, iam, clock, allow } = await setup(undefined, { random, held: true });
    const first = tokens.current(never);
    await expect.poll(() => iam.requests.length).toBe(1);
    allow();
    expect(token(await first)).toBe('token-1');
    await clock.advance(dayMs * share - 60_000 * 5);
    await tokens.current(never);
    await clock.advance(60_000 * 5 + 1);
    expect(token(await tokens.current(never))).toBe('token-1');
    await expect.poll(() => iam.requests.length).toBe(2);
    expect(token(await tokens.current(never))).toBe('token-1');
    allow();
    await expect.poll(async () => token(await tokens.current(never))).toBe('token-2');
    expect(iam.requests).toHaveLength(2);
  });

  test('that has expired is never given out', async () => {
    const { tokens, clock } = await setup();
    await tokens.current(never);
    await clock.advance(dayMs);
    expect(token(await tokens.current(never))).toBe('token-2');
  });

  test('lives as long as IAM says, even when our clock is hours off', async () => {
    const skewed = new FakeClock(Date.UTC(2020, 0));
    const { tokens, clock, iam } = await setup((count) => issue(skewed, `token-${count}`));
    await tokens.current(never);
    await clock.advance(dayMs * 0.7);
    expect(token(await tokens.current(never))).toBe('token-1');
    expect(iam.requests).toHaveLength(1);
  });
});

describe('a refused token', () => {
  test('is replaced once, however many calls it was refused to', async () => {
    const { tokens, iam, clock } = await setup();
    await tokens.current(never);
    await clock.advance(60_000);
    const results = await Promise.all(
      Array.from({ length: 100 }, () => {
        expect(tokens.invalidate('token-1')).toBe(true);
        return tokens.current(never);
      }),
    );
    expect(new Set(results.map(token))).toEqual(new Set(['token-2']));
    expect(tokens.invalidate('token-1')).toBe(true);
    expect(token(await tokens.current(never))).toBe('token-2');
    expect(iam.requests).toHaveLength(2);
  });

  test('that is new is kept: another one would be refused too', async () => {
    const { tokens, iam, clock } = await setup();
    await tokens.current(never);
    await clock.advance(29_999);
    expect(tokens.invalidate('token-1')).toBe(false);
    expect(token(await tokens.current(never))).toBe('token-1');
    expect(iam.requests).toHaveLength(1);
  });
});

describe('when IAM fails', () => {
  const broken = httpAnswer(503, {}, '');

  test('the old token is used for as long as it lives, and not a moment longer', async () => {
    const { tokens, clock, statuses } = await setup((count) => (count === 1 ? undefined : broken));
    await tokens.current(never);
    await clock.advance(dayMs * 0.9);
    expect(token(await tokens.current(never))).toBe('token-1');
    await expect.poll(() => statuses).toEqual([true, false]);
    await clock.advance(dayMs * 0.1 - 1);
    expect(token(await tokens.current(never))).toBe('token-1');
    await clock.advance(1);
    expect(await tokens.current(never)).toEqual({ kind: 'unavailable', reason: 'reset' });
  });

  test('it is asked ever more rarely, and at least once a minute', async () => {
    const { tokens, iam, clock } = await setup(() => broken, { random: 1 });
    const askedAtMs: number[] = [];
    for (let second = 0; second < 200; second++) {
      const before = iam.requests.length;
      expect(await tokens.current(never)).toEqual({ kind: 'unavailable', reason: 'reset' });
      if (iam.requests.length > before) askedAtMs.push(clock.nowMs());
      await clock.advance(1000);
    }
    expect(askedAtMs).toEqual([0, 1000, 3000, 7000, 15_000, 31_000, 63_000, 123_000, 183_000]);
  });

  test('callers within the pause fail at once, and the first after it may find it well again', async () => {
    const { tokens, iam, clock, statuses } = await setup((count) => (count === 1 ? broken : undefined), { random: 1 });
    await tokens.current(never);
    await Promise.all(Array.from({ length: 100 }, () => tokens.current(never)));
    expect(iam.requests).toHaveLength(1);
    await clock.advance(1000);
    expect(token(await tokens.current(never))).toBe('token-2');
    expect(statuses).toEqual([false, true]);
  });

  test('a refused password is told from IAM being away', async () => {
    const { tokens } = await setup(() => httpAnswer(401, {}, '{"error":{"message":"The username or password is wrong."}}'));
    expect(await tokens.current(never)).toEqual({ kind: 'rejected', status: 401, message: 'IAM answered 401 to a request for a token' });
  });

  test.each([
    ['no token', httpAnswer(201, {}, '{"token":{"expires_at":"2027-01-01T00:00:00.000000Z"}}')],
    ['no date', httpAnswer(201, { 'X-Subject-Token': 't' }, '{"token":{}}')],
    ['a date in the past', httpAnswer(201, { 'X-Subject-Token': 't' }, '{"token":{"expires_at":"2019-01-01T00:00:00.000000Z"}}')],
    ['no JSON', httpAnswer(201, { 'X-Subject-Token': 't' }, '<html>')],
    ['null', httpAnswer(201, { 'X-Subject-Token': 't' }, 'null')],
    ['another status', httpAnswer(200, { 'X-Subject-Token': 't' }, '{"token":{"expires_at":"2027-01-01T00:00:00.000000Z"}}')],
  ])('an answer with %s is none', async (_, answer) => {
    const { tokens, statuses } = await setup(() => answer);
    expect(await tokens.current(never)).toEqual({ kind: 'unavailable', reason: 'reset' });
    expect(statuses).toEqual([false]);
  });

  test('and does not answer, it is given up after 10 seconds', async () => {
    const { tokens, iam, clock } = await setup(undefined, { held: true });
    const waiting = tokens.current(never);
    await expect.poll(() => iam.requests.length).toBe(1);
    await clock.advance(10_000);
    expect(await waiting).toEqual({ kind: 'unavailable', reason: 'connect_timeout' });
  });
});

test('a caller who leaves does not wait for IAM, and the others still get the token', async () => {
  const { tokens, iam, allow } = await setup(undefined, { held: true });
  const caller = new AbortController();
  const left = tokens.current(caller.signal);
  const stayed = tokens.current(never);
  await expect.poll(() => iam.requests.length).toBe(1);
  caller.abort('caller_left');
  expect(await left).toEqual({ kind: 'ended' });
  allow();
  expect(token(await stayed)).toBe('token-1');
  expect(getEventListeners(never, 'abort')).toEqual([]);
});
