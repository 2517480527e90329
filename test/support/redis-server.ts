import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Certificates } from './certificates.ts';
import { freePort, type RedisProcess, startRedisProcess } from './redis-process.ts';

/** A `redis-server` of one's own. It keeps nothing on disk unless told to, so that it is empty when it starts again. */
export interface RedisServer extends RedisProcess {
  readonly url: string;
  readonly port: number;
  /** Ends it for good and removes its folder. */
  stop(): Promise<void>;
}

export interface RedisServerOptions {
  /** Speaks TLS, and nothing else. */
  readonly tls?: Certificates;
  /** It counts as started once it prints this. */
  readonly ready?: string;
}

/** `args` go to `redis-server` as they are, for instance `--requirepass x`. */
export async function startRedis(args: readonly string[] = [], { tls, ready }: RedisServerOptions = {}): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'runway-redis-'));
  const port = await freePort();
  const server = await startRedisProcess({
    args: [...(tls ? tlsArgs(port, tls) : ['--port', String(port)]), ...plainArgs(folder), ...args],
    ready: ready ?? 'Ready to accept connections',
  });
  const { stop } = server;
  return Object.assign(server, {
    url: `${tls ? 'rediss' : 'redis'}://127.0.0.1:${port}`,
    port,
    async stop() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  });
}

function plainArgs(folder: string): string[] {
  return ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
}

/** Also for what it connects to itself: its master, other nodes, whom it watches. */
export function tlsArgs(port: number, { certFile, keyFile, caFile }: Certificates): string[] {
  const files = ['--tls-cert-file', certFile, '--tls-key-file', keyFile, '--tls-ca-cert-file', caFile, '--tls-auth-clients', 'no'];
  return ['--port', '0', '--tls-port', String(port), ...files, '--tls-replication', 'yes', '--tls-cluster', 'yes'];
}
