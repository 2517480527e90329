import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Program, startProgram } from './program.ts';
import { findTool } from './tools.ts';

export interface NginxStart {
  /** The name of a configuration beside the peers, without its ending. */
  readonly name: string;
  readonly core: number;
  readonly port: number;
  /** Where its files go. */
  readonly folder: string;
  /** What stands for `@NAME@` in the configuration. */
  readonly values: Readonly<Record<string, string>>;
}

const peers = join(import.meta.dirname, '../peers');

/** Its workers are another user where it is started by root: the folder has to be open to them. */
const openToAll = 0o755;

/** Starts nginx with one of the configurations of `peers/`. */
export async function startNginx({ name, core, port, folder, values }: NginxStart): Promise<Program> {
  const home = join(folder, name);
  await mkdir(home, { recursive: true });
  await Promise.all([chmod(folder, openToAll), chmod(home, openToAll)]);
  const template = await readFile(join(peers, `${name}.conf`), 'utf8');
  const all: Readonly<Record<string, string>> = { port: String(port), home, ...values };
  const conf = template.replaceAll(/@([a-zA-Z]+)@/g, (_, key: string) => all[key]!);
  const file = join(home, 'nginx.conf');
  await writeFile(file, conf);
  return startProgram({
    command: [findTool('nginx')!, '-p', home, '-c', file, '-e', 'stderr'],
    core,
    port,
    logFile: join(home, 'nginx.log'),
    endBy: 'SIGTERM',
  });
}
