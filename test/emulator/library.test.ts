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
      '.git/index.js': '',
      'README.md': '',
    });
    const read = await readLibrary(dir, site);
    if (!read.ok) throw new Error(read.problems.join());
    expect(read.skipped).toEqual([]);
    expect([...read.functions.values()].map(({ name, urn }) => ({ name, urn }))).toEqual([
      { name: 'apple', urn: `urn:fss:cn-north-1:${site.projectId}:function:fruit:apple` },
      { name: 'zebra', urn: `urn:fss:cn-north-1:${site.projectId}:function:default:zebra` },
    ]);
  });

  test('all problems of all functions are named once, with the file or folder to blame', async () => {
    const dir = await functionsDir({
      'one/function.yaml': 'handler: main.run',
      'two/index.js': '',
      'two/function.yaml': 'timeot: 3',
      '9lives/index.js': '',
      '8ball/index.js': '',
      '8ball/function.yaml': 'versions: [v1, v2]',
      'three/index.js': '',
      'three/function.yaml': 'aliases: { "a b": latest }',
    });
    const read = await readLibrary(dir, site);
    expect(read.ok ? [] : read.problems).toEqual([
      expect.stringContaining(`${dir}/8ball: its URN cannot be made, function is "8ball", allowed is`),
      expect.stringContaining(`${dir}/9lives: its URN cannot be made, function is "9lives", allowed is`),
      `${dir}/one/function.yaml: handler: is "main.run", but there is no such file with an extension of .js, .mjs, .cjs`,
      expect.stringMatching(/three\/function\.yaml: its URN cannot be made, version is "!a b"/),
      expect.stringMatching(/two\/function\.yaml: timeot: is not a key/),
    ]);
  });

  test('a folder with files but nothing to run is skipped, and it is said why', async () => {
    const dir = await functionsDir({
      'good/index.js': '',
      'lib/text.js': '',
      'typed/index.ts': '',
      'hidden/.DS_Store': '',
      'nested/in/index.js': '',
    });
    const read = await readLibrary(dir, site);
    if (!read.ok) throw new Error(read.problems.join());
    expect([...read.functions.keys()]).toEqual(['good']);
    const why = 'is no function, it has no index.js, index.mjs, index.cjs or function.yaml';
    expect(read.skipped).toEqual([`${dir}/lib: ${why}`, `${dir}/typed: ${why}; index.ts is none of them: FunctionGraph runs JavaScript`]);
  });

  test('a folder without a function is a problem that says what a function is, and what was skipped', async () => {
    const dir = await functionsDir({ 'index.js': '', 'typed/index.ts': '' });
    const read = await readLibrary(dir, site);
    expect(read.ok ? [] : read.problems).toEqual([
      `${dir}: holds no function, a function is a folder in it with an index.js, index.mjs or index.cjs, or a function.yaml`,
      expect.stringContaining(`${dir}/typed: is no function`),
    ]);
  });

  test('a folder that is not there is a problem, not an exception', async () => {
    const read = await readLibrary('/nowhere/at/all', site);
    expect(read.ok ? [] : read.problems).toEqual([expect.stringMatching(/^\/nowhere\/at\/all: cannot be read: ENOENT/)]);
  });
});
