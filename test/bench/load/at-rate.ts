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
  /** Undefined when every answer came, was what it has to be, and the caller was not too late itself. */
  readonly fault: string | undefined;
}

const caller = join(import.meta.dirname, 'caller.ts');
const run = promisify(execFile);

/** Of each run, not counted: long enough for the caller's own code to be compiled. */
const leadSeconds = 1;

/** The first goal for p99. Undisturbed it is 0.1 to 0.4 ms, since the caller waits for the upstream on its core; disturbed, 5 ms and more. */
const mostLateMs = 1;

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
  return readAtRate((await running).stdout);
}

/** Reads what `caller.ts` prints. A late caller has measured itself, or who else is at work on this machine. */
export function readAtRate(output: string): AtRateRun {
  const run = JSON.parse(output) as AtRateRun;
  const { noticedLateP99Ms } = run;
  const late = noticedLateP99Ms > mostLateMs ? `the caller was late itself, its p99 is ${noticedLateP99Ms.toFixed(3)} ms` : undefined;
  return { ...run, fault: run.fault ?? late };
}
