import { describe, expect, test } from 'vitest';
import { isFunctionName } from '../src/name.ts';

describe('a name', () => {
  test.each(['a', '0', 'hello', 'img.resize-v2_x', 'a'.repeat(63), 'constructor'])('may be %j', (name) => {
    expect(isFunctionName(name)).toBe(true);
  });

  test.each(['', 'Hello', '-a', '.a', '_a', '__proto__', 'a'.repeat(64), 'a/b', '..', 'a b', 'hello\n', 'é', 'hello@stable'])(
    'cannot be %j',
    (name) => {
      expect(isFunctionName(name)).toBe(false);
    },
  );
});
