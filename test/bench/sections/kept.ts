import { compare } from '../compare.ts';
import { goals } from '../goals.ts';
import { loadOf } from '../load/request.ts';
import { missingForLua } from '../programs/nginx-there.ts';
import { startBareKept, startNginxLua } from '../programs/peers.ts';
import { recalledBy } from '../programs/recalled.ts';
import { startRunway } from '../programs/runway.ts';
import { answer, event } from '../sample.ts';
import type { Measure } from '../section.ts';
import { rowsBeside } from './rows.ts';

/** One result that is kept in memory, asked for again and again. */
export const measureKept: Measure = async (bench) => {
  const { plan, folder, upstream } = bench;
  await using opened = new AsyncDisposableStack();
  const runway = opened.use(await startRunway(folder, { upstreamUrl: upstream.url }));
  const bare = opened.use(await startBareKept(bench));
  const [apiKey] = runway.keys;
  const load = (port: number, path: string, more = {}) =>
    loadOf(folder, { port, requests: [{ path, event, ...more }], connections: 64, answer: Buffer.from(answer) });

  const contestants = [
    { name: 'runway', load: await load(runway.port, '/run/kept') },
    { name: 'bare-kept', load: await load(bare.port, '/run/kept') },
  ];
  const missing = missingForLua();
  if (!plan.quick && missing === undefined) {
    const lua = opened.use(await startNginxLua(bench));
    contestants.push({ name: 'nginx-lua', load: await load(lua.port, '/cached/hello') });
  }
  if (!plan.quick) contestants.push({ name: 'runway, key and limits', load: await load(runway.port, '/run/kept', { apiKey }) });

  const rows = rowsBeside(await compare(contestants, plan), { 'bare-kept': goals.kept.bare });
  const { hits, others } = await recalledBy(runway, 'memory');
  const notes = [`Runway answered ${hits.toLocaleString('en')} calls from memory, ${others.toLocaleString('en')} in other ways`];
  return {
    title: 'kept result from memory, 64 connections',
    comparison: 'Runway ÷ this program, the median of the ratios within each round',
    comparedUnit: '×',
    rows: plan.quick || missing === undefined ? rows : [...rows, { name: 'nginx-lua', unit: 'calls/s', runs: [], missing }],
    notes: plan.quick ? [...notes, 'left out: nginx-lua'] : notes,
  };
};
