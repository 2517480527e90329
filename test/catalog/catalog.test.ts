import { describe, expect, test } from 'vitest';
import { Catalog } from '../../src/catalog/catalog.ts';
import { targetOf } from '../support/calls.ts';

describe('a catalog', () => {
  const hello = targetOf({ name: 'hello' });
  const catalog = new Catalog([hello, targetOf({ name: 'aardvark' })]);

  test('gives the target of a name', () => {
    expect(catalog.resolve('hello')).toBe(hello);
  });

  test.each(['', 'Hello', 'hello ', '__proto__', 'constructor', 'toString', 'hello\0'])('knows nothing of %j', (name) => {
    expect(catalog.resolve(name)).toBeUndefined();
  });

  test('lists its targets in the order it was given', () => {
    expect(catalog.list().map(({ name }) => name)).toEqual(['hello', 'aardvark']);
  });

  test('takes a name that every object has', () => {
    expect(new Catalog([targetOf({ name: 'constructor' })]).resolve('constructor')?.name).toBe('constructor');
  });
});
