import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { coreOf } from '../programs/program.ts';
import type { Pace } from './open-loop.ts';
import type { Load } from './request.ts';

/** What `caller.ts` is to do. */
export interface AtRateOrder extends Pace, Pick<Load, 'port' | 'requests' | 'connections'> {
  readonly answer: string;
}

/** What it saw: calls at a fixed rate, each timed from the moment it was due. */
export interface AtRateRun {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** How late it was itself, see {@link OpenLoop.noticedLateMs}. */
  readonly noticedLateP99Ms: number;
  /** Undefined when every answer came and was what it has to be. */
  readonly fault: string | undefined;
}

const caller = join(import.meta.dirname, 'caller.ts');
const run = promisify(execFile);

/** Of each run, not counted: long enough for the caller's own code to be compiled. */
const leadSeconds = 1;

/** It never sleeps and shares its core with the upstream, which must not wait for it: it runs when nobody else wants to. */
const whenNobodyElseWantsTo = ['chrt', '--idle', '0'];

export async function callAtRate(
  { port, requests, connections, answer }: Load,
  callsPerSecond: number,
  seconds: number,
): Promise<AtRateRun> {
  const order: AtRateOrder = {
    port,
    requests,
    connections,
    answer: answer.toString('latin1'),
    callsPerSecond,
    leadSeconds,
    countedSeconds: seconds,
  };
  const running = run('taskset', ['-c', String(coreOf.other), ...whenNobodyElseWantsTo, process.execPath, caller]);
  running.child.stdin!.end(JSON.stringify(order));
  return JSON.parse((await running).stdout) as AtRateRun;
}
