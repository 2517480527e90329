import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '../..');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `runway ARGS` to its end, as a user would. */
export async function runway(
  args: readonly string[],
  { env = {}, input = '', cwd = root }: { env?: NodeJS.ProcessEnv; input?: string; cwd?: string } = {},
): Promise<Finished> {
  const child = start(args, env, cwd);
  const output = collect(child);
  child.stdin?.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output() };
}

export interface Served extends AsyncDisposable {
  readonly process: ChildProcess;
  /** What it printed when it was ready: one object. */
  readonly ready: Record<string, unknown>;
  output(): { stdout: string; stderr: string };
  /** Sends a signal and gives the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/**
 * Starts a command that serves, and waits for the line of JSON that says so, or until `readyBy` matches what it printed.
 * Ended by the test's `using`, if nothing else does.
 */
export async function serving(
  args: readonly string[],
  { env = {}, readyBy }: { env?: NodeJS.ProcessEnv; readyBy?: RegExp } = {},
): Promise<Served> {
  const child = start(args, env, root);
  const output = collect(child);
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    return (await exited)[0];
  };
  const ready = await Promise.race([
    readyBy === undefined ? firstWithUrl(child) : printed(child, () => readyBy.test(output().stdout)),
    exited.then(([code]) => {
      throw new Error(`runway ${args.join(' ')} ended with ${code}: ${JSON.stringify(output())}`);
    }),
  ]);
  return { process: child, ready, output, stop, [Symbol.asyncDispose]: async () => void (child.exitCode ?? (await stop('SIGKILL'))) };
}

async function firstWithUrl(child: ChildProcess): Promise<Record<string, unknown>> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const told = line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : {};
    if ('url' in told) return told;
  }
  throw new Error('it ended before it was ready');
}

async function printed(child: ChildProcess, enough: () => boolean): Promise<Record<string, unknown>> {
  while (!enough()) await once(child.stdout!, 'data');
  return {};
}

function start(args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): ChildProcess {
  return spawn(process.execPath, [join(root, 'src/main.ts'), ...args], {
    cwd,
    env: { ...process.env, RUNWAY_CONFIG: '', ...env },
    stdio: 'pipe',
  });
}

function collect(child: ChildProcess): () => { stdout: string; stderr: string } {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (text) => {
    stdout += text;
  });
  child.stderr?.on('data', (text) => {
    stderr += text;
  });
  return () => ({ stdout, stderr });
}
