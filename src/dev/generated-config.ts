import { type LoadResult, parseConfig } from '../config/load.ts';
import { exampleSite } from '../emulator/examples.ts';
import { readLibrary } from '../emulator/library.ts';

/** A configuration made of a folder: each function by its own name, everything else as it is by default, on loopback. */
export async function generatedConfig(functionsDir: string): Promise<LoadResult> {
  const library = await readLibrary(functionsDir, exampleSite);
  if (!library.ok) throw new Error(`the functions cannot be served:\n${library.problems.join('\n')}`);
  const functions = [...library.functions.values()].map(({ name, urn, settings }) => [
    name.toLowerCase(),
    { urn, timeout: `${Math.min(90, settings.timeout + 1)}s`, ...(settings.description && { description: settings.description }) },
  ]);
  const file = {
    listen: { host: '127.0.0.1' },
    upstreams: { local: exampleSite },
    functions: Object.fromEntries(functions),
  };
  // JSON is YAML.
  return parseConfig(JSON.stringify(file, undefined, 2), `${functionsDir} (generated)`, {});
}
