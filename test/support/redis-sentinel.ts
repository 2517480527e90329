import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Certificates } from './certificates.ts';
import { freePort, type RedisProcess, startRedisProcess } from './redis-process.ts';
import { tlsArgs } from './redis-server.ts';

export interface RedisSentinel extends RedisProcess {
  readonly url: string;
  stop(): Promise<void>;
}

export interface RedisSentinelOptions {
  /** Of the master that it watches, as `mymaster`. It decides alone. */
  readonly masterPort: number;
  /** That it wants itself. */
  readonly password?: string;
  readonly tls?: Certificates;
}

/** A sentinel that is quick to see a failure: half a second. */
export async function startSentinel({ masterPort, password, tls }: RedisSentinelOptions): Promise<RedisSentinel> {
  const folder = await mkdtemp(join(tmpdir(), 'runway-sentinel-'));
  const port = await freePort();
  const file = join(folder, 'sentinel.conf');
  const lines = [
    `dir "${folder}"`,
    'bind 127.0.0.1',
    `sentinel monitor mymaster 127.0.0.1 ${masterPort} 1`,
    'sentinel down-after-milliseconds mymaster 500',
    'sentinel failover-timeout mymaster 2000',
    ...(password === undefined ? [] : [`requirepass ${password}`]),
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const sentinel = await startRedisProcess({
    args: [file, '--sentinel', ...(tls ? tlsArgs(port, tls) : ['--port', String(port)])],
    ready: '+monitor master mymaster',
  });
  const { stop } = sentinel;
  return Object.assign(sentinel, {
    url: `${tls ? 'rediss' : 'redis'}://127.0.0.1:${port}`,
    async stop() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  });
}
