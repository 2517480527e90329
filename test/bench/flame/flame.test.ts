import { describe, expect, test } from 'vitest';
import { fold, type Stack } from './fold.ts';
import { namer } from './frame.ts';
import { layout, sharesOf } from './layout.ts';
import type { CpuProfile } from './profile.ts';
import { svg } from './svg.ts';

const nameOf = namer('/home/me/runway');
const code = (functionName: string, url: string, lineNumber = 0) => ({ functionName, url, lineNumber });
const src = (functionName: string) => code(functionName, 'file:///home/me/runway/src/gateway.ts', 9);

/** `serve` was called from two places of the loop's callback, which V8 has two nodes for. */
const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: code('(root)', '', -1), children: [2, 3, 7] },
    { id: 2, callFrame: code('(idle)', '', -1) },
    { id: 3, callFrame: code('processImmediate', 'node:internal/timers', 524), children: [4, 5] },
    { id: 4, callFrame: src('serve'), children: [6] },
    { id: 5, callFrame: src('serve') },
    { id: 6, callFrame: code('request', 'file:///home/me/runway/node_modules/undici/lib/api.js', 2) },
    { id: 7, callFrame: code('(garbage collector)', '', -1) },
  ],
  startTime: 1_000,
  samples: [4, 2, 4, 5, 6, 6, 3, 7, 2, 4],
  timeDeltas: [10, 10, 10, 10, 10, 10, 10, 10, 10, 10],
};
const all = { fromUs: 0, toUs: 2_000 };

const outline = ({ frame, samples, ownSamples, callees }: Stack): unknown => [
  `${frame.name} ${samples}/${ownSamples}`,
  ...callees.map(outline),
];

describe('the picture of a call', () => {
  test('names code as the repository and its packages do, and never the machine', () => {
    const named = (url: string, functionName = 'run') => Object.values(nameOf(code(functionName, url, 45)));
    expect(named('file:///home/me/runway/src/http/run.ts')).toEqual(['run  src/http/run.ts:46', 'run  src/http/run.ts:46', 'src']);
    expect(named('file:///home/me/runway/src/http/run.ts', '')).toEqual(['(anonymous)  src/http/run.ts:46', 'run.ts:46', 'src']);
    expect(named('file:///elsewhere/node_modules/@hono/node-server/dist/index.mjs')[0]).toBe('run  @hono/node-server/dist/index.mjs:46');
    expect(named('file:///elsewhere/other.ts')[0]).toBe('run  other.ts:46');
    expect(named('node:net')).toEqual(['run  node:net:46', 'run  node:net:46', 'node']);
    expect(named('', 'writev')).toEqual(['writev', 'writev', 'native, GC']);
    const origins = ['undici', 'hono', '@hono/node-server', 'opossum'].map((name) => named(`file:///a/node_modules/${name}/index.js`)[2]);
    expect(origins).toEqual(['undici', 'hono', 'hono', 'other packages']);
    expect(named('wasm://wasm/00034eea')[2]).toBe('undici');
  });

  test('equal stacks are one, and waiting is no work', () => {
    expect(outline(fold(profile, all, nameOf))).toEqual([
      'event loop 8/0',
      ['processImmediate  node:internal/timers:525 7/1', ['serve  src/gateway.ts:10 6/4', ['request  undici/lib/api.js:3 2/2']]],
      ['(garbage collector) 1/1'],
    ]);
  });

  test('only what was measured counts', () => {
    expect(fold(profile, { fromUs: 1_030, toUs: 1_060 }, nameOf).samples).toBe(3);
    expect(fold(profile, { fromUs: 5_000, toUs: 6_000 }, nameOf).samples).toBe(0);
  });

  test('a frame stands on the one that called it, and narrow ones are left out', () => {
    const boxes = layout(fold(profile, all, nameOf), 0.2).map(({ frame, level, start, share }) => [frame.short, level, start, share]);
    expect(boxes).toEqual([
      ['event loop', 0, 0, 1],
      ['processImmediate  node:internal/timers:525', 1, 0, 7 / 8],
      ['serve  src/gateway.ts:10', 2, 0, 6 / 8],
      ['request  undici/lib/api.js:3', 3, 0, 2 / 8],
    ]);
  });

  test('the shares of all origins are the whole', () => {
    expect(Object.fromEntries(sharesOf(fold(profile, all, nameOf)))).toEqual({
      src: 4 / 8,
      node: 1 / 8,
      undici: 2 / 8,
      hono: 0,
      'other packages': 0,
      'native, GC': 1 / 8,
    });
  });

  test('the picture is XML without scripts, whatever the functions are called', () => {
    const frame = { name: 'RegExp: [<&"\u0007]', short: 'RegExp: [<&"\u0007]', origin: 'native, GC' } as const;
    const boxes = [
      { frame, level: 0, start: 0, share: 1, ownShare: 0.5 },
      { frame, level: 1, start: 0, share: 0.004, ownShare: 0.004 },
    ];
    const picture = svg({ title: 'A & B', caption: '', boxes, shares: sharesOf(fold(profile, all, nameOf)) });
    expect(picture).toContain('<title>RegExp: [&lt;&amp;&quot; ]: 100.0 %, itself 50.0 %</title>');
    expect(picture).toContain('src 50.0 %');
    // Neither frame has more of it on its face than there is room for.
    expect(picture.match(/<text[^>]*>RegExp/g)).toHaveLength(1);
    expect(picture).not.toContain('<script');
    expect(picture).not.toContain('\u0007');
  });
});
