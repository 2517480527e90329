import { callsPerSecond, compare } from '../compare.ts';
import { type Goal, goals } from '../goals.ts';
import { loadOf } from '../load/request.ts';
import { missingForLua, missingForNginx } from '../programs/nginx-there.ts';
import { startNginxLua, startNginxPlain, startNodePeer } from '../programs/peers.ts';
import type { Program } from '../programs/program.ts';
import { startRunway } from '../programs/runway.ts';
import { answer, event } from '../sample.ts';
import type { Bench, Measure, Row } from '../section.ts';
import { pairedRatio } from '../statistics.ts';

interface Peer {
  readonly name: string;
  readonly goal?: Goal;
  /** Why it cannot be there. */
  readonly missing?: string | undefined;
  /** Left out where there is little time. */
  readonly extra?: true;
  start(bench: Bench): Promise<Program>;
}

const node = (name: string) => ({ name, start: (bench: Bench) => startNodePeer(name, bench) });

const peers: readonly Peer[] = [
  { ...node('bare'), goal: goals.calls.bare },
  { name: 'nginx-lua', missing: missingForLua(), start: startNginxLua, goal: goals.calls.nginxLua, extra: true },
  { ...node('fastify-http-proxy'), goal: goals.calls.fastifyHttpProxy },
  { name: 'nginx-plain', missing: missingForNginx(), start: startNginxPlain, extra: true },
  { ...node('http-proxy-middleware'), extra: true },
  { ...node('hono-proxy'), extra: true },
];

/** Calls of one function, all policies on, beside programs that hand the same calls on. */
export const measureCalls: Measure = async (bench) => {
  const { plan, folder, upstream } = bench;
  await using opened = new AsyncDisposableStack();
  const runway = opened.use(await startRunway(folder, { upstreamUrl: upstream.url }));
  const wanted = peers.filter(({ extra }) => !(plan.quick && extra));
  const there = wanted.filter(({ missing }) => missing === undefined);
  // All have the same key in their requests; only Runway looks at it.
  const requests = [{ path: '/run/hello', apiKey: runway.keys[0]!, event }];
  const load = (port: number) => loadOf(folder, { port, requests, connections: 64, answer: Buffer.from(answer) });
  const contestants = [{ name: 'runway', load: await load(runway.port) }];
  for (const { name, start } of there) {
    const { port } = opened.use(await start(bench));
    contestants.push({ name, load: await load(port) });
  }
  const measured = await compare(contestants, plan);
  const runs = new Map(measured.map((one) => [one.name, { calls: callsPerSecond(one), discarded: one.discarded }]));
  const own = runs.get('runway')!;
  const rows = wanted.map(({ name, goal, missing }): Row => {
    const found = runs.get(name);
    if (found === undefined) return { name, unit: 'calls/s', runs: [], missing: missing!, goal };
    return { name, unit: 'calls/s', runs: found.calls, discarded: found.discarded, compared: pairedRatio(own.calls, found.calls), goal };
  });
  return {
    title: 'calls, 64 connections, all policies on',
    comparison: 'Runway ÷ this program, the median of the ratios within each round',
    comparedUnit: '×',
    rows: [{ name: 'runway', unit: 'calls/s', runs: own.calls, discarded: own.discarded }, ...rows],
    notes: plan.quick ? [`left out: ${peers.flatMap(({ name, extra }) => (extra ? [name] : [])).join(', ')}`] : [],
  };
};
