import { pathToFileURL } from 'node:url';
import type { CallFrame } from './profile.ts';

/** Where code is from, in the order of the legend. */
export const origins = ['src', 'node', 'undici', 'hono', 'other packages', 'native, GC'] as const;
export type Origin = (typeof origins)[number];

export interface Frame {
  /** Frames of one name are one frame. */
  readonly name: string;
  /** What is said of it where there is little room, as much of it as fits. */
  readonly short: string;
  readonly origin: Origin;
}

/** Names a frame `function  file:line`, the file as it is called in the repository or in its package, whatever the machine. */
export function namer(root: string): (frame: CallFrame) => Frame {
  const here = pathToFileURL(`${root}/`).href;
  return ({ functionName, url, lineNumber }) => {
    const called = functionName || '(anonymous)';
    if (url === '') return { name: called, short: called, origin: 'native, GC' };
    // Where calls are served that is undici's parser of HTTP alone.
    if (url.startsWith('wasm:')) return { name: `${called}  WebAssembly`, short: called, origin: 'undici' };
    const { file, origin } = placeOf(url, here);
    const place = `${file}:${lineNumber + 1}`;
    const name = `${called}  ${place}`;
    return { name, short: functionName ? name : place.slice(place.lastIndexOf('/') + 1), origin };
  };
}

/** @param here the address of the repository */
function placeOf(url: string, here: string): { readonly file: string; readonly origin: Origin } {
  if (url.startsWith('node:')) return { file: url, origin: 'node' };
  const [, file, packageName] = /.*\/node_modules\/(((?:@[^/]+\/)?[^/]+)\/.*)$/.exec(url) ?? [];
  if (file !== undefined) return { file, origin: originOf(packageName!) };
  return { file: url.startsWith(here) ? url.slice(here.length) : url.slice(url.lastIndexOf('/') + 1), origin: 'src' };
}

function originOf(packageName: string): Origin {
  if (packageName === 'undici') return 'undici';
  return packageName === 'hono' || packageName.startsWith('@hono/') ? 'hono' : 'other packages';
}
