import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { Source } from '../../src/config/source.ts';
import { least, urn } from './sample.ts';

const folder = mkdtempSync(join(tmpdir(), 'runway-source-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sourceOf = (text: string, environment = {}) => new Source({ text, file: 'runway.yaml', environment });
const placeOf = async (source: Source, ...path: (string | number)[]) => (await source.find([path]))[0];

describe('where a key stands', () => {
  test('is its line, with its key', async () => {
    const source = sourceOf(`${least}  img:\n    urn: "${urn}"\n    retry:\n      on: [429]\n`);
    expect(await placeOf(source, 'functions', 'img', 'retry', 'on')).toEqual({
      file: 'runway.yaml',
      line: 8,
      key: 'functions.img.retry.on',
    });
    expect(await placeOf(source, 'functions', 'img', 'retry', 'on', 0)).toMatchObject({ line: 8, key: 'functions.img.retry.on[0]' });
  });

  test('is nowhere when the text has but the beginning of its path', async () => {
    const source = sourceOf(least);
    const paths = [
      ['functions', 'hello', 'retry', 'attempts'],
      ['defaults'],
      ['functions', 'hello', 'urn', 'more'],
      ['functions', 'other'],
    ];
    expect(await source.find(paths)).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('is at the anchor for what an alias repeats', async () => {
    const source = sourceOf(`functions:\n  a:\n    retry: &twice\n      attempts: 2\n  b:\n    retry: *twice\n`);
    expect(await placeOf(source, 'functions', 'b', 'retry', 'attempts')).toMatchObject({ line: 4, key: 'functions.b.retry.attempts' });
    expect(await placeOf(source, 'functions', 'b', 'retry')).toMatchObject({ line: 6 });
  });

  test('is where a merged map has it, unless the map itself has it', async () => {
    const source = sourceOf('x: &base\n  ttl: 1s\n  scope: shared\ny:\n  <<: *base\n  ttl: 2s\n');
    expect(
      await source.find([
        ['y', 'ttl'],
        ['y', 'scope'],
      ]),
    ).toMatchObject([{ line: 6 }, { line: 3 }]);
  });

  test('names the variables that its value is made from, and never what they hold', async () => {
    const source = sourceOf(`a: \${FIRST:-x}s\nb: { c: "\${SECOND}", d: e }\n`, { FIRST: 'planted', SECOND: 'planted' });
    expect(await source.find([['a'], ['b', 'c'], ['b', 'd']])).toEqual([
      { file: 'runway.yaml', line: 1, key: 'a', variables: ['FIRST'] },
      { file: 'runway.yaml', line: 2, key: 'b.c', variables: ['SECOND'] },
      { file: 'runway.yaml', line: 2, key: 'b.d' },
    ]);
  });

  test('is nowhere when nothing but empty variables stand behind it, as if the key were absent', async () => {
    const text = `a: \${UNSET:-}\nb: \${EMPTY}\nc: &at \${EMPTY}\nd: *at\ne: x\${EMPTY}\n`;
    const found = await sourceOf(text, { EMPTY: '' }).find([['a'], ['b'], ['c'], ['d'], ['e']]);
    expect(found.map((place) => place?.line)).toEqual([undefined, undefined, undefined, undefined, 5]);
  });

  test('is the same in a large text, which is searched by another thread', async () => {
    const functions = Array.from({ length: 1_000 }, (_, i) => `  fn-${i}:\n    urn: "${urn}"\n    timeout: \${T}\n`).join('');
    const source = sourceOf(`functions:\n${functions}`);
    const [one, none, other] = await source.find([
      ['functions', 'fn-999', 'timeout'],
      ['functions', 'fn-1000'],
      ['functions', 'fn-0'],
    ]);
    expect([one, none, other?.line]).toEqual([
      { file: 'runway.yaml', line: 3_001, key: 'functions.fn-999.timeout', variables: ['T'] },
      undefined,
      2,
    ]);
  });

  test('has no line in a text that was made of a folder', async () => {
    const source = new Source({ text: '{"a":1}', file: 'functions (generated)', environment: {}, generated: true });
    expect(await placeOf(source, 'a')).toEqual({ file: 'functions (generated)', key: 'a' });
  });

  test('is found again for whoever asks, in any order and however many ask at the same time', async () => {
    const keys = ['a', 'b', 'c', 'd'];
    const source = sourceOf('a: 1\nb: 2\nc: 3\n');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fc.constantFrom(...keys)), { maxLength: 5 }), async (asked) => {
        const found = await Promise.all(asked.map((each) => source.find(each.map((key) => [key]))));
        const lines = found.map((places) => places.map((place) => place?.line));
        expect(lines).toEqual(asked.map((each) => each.map((key) => ({ a: 1, b: 2, c: 3 })[key])));
      }),
    );
  });
});

describe('the text of a configuration', () => {
  test('has changed when the file is another one by now, or none', async () => {
    const file = join(folder, 'runway.yaml');
    writeFileSync(file, least);
    const loaded = loadConfig(file, {});
    if (!loaded.ok) throw new Error('it is good');
    const { source } = loaded.config;
    expect([source.file, source.generated, await source.hasChanged()]).toEqual([file, false, false]);
    writeFileSync(file, `# more\n${least}`);
    expect(await source.hasChanged()).toBe(true);
    expect(await placeOf(source, 'functions', 'hello')).toMatchObject({ line: 4 });
    rmSync(file);
    expect(await source.hasChanged()).toBe(true);
  });

  test('never has changed when it was made of a folder', async () => {
    expect(await new Source({ text: '', file: 'nowhere', environment: {}, generated: true }).hasChanged()).toBe(false);
  });

  test('shows nothing of itself, since secrets may stand in it', () => {
    const source = sourceOf('secretKey: planted', { TOKEN: 'planted' });
    expect(`${inspect(source, { depth: 9, showHidden: true })} ${JSON.stringify(source)} ${String(source)}`).not.toContain('planted');
  });
});
