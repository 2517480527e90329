import { availableParallelism } from 'node:os';
import { whereIs } from '../../support/provision.ts';

/** Debian keeps servers where only root looks for programs. */
const path = `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin`;

export function findTool(name: string): string | undefined {
  return whereIs(name, path);
}

/** What no figure can be had without. @throws with what to install. */
export function requireTools(): void {
  if (findTool('taskset') === undefined) throw new Error('the benchmark needs taskset (Linux; on Debian: apt-get install util-linux)');
  if (findTool('wrk') === undefined) throw new Error('the benchmark needs wrk (on Debian: apt-get install wrk)');
  if (availableParallelism() < 2) throw new Error('the benchmark needs two cores: one for what is compared, one for load and upstream');
}
