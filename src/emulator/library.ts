import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { formatUrn, parseUrn } from '../urn.ts';
import { codeExtensions, findEntryPoint } from './runtime/entry-point.ts';
import { type FunctionSettings, parseSettings } from './settings.ts';

/** A function of the folder: its code and how it is to be run. */
export interface LocalFunction {
  /** The folder's name. */
  readonly name: string;
  /** Absolute. */
  readonly codeRoot: string;
  readonly settings: FunctionSettings;
  /** Seven fields, without a version, as ListFunctions has it. */
  readonly urn: string;
}

/** Where the emulator pretends to be: part of every URN. */
export interface Site {
  readonly region: string;
  readonly projectId: string;
}

export type LibraryResult =
  | {
      readonly ok: true;
      /** In the order of their names; at least one. */
      readonly functions: ReadonlyMap<string, LocalFunction>;
      /** Folders that hold files but are no functions, and why: a line each. */
      readonly skipped: readonly string[];
    }
  /** Each begins with the file or folder that is wrong. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** What one folder is. */
type Reading =
  | { readonly kind: 'function'; readonly fn: LocalFunction }
  | { readonly kind: 'bad'; readonly problems: readonly string[] }
  | { readonly kind: 'skipped'; readonly why: string }
  | { readonly kind: 'empty' };

/** Reads a folder of functions: each folder in it that holds a `function.yaml` or an `index.js`, `.mjs` or `.cjs` is one. */
export async function readLibrary(functionsDir: string, site: Site): Promise<LibraryResult> {
  let entries: string[];
  try {
    const found = await readdir(functionsDir, { withFileTypes: true });
    entries = found.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map((entry) => entry.name);
  } catch (error) {
    return { ok: false, problems: [`${functionsDir}: cannot be read: ${(error as Error).message}`] };
  }
  const functions = new Map<string, LocalFunction>();
  const skipped: string[] = [];
  const problems: string[] = [];
  for (const name of entries.filter((entry) => !isOfTools(entry)).sort()) {
    const reading = await readFolder(resolve(functionsDir, name), name, site);
    if (reading.kind === 'function') functions.set(name, reading.fn);
    else if (reading.kind === 'bad') problems.push(...reading.problems);
    else if (reading.kind === 'skipped') skipped.push(reading.why);
  }
  if (functions.size === 0 && problems.length === 0) {
    const rule = 'a function is a folder in it with an index.js, index.mjs or index.cjs, or a function.yaml';
    problems.push(`${functionsDir}: holds no function, ${rule}`, ...skipped);
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, functions, skipped };
}

/** `.git` and its like, and packages that functions share. */
function isOfTools(name: string): boolean {
  return name.startsWith('.') || name === 'node_modules';
}

async function readFolder(codeRoot: string, name: string, site: Site): Promise<Reading> {
  const file = join(codeRoot, 'function.yaml');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined && findEntryPoint(codeRoot, 'index.handler') === undefined) return readOther(codeRoot);
  const read = parseSettings(text ?? '');
  if (!read.ok) return { kind: 'bad', problems: read.problems.map((problem) => `${file}: ${problem}`) };
  const { settings } = read;
  const problems = wrongNames(codeRoot, file, name, settings, site);
  for (const key of ['handler', 'initializer'] as const) {
    const entry = settings[key];
    if (entry === undefined || findEntryPoint(codeRoot, entry) !== undefined) continue;
    problems.push(`${file}: ${key}: is "${entry}", but there is no such file with an extension of ${codeExtensions.join(', ')}`);
  }
  if (problems.length > 0) return { kind: 'bad', problems };
  const urn = `urn:fss:${site.region}:${site.projectId}:function:${settings.package}:${name}`;
  return { kind: 'function', fn: { name, codeRoot, settings, urn } };
}

/** A folder that is no function. One with files in it may have been meant to be. */
async function readOther(folder: string): Promise<Reading> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (!entries.some((entry) => entry.isFile() && !entry.name.startsWith('.'))) return { kind: 'empty' };
  const typescript = entries.some(({ name }) => name === 'index.ts') ? '; index.ts is none of them: FunctionGraph runs JavaScript' : '';
  return { kind: 'skipped', why: `${folder}: is no function, it has no index.js, index.mjs, index.cjs or function.yaml${typescript}` };
}

/** Everything a caller could put into a URN must be able to stand in one. Each problem begins with what is to blame. */
function wrongNames(codeRoot: string, file: string, name: string, settings: FunctionSettings, site: Site): string[] {
  const versions = ['latest', ...settings.versions, ...Object.keys(settings.aliases).map((alias) => `!${alias}`)];
  const wrong = versions.flatMap((version) => {
    const read = parseUrn(formatUrn({ ...site, package: settings.package, name, version }));
    if (read.ok) return [];
    const isSetting = read.part === 'package' || read.part === 'version';
    return [`${isSetting ? file : codeRoot}: its URN cannot be made, ${read.part} ${read.detail}`];
  });
  // A wrong name is wrong in the URN of every version.
  return [...new Set(wrong)];
}
