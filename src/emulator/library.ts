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
  | { readonly ok: true; readonly functions: ReadonlyMap<string, LocalFunction> }
  /** Each begins with the file or folder that is wrong. */
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Reads a folder of functions: each folder in it that holds a `function.yaml` or an `index.js`, `.mjs` or `.cjs` is one.
 * Functions come in the order of their names.
 */
export async function readLibrary(functionsDir: string, site: Site): Promise<LibraryResult> {
  let entries: string[];
  try {
    const found = await readdir(functionsDir, { withFileTypes: true });
    entries = found.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map((entry) => entry.name);
  } catch (error) {
    return { ok: false, problems: [`${functionsDir}: cannot be read: ${(error as Error).message}`] };
  }
  const functions = new Map<string, LocalFunction>();
  const problems: string[] = [];
  for (const name of entries.sort()) {
    const result = await readFunction(resolve(functionsDir, name), name, site);
    if (result === 'not_a_function') continue;
    if ('problems' in result) problems.push(...result.problems);
    else functions.set(name, result);
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, functions };
}

async function readFunction(
  codeRoot: string,
  name: string,
  site: Site,
): Promise<LocalFunction | { problems: string[] } | 'not_a_function'> {
  const file = join(codeRoot, 'function.yaml');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined && findEntryPoint(codeRoot, 'index.handler') === undefined) return 'not_a_function';
  const read = parseSettings(text ?? '');
  if (!read.ok) return { problems: read.problems.map((problem) => `${file}: ${problem}`) };
  const { settings } = read;
  const problems = wrongNames(name, settings, site).map((problem) => `${file}: ${problem}`);
  for (const key of ['handler', 'initializer'] as const) {
    const entry = settings[key];
    if (entry === undefined || findEntryPoint(codeRoot, entry) !== undefined) continue;
    problems.push(`${file}: ${key}: is "${entry}", but there is no such file with an extension of ${codeExtensions.join(', ')}`);
  }
  if (problems.length > 0) return { problems };
  const urn = `urn:fss:${site.region}:${site.projectId}:function:${settings.package}:${name}`;
  return { name, codeRoot, settings, urn };
}

/** Everything a caller could put into a URN must be able to stand in one. */
function wrongNames(name: string, settings: FunctionSettings, site: Site): string[] {
  const versions = ['latest', ...settings.versions, ...Object.keys(settings.aliases).map((alias) => `!${alias}`)];
  return versions.flatMap((version) => {
    const read = parseUrn(formatUrn({ ...site, package: settings.package, name, version }));
    return read.ok ? [] : [`its URN cannot be made, ${read.part} ${read.detail}`];
  });
}
