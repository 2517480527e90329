import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** uPlot, as it was installed. */
const charts = dirname(createRequire(import.meta.url).resolve('uplot'));

export interface Asset {
  readonly type: string;
  readonly body: Buffer;
}

/** The scripts and the style of the console: read once, and served as they are on disk. */
export interface Assets {
  /** Of a file, with the hash of all of them: what is there never changes, and scripts find each other beside themselves. */
  pathOf(file: string): string;
  /** Undefined: there is no such file, or it was of another version. */
  find(hash: string, file: string): Asset | undefined;
}

export function readAssets(): Assets {
  const client = join(import.meta.dirname, 'client');
  const own = readdirSync(client)
    .filter((file) => extname(file) in types)
    .map((file) => join(client, file));
  const paths = [...own, join(charts, 'uPlot.esm.js'), join(charts, 'uPlot.min.css')];
  const files = new Map(paths.map((path) => [basename(path), { type: types[extname(path)]!, body: readFileSync(path) }]));
  const digest = createHash('sha256');
  for (const [file, { body }] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    digest.update(`${file}\0${body.length}\0`).update(body);
  const hash = digest.digest('hex').slice(0, 16);
  return {
    pathOf: (file) => `/console/assets/${hash}/${file}`,
    find: (asked, file) => (asked === hash ? files.get(file) : undefined),
  };
}
