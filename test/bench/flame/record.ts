import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { probe } from '../load/probe.ts';
import { type Load, loadOf } from '../load/request.ts';
import { wrk } from '../load/wrk.ts';
import { startRunway } from '../programs/runway.ts';
import { startUpstream } from '../programs/upstream.ts';
import { answer, event } from '../sample.ts';
import type { Span } from './fold.ts';
import type { CpuProfile } from './profile.ts';

export interface Recorded {
  readonly profile: CpuProfile;
  /** Of the load, without start, warm-up and end. */
  readonly span: Span;
}

export const connections = 64;

const warmupSeconds = 6;
const lookEveryUs = 500;

/** The profile of the real command under calls with a key and limits. @throws when a call is not answered as it has to be */
export async function record(folder: string, seconds: number): Promise<Recorded> {
  await using upstream = await startUpstream(folder);
  const profileName = 'serve.cpuprofile';
  const runway = await startRunway(folder, {
    upstreamUrl: upstream.url,
    nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${profileName}`, `--cpu-prof-interval=${lookEveryUs}`],
    // Node writes the profile as it exits, and that it has to do itself.
    endBy: 'SIGTERM',
  });
  let span: Span;
  try {
    const requests = [{ path: '/run/hello', apiKey: runway.keys[0]!, event }];
    const load = await loadOf(folder, { port: runway.port, requests, connections, answer: Buffer.from(answer) });
    await loaded(load, warmupSeconds);
    const fromUs = nowUs();
    await loaded(load, seconds);
    span = { fromUs, toUs: nowUs() };
  } finally {
    await runway[Symbol.asyncDispose]();
  }
  return { profile: JSON.parse(await readFile(join(folder, profileName), 'utf8')) as CpuProfile, span };
}

async function loaded(load: Load, seconds: number): Promise<void> {
  const fault = (await probe(load)) ?? (await wrk(load, seconds)).fault;
  if (fault !== undefined) throw new Error(`what was recorded does not count: ${fault}`);
}

/** By the clock of profiles. */
function nowUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}
