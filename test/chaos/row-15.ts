import { setTimeout as pass } from 'node:timers/promises';
import { until } from '../support/until.ts';
import { atMost, exactly, type Figure, none, type Row } from './row.ts';
import { failures } from './support/figures.ts';
import { type GatewayProcess, startGateway } from './support/gateway-process.ts';
import { Caller, type Sample } from './support/load.ts';
import { openRedisServer } from './support/redis.ts';
import { openUpstream, type ScriptedUpstream } from './support/upstream.ts';

const calls = 1_000;
/** Long enough for all of them to arrive meanwhile. */
const takesMs = 3_000;
const names = ['at-once', 'left', 'over-three', 'killed'];

/** Everybody asks for the same, and nothing of it is kept yet: it is computed once. */
export const row15: Row = {
  number: 15,
  async measure() {
    await using upstream = await openUpstream();
    for (const name of names) await upstream.behave(name, { kind: 'numbered', afterMs: takesMs });
    const kept = { at: upstream.endpoint, idempotent: true, cache: { ttl: '10m' } };
    const functions = Object.fromEntries(names.map((name) => [name, kept]));
    await using redis = await openRedisServer();
    // A busy machine must not pass for a Redis that is away.
    const start = () => startGateway({ functions, redis: { url: redis.url, timeout: '1s' } });
    await using one = await start();
    await using two = await start();
    await using three = await start();
    await using callerOne = new Caller(one.url);
    await using callerTwo = new Caller(two.url);
    await using callerThree = new Caller(three.url);
    const all = [callerOne, callerTwo, callerThree];
    return [
      ...(await identical('identical calls', upstream, 'at-once', [callerOne])),
      ...(await firstLeaves(upstream, callerOne)),
      ...(await identical('identical calls over 3 gateways', upstream, 'over-three', all)),
      ...(await leaderDies(upstream, one, callerOne, [callerTwo, callerThree])),
    ];
  },
};

async function identical(what: string, upstream: ScriptedUpstream, name: string, callers: readonly Caller[]): Promise<Figure[]> {
  const samples = await callTogether(name, calls, callers);
  return [...answered(what, samples), exactly('… calls upstream', 1, (await executionsOf(upstream, name)).length)];
}

async function firstLeaves(upstream: ScriptedUpstream, caller: Caller): Promise<Figure[]> {
  const leaving = new AbortController();
  const first = caller.call('left', { signal: leaving.signal });
  await isRunning(upstream, 'left');
  const others = callTogether('left', calls - 1, [caller]);
  // One of them that waits by then would do.
  await pass(takesMs / 3);
  leaving.abort();
  const gone = await first;
  return [
    ...answered('the first caller leaves, the others', await others),
    exactly('… callers who left without an answer', 1, failures([gone])),
    exactly('… calls upstream', 1, (await executionsOf(upstream, 'left')).length),
  ];
}

async function leaderDies(
  upstream: ScriptedUpstream,
  leader: GatewayProcess,
  caller: Caller,
  others: readonly Caller[],
): Promise<Figure[]> {
  const first = caller.call('killed');
  await isRunning(upstream, 'killed');
  const waiting = callTogether('killed', calls, others);
  await pass(takesMs / 3);
  await leader.kill();
  await first;
  const samples = await waiting;
  const executions = await executionsOf(upstream, 'killed');
  return [
    ...answered('the gateway at work is killed, calls to the others', samples),
    atMost('… calls upstream after that', 1, executions.length - 1),
    exactly('… calls upstream that died with it', 1, executions.filter(({ ending }) => ending === 'left').length),
  ];
}

/** As many calls as that at once, spread evenly. */
function callTogether(name: string, count: number, callers: readonly Caller[]): Promise<Sample[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => callers[index % callers.length]!.call(name)));
}

/** Each of them was answered, and with the same. */
function answered(what: string, samples: readonly Sample[]): Figure[] {
  return [
    none(`${what}: failed`, samples.length, failures(samples)),
    exactly('… different answers', 1, new Set(samples.map(({ body }) => body.toString())).size),
  ];
}

async function executionsOf(upstream: ScriptedUpstream, name: string) {
  return (await upstream.report()).executions.filter((execution) => execution.name === name);
}

async function isRunning(upstream: ScriptedUpstream, name: string): Promise<void> {
  await until('the function runs', async () => (await executionsOf(upstream, name)).length === 1);
}
