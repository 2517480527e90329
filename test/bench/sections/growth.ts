import { callsPerSecond, compare } from '../compare.ts';
import { goals } from '../goals.ts';
import { loadOf, type Request } from '../load/request.ts';
import { startRunway } from '../programs/runway.ts';
import type { Wanted } from '../programs/runway-config.ts';
import { answer, event } from '../sample.ts';
import type { Bench, Measure, Row } from '../section.ts';
import { pairedRatio } from '../statistics.ts';

interface Size {
  readonly name: string;
  readonly wanted?: Pick<Wanted, 'functions' | 'consumers'>;
  readonly connections?: number;
}

const usualConnections = 64;
/** So that none of the connections is refused a place. */
const maxConcurrency = 1_100;

/** wrk takes minutes to make a hundred thousand ready. */
const mostRequests = 10_000;

const pairs: readonly (readonly [few: Size, many: Size])[] = [
  [
    { name: '10 functions', wanted: { functions: 10 } },
    { name: '10,000 functions', wanted: { functions: 10_000 } },
  ],
  [
    { name: '1 consumer', wanted: { consumers: 1 } },
    { name: '100,000 consumers', wanted: { consumers: 100_000 } },
  ],
  [{ name: '64 connections' }, { name: '1,000 connections', connections: 1_000 }],
];

/** What more functions, consumers and connections cost: two gateways take turns, and the idle one costs nothing. */
export const measureGrowth: Measure = async (bench) => {
  const rows: Row[] = [];
  for (const [few, many] of pairs) rows.push(...(await measurePair(bench, few, many)));
  return {
    title: 'growth',
    comparison: 'how many fewer calls there are with more, the median of the rounds',
    comparedUnit: '%',
    rows,
    notes: ['the calls go to all functions in turn, and come from 10,000 of the 100,000 consumers in turn'],
  };
};

async function measurePair(bench: Bench, few: Size, many: Size): Promise<Row[]> {
  await using opened = new AsyncDisposableStack();
  const start = async ({ name, wanted = {}, connections = usualConnections }: Size) => {
    const runway = opened.use(await startRunway(bench.folder, { upstreamUrl: bench.upstream.url, maxConcurrency, ...wanted }));
    const names = runway.functions.length > 0 ? runway.functions : ['hello'];
    const count = Math.min(mostRequests, Math.max(names.length, runway.keys.length));
    const requests = Array.from({ length: count }, (_, index): Request => {
      return { path: `/run/${evenlyOf(names, index, count)}`, apiKey: evenlyOf(runway.keys, index, count), event };
    });
    return { name, load: await loadOf(bench.folder, { port: runway.port, requests, connections, answer: Buffer.from(answer) }) };
  };
  const [with1, with2] = await compare([await start(few), await start(many)], bench.plan);
  const runs = { few: callsPerSecond(with1!), many: callsPerSecond(with2!) };
  const kept = pairedRatio(runs.many, runs.few);
  return [
    { name: few.name, unit: 'calls/s', runs: runs.few, discarded: with1!.discarded },
    {
      name: many.name,
      unit: 'calls/s',
      runs: runs.many,
      discarded: with2!.discarded,
      compared: kept === undefined ? undefined : (1 - kept) * 100,
      goal: goals.growth,
    },
  ];
}

/** The one of `all` for the call number `index` of `count`, evenly over all of them. */
function evenlyOf<T>(all: readonly T[], index: number, count: number): T {
  return all[Math.floor((index * all.length) / count)]!;
}
