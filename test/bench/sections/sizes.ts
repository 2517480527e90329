import { callsPerSecond, compare } from '../compare.ts';
import { goals } from '../goals.ts';
import { jsonOfKb } from '../load/json-of-kb.ts';
import { loadOf } from '../load/request.ts';
import { startNodePeer } from '../programs/peers.ts';
import { startRunway } from '../programs/runway.ts';
import { answerSizesKb, largeAnswer } from '../programs/upstream.ts';
import type { Bench, Measure, Row } from '../section.ts';
import { pairedRatio, type Rounds } from '../statistics.ts';

/** Enough to keep a core busy, and few enough that all bodies together fit into its memory. */
const connections = 16;

/** Large events and answers, beside bare Node with the same ones. */
export const measureSizes: Measure = async (bench) => {
  const rows: Row[] = [];
  for (const kb of answerSizesKb) rows.push(...(await measureSize(bench, kb)));
  return {
    title: `large events and answers, ${connections} connections`,
    comparison: 'Runway ÷ this program, in bytes a second, the median of the ratios within each round',
    comparedUnit: '×',
    rows,
    notes: [],
  };
};

async function measureSize(bench: Bench, kb: (typeof answerSizesKb)[number]): Promise<Row[]> {
  const { plan, folder, upstream } = bench;
  await using opened = new AsyncDisposableStack();
  const runway = opened.use(await startRunway(folder, { upstreamUrl: upstream.url }));
  const bare = opened.use(await startNodePeer('bare', bench, largeAnswer(kb)));
  const body = jsonOfKb(kb);
  const requests = [{ path: `/run/${largeAnswer(kb)}`, event: body.toString() }];
  const load = (port: number) => loadOf(folder, { port, requests, connections, answer: body });
  const contestants = [
    { name: `runway, ${kb} KB`, load: await load(runway.port) },
    { name: `bare, ${kb} KB`, load: await load(bare.port) },
  ];
  const [own, other] = await compare(contestants, plan);
  const runs = { own: megabytes(callsPerSecond(own!), kb), other: megabytes(callsPerSecond(other!), kb) };
  return [
    { name: own!.name, unit: 'MB/s', runs: runs.own, discarded: own!.discarded },
    {
      name: other!.name,
      unit: 'MB/s',
      runs: runs.other,
      discarded: other!.discarded,
      compared: pairedRatio(runs.own, runs.other),
      goal: goals.sizes.bare,
    },
  ];
}

/** There and back. */
function megabytes(calls: Rounds, kb: number): Rounds {
  return calls.map((each) => each && (each * 2 * kb) / 1_024);
}
