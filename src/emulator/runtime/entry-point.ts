import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** What a file of code may be called, the first that exists wins. */
export const codeExtensions = ['.js', '.mjs', '.cjs'];

/** Where `FILE.FUNCTION` stands below a code root, and the name to look for in it; nothing when there is no such file. */
export function findEntryPoint(codeRoot: string, entry: string): { readonly path: string; readonly name: string } | undefined {
  const dot = entry.lastIndexOf('.');
  const stem = join(codeRoot, entry.slice(0, dot));
  const path = codeExtensions.map((extension) => stem + extension).find((candidate) => existsSync(candidate));
  return path === undefined ? undefined : { path, name: entry.slice(dot + 1) };
}
