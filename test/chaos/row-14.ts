import { setTimeout as pass } from 'node:timers/promises';
import { atLeast, atMost, type Figure, inMs, type Row } from './row.ts';
import { latencies, percentile } from './support/figures.ts';
import { type GatewayProcess, startGateway } from './support/gateway-process.ts';
import { Caller, type Sample } from './support/load.ts';
import { monotonicMs } from './support/monotonic.ts';
import { openUpstream, type ScriptedUpstream } from './support/upstream.ts';

const deadlineMs = 300;
const aborts = 1_000;

/** Whatever holds a call up, it is over at its deadline; and a caller who leaves takes the work along. */
export const row14: Row = {
  number: 14,
  async measure() {
    await using upstream = await openUpstream();
    const at = upstream.endpoint;
    const roomy = { max: 1_000, adaptive: false };
    const settings = { timeout: `${deadlineMs}ms`, breaker: { minimumRequests: 1_000_000 }, concurrency: roomy, idempotent: true };
    await using gateway = await startGateway({
      upstream: { maxConcurrency: 2_000, maxConnections: 2_000 },
      functions: {
        control: { at, concurrency: roomy },
        mute: { at, ...settings },
        // Fails and fails again: most of the time goes by between attempts.
        repeated: {
          at,
          ...settings,
          retry: { attempts: 10, backoff: { base: '50ms', max: '150ms' }, budget: { ratio: 1, minPerSecond: 1_000 } },
        },
        // Most of its calls never leave the queue.
        queued: { at, ...settings, concurrency: { max: 5, queue: 1_000, queueTimeout: '10s', adaptive: false } },
        left: { at, timeout: '30s', concurrency: roomy },
      },
    });
    await upstream.behave('control', { kind: 'answer', afterMs: deadlineMs });
    await upstream.behave('repeated', { kind: 'answer', afterMs: 20, failuresPer100: 100 });
    for (const name of ['mute', 'queued', 'left']) await upstream.behave(name, { kind: 'mute' });
    return [...(await deadlines(gateway)), ...(await callersWhoLeave(gateway, upstream))];
  },
};

async function deadlines(gateway: GatewayProcess): Promise<Figure[]> {
  await using caller = new Caller(gateway.url);
  await caller.drive('control', { callers: 50, calls: 200, forMs: 5_000 });
  const load = { perSecond: 100, forMs: 10_000 };
  // Answers that take as long as the deadline, at the same time: what they are late by is the machine's own noise.
  const [control, ...held] = await Promise.all(['control', 'mute', 'repeated', 'queued'].map((name) => caller.offer(name, load)));
  const late = (samples: readonly Sample[]) => percentile(latencies(samples), 0.999) - deadlineMs;
  const noiseMs = Math.max(0, late(control!));
  const [mute, repeated, queued] = held as [Sample[], Sample[], Sample[]];
  const figure = (what: string, samples: readonly Sample[]) =>
    atMost(`${what}: past the deadline, p99.9 (control ${inMs(noiseMs)} + 20 ms)`, noiseMs + 20, late(samples), inMs);
  return [
    figure('no answer comes', mute),
    figure('repeats', repeated),
    figure('in the queue', queued),
    atLeast('… of these, answered by the deadline', mute.length, mute.filter(({ code }) => code === 'deadline_exceeded').length),
  ];
}

async function callersWhoLeave(gateway: GatewayProcess, upstream: ScriptedUpstream): Promise<Figure[]> {
  const descriptors = () => gateway.metric('process_open_fds');
  // Connections of the rows before are idle; they are gone by themselves after some seconds.
  const baseSockets = await settled(descriptors);
  const leftAtMs = new Map<string, number>();
  {
    await using caller = new Caller(gateway.url);
    const leave = async () => {
      const leaving = new AbortController();
      const call = caller.call('left', { signal: leaving.signal });
      await pass(100 + Math.random() * 100);
      const atMs = monotonicMs();
      leaving.abort();
      leftAtMs.set((await call).requestId, atMs);
    };
    const calls: Promise<void>[] = [];
    for (let count = 0; count < aborts; count++) {
      calls.push(leave());
      await pass(4);
    }
    await Promise.all(calls);
  }
  const endedMs = monotonicMs();
  await pass(200);
  const executions = (await upstream.report()).executions.filter(({ name }) => name === 'left');
  const lagsMs = executions.map(({ requestId, endedAtMs = Number.POSITIVE_INFINITY }) => endedAtMs - leftAtMs.get(requestId)!);
  let sockets = await descriptors();
  while (sockets > baseSockets && monotonicMs() - endedMs < 5_000) {
    await pass(100);
    sockets = await descriptors();
  }
  return [
    atLeast('callers who leave, their calls upstream', aborts, executions.length),
    atMost('… the upstream is left, at most after', 100, Math.max(...lagsMs), inMs),
    atMost('… sockets of the gateway within 5 s', baseSockets, sockets),
    atLeast(
      '… counted as client_closed',
      aborts,
      await gateway.metric('runway_requests_total', { function: 'left', outcome: 'client_closed' }),
    ),
  ];
}

/** A gauge that only sinks, once it has sunk to its bottom: the lowest of what it was over 6 s. */
async function settled(gauge: () => Promise<number>): Promise<number> {
  let lowest = await gauge();
  const untilMs = monotonicMs() + 6_000;
  while (monotonicMs() < untilMs) {
    await pass(200);
    lowest = Math.min(lowest, await gauge());
  }
  return lowest;
}
