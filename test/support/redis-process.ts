import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** A `redis-server` or sentinel of one's own, that may be killed, stopped and started again. */
export interface RedisProcess {
  /** Of the process that runs now. */
  readonly pid: number;
  /** Sends a signal: `SIGKILL` ends it and is waited for, `SIGSTOP` makes it mute, `SIGCONT` lets it go on. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again as it was started. */
  restart(): Promise<void>;
}

export interface RedisProcessOptions {
  readonly args: readonly string[];
  /** It is there once it prints this. */
  readonly ready: string;
}

/** Resolves once it is there. Ends with the process of the tests at the latest, however that ends. */
export async function startRedisProcess({ args, ready }: RedisProcessOptions): Promise<RedisProcess & { stop(): Promise<void> }> {
  let child = await run(args, ready);
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);

  const kill = async (signal: NodeJS.Signals) => {
    const gone = signal === 'SIGKILL' && child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.kill(signal);
    await gone;
  };
  return {
    get pid() {
      return child.pid!;
    },
    kill,
    async restart() {
      await kill('SIGKILL');
      child = await run(args, ready);
    },
    async stop() {
      await kill('SIGKILL');
      process.off('exit', killAtExit);
    },
  };
}

/** Ends with what it printed when it does not come to be there. */
async function run(args: readonly string[], ready: string): Promise<ChildProcess> {
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes(ready)) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', (error) => reject(new Error(`cannot start redis-server: ${error.message}`)));
    child.once('exit', () => reject(new Error(`redis-server ended before it was ready:\n${printed}`)));
  });
  return child;
}

/** Not one of those that the system gives to outgoing connections: these might take it while the server is down. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const probe = createServer().listen(port, '127.0.0.1');
    const free = await once(probe, 'listening').then(
      () => true,
      () => false,
    );
    if (!free) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}
