import { freePort } from '../../support/redis-process.ts';
import { answer, functionsPath, invocationPath, urnOf } from '../sample.ts';
import type { Bench } from '../section.ts';
import { startNginx } from './nginx.ts';
import { luaModules } from './nginx-there.ts';
import { startNode } from './node.ts';
import { coreOf, type Program } from './program.ts';

type Place = Pick<Bench, 'folder' | 'upstream'>;

/** A Node program of `peers/` that hands calls on to one function. */
export async function startNodePeer(name: string, { folder, upstream }: Place, functionName = 'hello'): Promise<Program> {
  const args = [upstream.url, invocationPath(functionName)];
  return startNode({ name, core: coreOf.compared, port: await freePort(), folder, args });
}

/** What answers a kept result and does nothing else. */
export async function startBareKept({ folder }: Place): Promise<Program> {
  return startNode({ name: 'bare-kept', core: coreOf.compared, port: await freePort(), folder, args: [] });
}

export async function startNginxPlain({ folder, upstream }: Place): Promise<Program> {
  const values = { upstreamPort: String(upstream.port), path: invocationPath('hello') };
  return startNginx({ name: 'nginx-plain', core: coreOf.compared, port: await freePort(), folder, values });
}

export async function startNginxLua({ folder, upstream }: Place): Promise<Program> {
  const values = { upstreamPort: String(upstream.port), modules: luaModules, urn: urnOf('hello'), functions: functionsPath, answer };
  return startNginx({ name: 'nginx-lua', core: coreOf.compared, port: await freePort(), folder, values });
}
