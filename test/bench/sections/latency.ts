import { type Contestant, callsPerSecond, type Measured, takeTurns, warmUp } from '../compare.ts';
import { goals } from '../goals.ts';
import { type AtRateRun, callAtRate } from '../load/at-rate.ts';
import { loadOf } from '../load/request.ts';
import { wrk } from '../load/wrk.ts';
import { missingForLua } from '../programs/nginx-there.ts';
import { startNginxLua, startNodePeer } from '../programs/peers.ts';
import { startRunway } from '../programs/runway.ts';
import { answer, event, invocationPath } from '../sample.ts';
import type { Measure, Row, Section } from '../section.ts';
import { counted, pairedDifference, type Rounds } from '../statistics.ts';

/** Enough that a stall is waited for by many, and so few that a call waits for a connection only when there is one. */
const connections = 64;

/** Of what Runway manages: it is neither idle nor swamped. */
const shareOfThroughput = 0.5;

const quantiles = ['p50', 'p99'] as const;

/** What a call takes at a fixed rate, through Runway with all policies, and what that is more than without it. */
export const measureLatency: Measure = async (bench) => {
  const { plan, folder, upstream } = bench;
  await using opened = new AsyncDisposableStack();
  const runway = opened.use(await startRunway(folder, { upstreamUrl: upstream.url }));
  const load = (port: number, path = '/run/hello') =>
    loadOf(folder, { port, requests: [{ path, apiKey: runway.keys[0]!, event }], connections, answer: Buffer.from(answer) });
  const own = { name: 'runway', load: await load(runway.port) };
  const direct = { name: 'direct', load: await load(upstream.port, invocationPath('hello')) };
  const peers: Contestant[] = [];
  const missing = missingForLua();
  if (!plan.quick) {
    peers.push({ name: 'bare', load: await load(opened.use(await startNodePeer('bare', bench)).port) });
    if (missing === undefined) peers.push({ name: 'nginx-lua', load: await load(opened.use(await startNginxLua(bench)).port) });
  }

  await warmUp([own, ...peers], plan);
  const [swamped] = await takeTurns([own], { ...plan, rounds: 1 }, wrk);
  const [throughput] = callsPerSecond(swamped!);
  if (throughput === undefined) {
    const why = 'no run counts that tells how many calls a second Runway manages';
    return {
      ...section,
      title: 'latency',
      rows: [{ name: 'runway', unit: 'ms', runs: [], missing: why, discarded: swamped!.discarded }],
      notes: [],
    };
  }
  const rate = Math.round(throughput * shareOfThroughput);
  const measured = await takeTurns([own, direct, ...peers], plan, (to, seconds) => callAtRate(to, rate, seconds));
  return {
    ...section,
    title: `latency at ${rate.toLocaleString('en')} calls/s`,
    rows: [
      ...rowsOf(measured),
      ...(missing === undefined || plan.quick ? [] : [{ name: 'nginx-lua', unit: 'ms' as const, runs: [], missing }]),
    ],
    notes: [lateness(measured), ...(plan.quick ? ['left out: bare, nginx-lua'] : [])],
  };
};

const section: Pick<Section, 'comparison' | 'comparedUnit'> = {
  comparison: 'what this program adds to a call directly to the upstream, the median of the differences within each round',
  comparedUnit: 'ms',
};

/** What is measured is the time of all calls of a rank, not that of one: the difference of p99 is not the p99 of the differences. */
function rowsOf(measured: readonly Measured<AtRateRun>[]): Row[] {
  const direct = measured.find(({ name }) => name === 'direct')!;
  return measured.flatMap((one) =>
    quantiles.map((quantile): Row => {
      const runs = quantileMs(one, quantile);
      return {
        name: `${one.name}, ${quantile}`,
        unit: 'ms',
        runs,
        discarded: quantile === quantiles[0] ? one.discarded : [],
        compared: one === direct ? undefined : pairedDifference(runs, quantileMs(direct, quantile)),
        goal: one.name === 'runway' ? goals.latency[quantile] : undefined,
      };
    }),
  );
}

function quantileMs({ runs }: Measured<AtRateRun>, quantile: (typeof quantiles)[number]): Rounds {
  return runs.map((run) => run?.[`${quantile}Ms`]);
}

/** For who wants to know how far the figures can be trusted. */
function lateness(measured: readonly Measured<AtRateRun>[]): string {
  const worst = measured.map(({ name, runs }) => {
    const lateMs = counted(runs.map((run) => run?.noticedLateP99Ms));
    return `${name} ${lateMs.length > 0 ? Math.max(...lateMs).toFixed(3) : 'unknown'}`;
  });
  return `late by the doing of the caller, p99 of the worst round in ms: ${worst.join(', ')}`;
}
