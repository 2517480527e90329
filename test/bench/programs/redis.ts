import { join } from 'node:path';
import { freePort } from '../../support/redis-process.ts';
import { coreOf, type Program, startProgram } from './program.ts';
import { findTool } from './tools.ts';

/** Why Redis cannot be there; undefined when it can. */
export function missingForRedis(): string | undefined {
  return findTool('redis-server') === undefined ? 'redis-server is not installed (on Debian: apt-get install redis-server)' : undefined;
}

/** An empty one that writes nothing to disk, on the core of the load: what it costs Runway to ask it is measured, not what it does itself. */
export async function startRedis(folder: string): Promise<Program> {
  const port = await freePort();
  return startProgram({
    command: [findTool('redis-server')!, '--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'],
    core: coreOf.other,
    port,
    logFile: join(folder, `redis-${port}.log`),
    cwd: folder,
  });
}
