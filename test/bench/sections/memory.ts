import { readFile } from 'node:fs/promises';
import { compare } from '../compare.ts';
import { goals } from '../goals.ts';
import { loadOf } from '../load/request.ts';
import { startRunway } from '../programs/runway.ts';
import { answer, event } from '../sample.ts';
import type { Measure } from '../section.ts';

/** What the process takes of the machine's memory under load: resident, after it, and at its most. */
export const measureMemory: Measure = async ({ plan, folder, upstream }) => {
  await using runway = await startRunway(folder, { upstreamUrl: upstream.url, functions: 10_000, maxConcurrency: 1_100 });
  const requests = runway.functions.map((name) => ({ path: `/run/${name}`, apiKey: runway.keys[0]!, event }));
  const load = await loadOf(folder, { port: runway.port, requests, connections: 1_000, answer: Buffer.from(answer) });
  const [measured] = await compare([{ name: 'runway', load }], plan);
  const status = await readFile(`/proc/${runway.pid}/status`, 'utf8');
  const megabytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1_024;
  const resident = megabytes('VmRSS');
  return {
    title: 'memory, 1,000 connections and 10,000 functions',
    comparison: 'the figure itself',
    comparedUnit: 'MB',
    rows: [
      { name: 'resident after load', unit: 'MB', runs: [resident], compared: resident, goal: goals.memory, discarded: measured!.discarded },
      { name: 'at its most', unit: 'MB', runs: [megabytes('VmHWM')] },
    ],
    notes: [],
  };
};
