import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { parseFault } from '../../src/emulator/faults.ts';
import { type Emulator, type EmulatorOptions, openEmulator } from '../../src/emulator/server.ts';

export const site = { region: 'cn-north-1', projectId: '7aad83af3e8d42e99ac194e8419e2c9b' };

/** A folder of functions, gone after the test: paths below it, such as `hello/index.js`, and their texts. */
export async function functionsDir(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'functions-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await write(dir, files);
  return dir;
}

export async function write(dir: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Local extends Emulator {
  readonly dir: string;
  readonly log: readonly string[];
  /** Calls `PATH` below the emulator's URL. */
  fetch(path: string, init?: RequestInit): Promise<Answered>;
  /** Calls a function by the API v2, without a version header. */
  call(address: string, event: unknown, headers?: Record<string, string>): Promise<Answered>;
}

/** An emulator over these files, closed after the test. */
export async function open(files: Readonly<Record<string, string>>, options: Partial<EmulatorOptions> = {}): Promise<Local> {
  const dir = options.functionsDir ?? (await functionsDir(files));
  const log: string[] = [];
  const emulator = await openEmulator({
    functionsDir: dir,
    port: 0,
    ...site,
    clock: systemClock,
    random: () => 0,
    log: (line) => log.push(line),
    ...options,
  });
  onTestFinished(() => emulator.close());
  const fetchText: Local['fetch'] = async (path, init) => {
    const response = await fetch(emulator.url + path, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  return {
    ...emulator,
    dir,
    log,
    fetch: fetchText,
    call: (address, event, headers = {}) =>
      fetchText(`/v2/${site.projectId}/fgs/functions/${address}/invocations`, { method: 'POST', headers, body: JSON.stringify(event) }),
  };
}

/** A handler's file: the body of an async `(event, context)` function. */
export function handler(body: string): string {
  return `exports.handler = async (event, context) => { ${body} };`;
}

export function faults(...specs: string[]) {
  return specs.map((spec) => {
    const read = parseFault(spec);
    if (!read.ok) throw new Error(read.detail);
    return read.fault;
  });
}
