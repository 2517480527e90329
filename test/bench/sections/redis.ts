import { compare } from '../compare.ts';
import { goals } from '../goals.ts';
import { loadOf, type Request } from '../load/request.ts';
import { startBareKept } from '../programs/peers.ts';
import { recalledBy } from '../programs/recalled.ts';
import { missingForRedis, startRedis } from '../programs/redis.ts';
import { startRunway } from '../programs/runway.ts';
import { answer } from '../sample.ts';
import type { Measure, Section } from '../section.ts';
import { rowsBeside } from './rows.ts';

/** Asked for in turn, more than there are connections: the one result that memory has place for is of a call long before. */
const events = 256;

/** Results that Redis keeps, and memory has no place for. */
export const measureRedis: Measure = async (bench) => {
  const missing = missingForRedis();
  if (missing !== undefined) return { ...section, rows: [{ name: 'runway', unit: 'calls/s', runs: [], missing }], notes: [] };
  const { plan, folder, upstream } = bench;
  await using opened = new AsyncDisposableStack();
  const redis = opened.use(await startRedis(folder));
  const runway = opened.use(await startRunway(folder, { upstreamUrl: upstream.url, redisUrl: `redis://127.0.0.1:${redis.port}` }));
  const bare = opened.use(await startBareKept(bench));
  const load = (port: number, more: Pick<Request, 'apiKey'> = {}) => {
    const requests = Array.from({ length: events }, (_, index) => ({ path: '/run/kept', event: `{"message":"Hello ${index}"}`, ...more }));
    return loadOf(folder, { port, requests, connections: 64, answer: Buffer.from(answer) });
  };
  const contestants = [
    { name: 'runway', load: await load(runway.port) },
    { name: 'bare-kept', load: await load(bare.port) },
  ];
  if (!plan.quick) contestants.push({ name: 'runway, key and limits', load: await load(runway.port, { apiKey: runway.keys[0]! }) });

  const rows = rowsBeside(await compare(contestants, plan), { 'bare-kept': goals.redis.bare });
  const { hits, others } = await recalledBy(runway, 'redis');
  const inOtherWays = `${others.toLocaleString('en')} in other ways (the first of each event among them)`;
  return { ...section, rows, notes: [`Runway answered ${hits.toLocaleString('en')} calls from Redis, ${inOtherWays}`] };
};

const section: Pick<Section, 'title' | 'comparison' | 'comparedUnit'> = {
  title: 'kept results from Redis, 64 connections',
  comparison: 'Runway ÷ this program, the median of the ratios within each round',
  comparedUnit: '×',
};
