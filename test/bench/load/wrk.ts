import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { coreOf } from '../programs/program.ts';
import type { Load } from './request.ts';

/** What wrk saw: as many calls at a time as there are connections, each sent when the one before is answered. */
export interface WrkRun {
  readonly callsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Undefined when every answer came, and none had a status of 400 or more. */
  readonly fault: string | undefined;
}

interface Result {
  readonly requests: number;
  readonly durationUs: number;
  readonly connectErrors: number;
  readonly readErrors: number;
  readonly writeErrors: number;
  readonly timeouts: number;
  readonly statusErrors: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

const script = join(import.meta.dirname, 'load.lua');
const run = promisify(execFile);

export async function wrk({ port, requestsFile, connections }: Load, seconds: number): Promise<WrkRun> {
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script, `http://127.0.0.1:${port}/`];
  const { stdout } = await run('taskset', ['-c', String(coreOf.other), 'wrk', ...args], {
    env: { ...process.env, REQUESTS_FILE: requestsFile },
  });
  return readWrk(stdout);
}

/** Reads the line that `load.lua` prints at the end. */
export function readWrk(output: string): WrkRun {
  const line = /^RESULT (.*)$/m.exec(output)?.[1];
  if (line === undefined) throw new Error(`wrk told no result: ${output.slice(0, 1_000)}`);
  const { requests, durationUs, p50Us, p99Us, ...errors } = JSON.parse(line) as Result;
  return { callsPerSecond: requests / (durationUs / 1e6), p50Ms: p50Us / 1_000, p99Ms: p99Us / 1_000, fault: faultOf(requests, errors) };
}

function faultOf(requests: number, errors: Readonly<Record<string, number>>): string | undefined {
  if (requests === 0) return 'no answer came';
  const seen = Object.entries(errors).filter(([, count]) => count > 0);
  return seen.length === 0 ? undefined : seen.map(([kind, count]) => `${count} ${kind}`).join(', ');
}
