import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../support/redis-process.ts';
import { coreOf, type Program, type Start, startProgram } from './program.ts';
import { type Made, runwayConfig, type Wanted } from './runway-config.ts';

export interface Runway extends Program, Pick<Made, 'functions' | 'keys'> {
  readonly adminPort: number;
}

const root = join(import.meta.dirname, '../../..');

/** As `npm run runway serve` and the image start it; `nodeOptions` for what Node itself is to do meanwhile. */
function serveCommand(configFile: string, nodeOptions: readonly string[]): readonly string[] {
  return [process.execPath, '--no-memory-reducer', ...nodeOptions, join(root, 'src/main.ts'), 'serve', '--config', configFile];
}

export interface RunwayStart extends Omit<Wanted, 'port' | 'adminPort'>, Pick<Start, 'endBy'> {
  readonly nodeOptions?: readonly string[];
}

/** Starts the real command with a real file. */
export async function startRunway(folder: string, { nodeOptions = [], endBy, ...wanted }: RunwayStart): Promise<Runway> {
  const port = await freePort();
  const adminPort = await freePort();
  const { yaml, functions, keys } = runwayConfig({ ...wanted, port, adminPort });
  const configFile = join(folder, `runway-${port}.yaml`);
  await writeFile(configFile, yaml);
  // The admin plane is the last that listens.
  const program = await startProgram({
    command: serveCommand(configFile, nodeOptions),
    core: coreOf.compared,
    port: adminPort,
    logFile: join(folder, `runway-${port}.log`),
    cwd: root,
    ...(endBy && { endBy }),
  });
  return { ...program, port, adminPort, functions, keys };
}
