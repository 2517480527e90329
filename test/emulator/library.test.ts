import { describe, expect, test } from 'vitest';
import { readLibrary } from '../../src/emulator/library.ts';
import { functionsDir, site } from './local.ts';

describe('a folder of functions', () => {
  test('each folder with code or settings is a function, in the order of names; anything else is none', async () => {
    const dir = await functionsDir({
      'zebra/index.mjs': '',
      'apple/main.cjs': '',
      'apple/function.yaml': 'handler: main.run\npackage: fruit',
      'node_modules/some/package.json': '{}',
      'README.md': '',
    });
    const read = await readLibrary(dir, site);
    if (!read.ok) throw new Error(read.problems.join());
    expect([...read.functions.values()].map(({ name, urn }) => ({ name, urn }))).toEqual([
      { name: 'apple', urn: `urn:fss:cn-north-1:${site.projectId}:function:fruit:apple` },
      { name: 'zebra', urn: `urn:fss:cn-north-1:${site.projectId}:function:default:zebra` },
    ]);
  });

  test('all problems of all functions are named with their file', async () => {
    const dir = await functionsDir({
      'one/function.yaml': 'handler: main.run',
      'two/index.js': '',
      'two/function.yaml': 'timeot: 3',
      '9lives/index.js': '',
      'three/index.js': '',
      'three/function.yaml': 'aliases: { "a b": latest }',
    });
    const read = await readLibrary(dir, site);
    expect(read.ok ? [] : read.problems).toEqual([
      expect.stringMatching(/9lives.*its URN cannot be made, function is "9lives", allowed is/),
      `${dir}/one/function.yaml: handler: is "main.run", but there is no such file with an extension of .js, .mjs, .cjs`,
      expect.stringMatching(/three\/function\.yaml: its URN cannot be made, version is "!a b"/),
      expect.stringMatching(/two\/function\.yaml: timeot: is not a key/),
    ]);
  });

  test('a folder that is not there is a problem, not an exception', async () => {
    const read = await readLibrary('/nowhere/at/all', site);
    expect(read.ok ? [] : read.problems).toEqual([expect.stringMatching(/^\/nowhere\/at\/all: cannot be read: ENOENT/)]);
  });
});
