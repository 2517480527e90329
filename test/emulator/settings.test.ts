import { describe, expect, test } from 'vitest';
import { parseSettings } from '../../src/emulator/settings.ts';

describe('settings of a function', () => {
  test('an empty file is a function with FunctionGraph’s defaults', () => {
    const read = parseSettings('');
    expect(read).toMatchObject({ ok: true, settings: { handler: 'index.handler', memorySize: 128, timeout: 3, package: 'default' } });
  });

  test('every problem is named with its key, what was seen and what is allowed', () => {
    const text = 'memroy: 128\nmemorySize: 100\ntimeout: 0\nhandler: index\nconcurrency: -1\n';
    const read = parseSettings(text);
    if (read.ok) throw new Error('was accepted');
    expect(read.problems.toSorted()).toEqual([
      'concurrency: is -1, allowed is a whole number from 0 (disabled) to 1000',
      'handler: is "index", allowed is FILE.FUNCTION, such as "index.handler"',
      expect.stringMatching(/^memorySize: is 100, allowed is one of 128, 256, 512/),
      expect.stringMatching(/^memroy: is not a key, allowed are description, example, handler, /),
      'timeout: is 0, allowed is whole seconds, 1 to 900',
    ]);
  });

  test.each([
    ['- a list', 'is ["a list"], allowed is a mapping of keys to values'],
    ['a: [', 'is not YAML: '],
    ['aliases: { stable: v9 }\nversions: [v1]', 'aliases.stable: is "v9", allowed is one of latest, v1'],
  ])('%j is refused', (text, problem) => {
    const read = parseSettings(text);
    expect(read.ok ? [] : read.problems).toEqual([expect.stringContaining(problem)]);
  });
});
