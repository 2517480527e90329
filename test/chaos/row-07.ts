import { setTimeout as pass } from 'node:timers/promises';
import { atLeast, atMost, type Figure, inMs, inTimes, none, type Row } from './row.ts';
import type { Execution } from './support/behaviour.ts';
import { latencies, peakInFlight, percentile, perSecond } from './support/figures.ts';
import { type GatewayProcess, startGateway } from './support/gateway-process.ts';
import { Caller, type Sample } from './support/load.ts';
import { monotonicMs } from './support/monotonic.ts';
import { openUpstream, type ScriptedUpstream } from './support/upstream.ts';

const load = { perSecond: 400, forMs: 10_000 };
const healthy = { kind: 'answer', afterMs: 50 } as const;
/** Long enough for two probes to meet, were there two. */
const failing = { kind: 'answer', afterMs: 50, failuresPer100: 100 } as const;
/** Good times first: what was saved up in them must not be spent at once. */
const warmUp = { ...load, forMs: 5_000 };

/** Every call fails with a 500, and every call may be repeated: what does the upstream get to see? */
export const row07: Row = {
  number: 7,
  async measure() {
    await using upstream = await openUpstream();
    await using gateway = await startGateway({
      functions: {
        shipped: { at: upstream.endpoint, idempotent: true, breaker: { openFor: '500ms' } },
        'no-circuit': { at: upstream.endpoint, idempotent: true, breaker: { minimumRequests: 1_000_000 } },
      },
    });
    return [...(await withCircuit(upstream, gateway)), ...(await budgetAlone(upstream, gateway))];
  },
};

/** As it is shipped, but for an open time that shows several probes in the time there is. */
async function withCircuit(upstream: ScriptedUpstream, gateway: GatewayProcess): Promise<Figure[]> {
  await using caller = new Caller(gateway.url);
  await using controlCaller = new Caller(gateway.url);
  await upstream.behave('shipped', healthy);
  await caller.offer('shipped', warmUp);
  await upstream.behave('shipped', failing);
  const startMs = monotonicMs();
  // A name nobody knows is the cheapest refusal there is: what it takes is the machine's own noise.
  const control = controlCaller.offer('nobody', { ...load, perSecond: 100 });
  const [samples, known] = await Promise.all([caller.offer('shipped', load), control]);
  const executions = await executionsSince(upstream, 'shipped', startMs);

  const refused = samples.filter(({ code }) => code === 'circuit_open');
  const openedMs = Math.min(...refused.map(({ doneAtMs }) => doneAtMs));
  // Those that were under way when it opened are no probes.
  const probes = executions.filter(({ startedAtMs }) => startedAtMs > openedMs + 100);
  const controlMs = percentile(latencies(known), 0.99);
  return [
    atMost('upstream calls ÷ calls, with the circuit', 1.1, executions.length / samples.length, inTimes),
    atMost('… in the worst second', 1.2, worstSecond(executions, samples, startMs), inTimes),
    atLeast('calls refused by the open circuit', 1_000, refused.length),
    atLeast('probes while it is open', 2, probes.length),
    atMost('… at a time', 1, peakInFlight(probes)),
    none('refusals without Retry-After', refused.length, refused.filter(({ headers }) => !headers['retry-after']).length),
    atMost(`refusals, p99 (control ${inMs(controlMs)} + 5 ms)`, controlMs + 5, percentile(latencies(refused), 0.99), inMs),
  ];
}

/** The circuit never opens: the budget alone holds the repeats. By default 10 % of the calls and 3 a second. */
async function budgetAlone(upstream: ScriptedUpstream, gateway: GatewayProcess): Promise<Figure[]> {
  await using caller = new Caller(gateway.url);
  await upstream.behave('no-circuit', healthy);
  await caller.offer('no-circuit', warmUp);
  await upstream.behave('no-circuit', failing);
  const startMs = monotonicMs();
  const samples = await caller.offer('no-circuit', load);
  await pass(500);
  const executions = await executionsSince(upstream, 'no-circuit', startMs);
  const withheld = await gateway.metric('runway_retries_withheld_total', { function: 'no-circuit' });
  return [
    atMost('upstream calls ÷ calls, by the budget alone', 1.12, executions.length / samples.length, inTimes),
    atMost('… in the worst second', 1.2, worstSecond(executions, samples, startMs), inTimes),
    atLeast('repeats withheld, as the metric has it', samples.length * 0.5, withheld),
  ];
}

async function executionsSince(upstream: ScriptedUpstream, name: string, sinceMs: number): Promise<Execution[]> {
  return (await upstream.report()).executions.filter((execution) => execution.name === name && execution.startedAtMs >= sinceMs);
}

function worstSecond(executions: readonly Execution[], samples: readonly Sample[], startMs: number): number {
  const endMs = startMs + load.forMs;
  const offered = perSecond(
    samples.map(({ dueAtMs }) => dueAtMs),
    startMs,
    endMs,
  );
  const seen = perSecond(
    executions.map(({ startedAtMs }) => startedAtMs),
    startMs,
    endMs,
  );
  return Math.max(...seen.map((count, second) => count / Math.max(1, offered[second]!)));
}
