import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whatever is compared has the first core for itself; what serves the comparison shares the other one. */
export const coreOf = { compared: 0, other: 1 } as const;

export interface Start {
  readonly command: readonly string[];
  readonly core: number;
  /** It is there once it listens here. */
  readonly port: number;
  /** What it prints goes here, as it would go to a log. */
  readonly logFile: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** `SIGTERM` for those that have children of their own to end. */
  readonly endBy?: 'SIGTERM' | 'SIGKILL';
}

export interface Program extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
}

const startWithinMs = 120_000;
const running = new Map<ChildProcess, NodeJS.Signals>();
process.once('exit', () => {
  for (const [child, signal] of running) child.kill(signal);
});

/** Starts it on its core and waits until it listens. It ends with `using`, or with this process at the latest. */
export async function startProgram({ command, core, port, logFile, cwd, env, endBy = 'SIGKILL' }: Start): Promise<Program> {
  const log = openSync(logFile, 'a');
  // taskset becomes the program: its pid is the program's.
  const child = spawn('taskset', ['-c', String(core), ...command], {
    stdio: ['ignore', log, log],
    env: { ...process.env, NODE_ENV: 'production', ...env },
    ...(cwd && { cwd }),
  });
  closeSync(log);
  running.set(child, endBy);
  const gone = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`it ended with ${code ?? signal}: ${readFileSync(logFile, 'utf8').slice(-2_000)}`));
  }).finally(() => running.delete(child));
  const end = async () => {
    child.kill(endBy);
    await gone;
  };
  const ended = await Promise.race([gone, listens(port)]);
  if (ended !== undefined) {
    await end();
    throw new Error(`cannot start ${command.join(' ')}: ${ended}`);
  }
  return { pid: child.pid!, port, [Symbol.asyncDispose]: end };
}

/** Resolves without a word when something listens; with what went wrong when nothing does in time. */
async function listens(port: number): Promise<string | undefined> {
  const giveUpAtMs = performance.now() + startWithinMs;
  while (performance.now() < giveUpAtMs) {
    const socket = connect(port, '127.0.0.1');
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return undefined;
    await sleep(20);
  }
  return `nothing listens on port ${port} after ${startWithinMs / 1_000} s`;
}
