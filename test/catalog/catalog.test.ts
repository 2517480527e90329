import { describe, expect, test } from 'vitest';
import type { Target } from '../../src/call.ts';
import { Catalog } from '../../src/catalog/catalog.ts';

function target(name: string): Target {
  return {
    name,
    description: undefined,
    urn: `urn:fss:cn-north-1:7aad83af3e8d42e99ac194e8419e2c9b:function:default:${name}:latest`,
    version: 'latest',
    upstream: 'main',
    idempotent: false,
    timeoutMs: 1000,
    retry: { attempts: 1, on: [], backoff: { baseMs: 1, maxMs: 1 } },
    breaker: { failureRatio: 0.5, minimumRequests: 1, windowMs: 1000, openForMs: 1000 },
    cache: undefined,
  };
}

describe('a catalog', () => {
  const hello = target('hello');
  const catalog = new Catalog([hello, target('aardvark')]);

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
    expect(new Catalog([target('constructor')]).resolve('constructor')?.name).toBe('constructor');
  });
});
