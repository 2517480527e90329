// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is tested is ${NAME}
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fill, fillAll, variablesIn } from '../../src/config/environment.ts';

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,10}$/);

describe('a variable in a scalar', () => {
  test.each([
    ['${A}', { A: 'x' }, 'x'],
    ['<${A}-${B}>', { A: '1', B: '2' }, '<1-2>'],
    ['${A:-y}', { A: 'x' }, 'x'],
    ['${A:-y}', {}, 'y'],
    ['${A:-y}', { A: '' }, 'y'],
    ['${A:-}', {}, ''],
    ['${A}', { A: '' }, ''],
    ['${A:-http://h:1/p?q=$x}', {}, 'http://h:1/p?q=$x'],
    ['$${A}', { A: 'x' }, '${A}'],
    ['$A {A} $', { A: 'x' }, '$A {A} $'],
  ])('%s with %j is %j', (text, environment, expected) => {
    expect(fill(text, environment)).toEqual({ ok: true, text: expected });
  });

  test('is not filled in again: what it holds is only text', () => {
    expect(fill('${A}', { A: '${B} $$ $& $1', B: 'x' })).toEqual({ ok: true, text: '${B} $$ $& $1' });
    fc.assert(
      fc.property(name, fc.string({ unit: 'binary' }), (key, value) => {
        expect(fill(`\${${key}}`, Object.fromEntries([[key, value]]))).toEqual({ ok: true, text: value });
      }),
    );
  });

  test('leaves text without "${" as it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((text) => !text.includes('${')),
        (text) => {
          expect(fill(text, {})).toEqual({ ok: true, text });
        },
      ),
    );
  });

  test.each(['constructor', '__proto__', 'toString'])('is not set because every object has a %s', (key) => {
    expect(fill(`\${${key}}`, {})).toMatchObject({ ok: false });
  });

  test.each(['${', '${A', '${}', '${1A}', '${A-b}', '${A B}'])('is a problem when it is written as %s', (text) => {
    const message = 'has a ${ that begins no variable, allowed is ${NAME}, ${NAME:-default}, or $${ for a plain ${';
    expect(fill(text, { A: 'x' })).toEqual({ ok: false, message });
  });
});

test('the variables of a scalar are those that fill it', () => {
  expect(variablesIn('<${A}-${B:-${C}> $${D} ${1} $E')).toEqual(['A', 'B']);
  expect(variablesIn('$${A}')).toEqual([]);
});

describe('the values under a root', () => {
  test('are filled at every depth, in maps and lists', () => {
    const root = { a: '${A}', b: { c: ['${A}', 1, { d: 'x${A}' }] }, e: null };
    expect(fillAll(root, { A: 'v' })).toEqual([]);
    expect(root).toEqual({ a: 'v', b: { c: ['v', 1, { d: 'xv' }] }, e: null });
  });

  test('that come out empty are as if their key were absent', () => {
    const root = { a: '${A:-}', b: '${A:-}${A:-}', c: 'x${A:-}', d: '' };
    fillAll(root, {});
    expect(root).toEqual({ c: 'x', d: '' });
  });

  test('that are shared are filled once, and a circle ends', () => {
    const shared: Record<string, unknown> = { a: '${A}' };
    shared.self = shared;
    const root = { x: shared, y: shared };
    expect(fillAll(root, { A: '${A}' })).toEqual([]);
    expect(root.y.a).toBe('${A}');
  });

  test('name every key that wants a variable which is not set', () => {
    const message = (variable: string) =>
      `wants the environment variable ${variable}, which is not set; allowed is to set it, or \${${variable}:-default}`;
    expect(fillAll({ a: '${X}', b: ['${Y}'] }, {})).toEqual([
      { path: ['a'], at: 'value', message: message('X') },
      { path: ['b', 0], at: 'value', message: message('Y') },
    ]);
  });
});
