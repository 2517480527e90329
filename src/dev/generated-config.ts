import { parseConfig } from '../config/load.ts';
import { exampleSite } from '../emulator/examples.ts';
import { readLibrary } from '../emulator/library.ts';
import { type Loaded, loaded } from './loaded.ts';

/** A configuration made of a folder: each function by its own name, everything else as it is by default, on loopback. */
export async function generatedConfig(functionsDir: string): Promise<Loaded> {
  const library = await readLibrary(functionsDir, exampleSite);
  if (!library.ok) return library;
  const collisions = collidingNames([...library.functions.keys()]);
  if (collisions.length > 0) return { ok: false, problems: collisions.map((collision) => `${functionsDir}: ${collision}`) };
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
  return loaded(parseConfig(JSON.stringify(file, undefined, 2), `${functionsDir} (generated)`, {}, true));
}

/** The gateway's names are lower case; FunctionGraph's tell `Hello` from `hello`. */
function collidingNames(names: readonly string[]): string[] {
  return [...Map.groupBy(names, (name) => name.toLowerCase())]
    .filter(([, same]) => same.length > 1)
    .map(([name, same]) => `${same.join(' and ')} would all be called "${name}", allowed is one; a runway.yaml can give them other names`);
}
