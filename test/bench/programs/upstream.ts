import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../support/redis-process.ts';
import { jsonOfKb } from '../load/json-of-kb.ts';
import { answer, functionsPath, urnOf } from '../sample.ts';
import { startNginx } from './nginx.ts';
import { startNode } from './node.ts';
import { coreOf, type Program } from './program.ts';
import { findTool } from './tools.ts';

export interface Upstream extends Program {
  readonly url: string;
  /** Node in the place of nginx: it is slower, and stands in the way of the fastest. */
  readonly standsIn: boolean;
}

/** The sizes of the large answers that it gives, see {@link largeAnswer}. */
export const answerSizesKb = [64, 1_024] as const;

/** The function that answers with so much. */
export function largeAnswer(kb: (typeof answerSizesKb)[number]): string {
  return `answer-${kb}`;
}

/** Starts what is called in the place of FunctionGraph, on the core of the load. */
export async function startUpstream(folder: string): Promise<Upstream> {
  const port = await freePort();
  const home = join(folder, 'upstream');
  await mkdir(home, { recursive: true });
  for (const kb of answerSizesKb) await writeFile(join(home, `${largeAnswer(kb)}.json`), jsonOfKb(kb));
  const core = coreOf.other;
  const values = { answer, functions: functionsPath, answers: `${functionsPath}${urnOf('answer-')}` };
  const standsIn = findTool('nginx') === undefined;
  const program = standsIn
    ? await startNode({ name: 'node-upstream', core, port, folder, args: [home] })
    : await startNginx({ name: 'upstream', core, port, folder, values });
  return { ...program, url: `http://127.0.0.1:${port}`, standsIn };
}
