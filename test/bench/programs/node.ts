import { join } from 'node:path';
import { type Program, startProgram } from './program.ts';

export interface NodeStart {
  /** The name of a program beside the peers, without its ending. */
  readonly name: string;
  readonly core: number;
  readonly port: number;
  readonly folder: string;
  /** After the port. */
  readonly args: readonly string[];
}

const peers = join(import.meta.dirname, '../peers');

/** Starts one of the programs of `peers/`, by the same Node that Runway has. */
export function startNode({ name, core, port, folder, args }: NodeStart): Promise<Program> {
  return startProgram({
    command: [process.execPath, join(peers, `${name}.ts`), String(port), ...args],
    core,
    port,
    logFile: join(folder, `${name}-${port}.log`),
  });
}
