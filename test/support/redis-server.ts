import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A `redis-server` of one's own, that may be killed, stopped and started again. It keeps nothing on disk. */
export interface RedisServer {
  readonly url: string;
  /** Of the process that runs now. */
  readonly pid: number;
  /** Sends a signal: `SIGKILL` ends it and is waited for, `SIGSTOP` makes it mute, `SIGCONT` lets it go on. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
  /** Ends it for good and removes its folder. */
  stop(): Promise<void>;
}

/** `args` go to `redis-server` as they are, for instance `--requirepass x`. */
export async function startRedis(args: readonly string[] = []): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'runway-redis-'));
  const port = await freePort();
  let child = await run(port, folder, args);
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);

  const kill = async (signal: NodeJS.Signals) => {
    const gone = signal === 'SIGKILL' && child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.kill(signal);
    await gone;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return child.pid!;
    },
    kill,
    async restart() {
      await kill('SIGKILL');
      child = await run(port, folder, args);
    },
    async stop() {
      await kill('SIGKILL');
      process.off('exit', killAtExit);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves once the server takes connections; ends with what it printed when it does not come to that. */
async function run(port: number, folder: string, args: readonly string[]): Promise<ChildProcess> {
  const fixed = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const child = spawn('redis-server', [...fixed, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes('Ready to accept connections')) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', (error) => reject(new Error(`cannot start redis-server: ${error.message}`)));
    child.once('exit', () => reject(new Error(`redis-server ended before it was ready:\n${printed}`)));
  });
  return child;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('cannot find a free port: the probe has no address');
  return address.port;
}
