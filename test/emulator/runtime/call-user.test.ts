import { describe, expect, test } from 'vitest';
import { callUser, describeError, type UserFunction } from '../../../src/emulator/runtime/call-user.ts';

interface Event {
  readonly a: number;
}
const call = (fn: (event: Event, context: string, callback: (error: unknown, data?: unknown) => void) => unknown) =>
  callUser(fn as UserFunction, [{ a: 1 }, 'context']);

describe('the forms of a handler', () => {
  test('an async function answers what it returns', async () => {
    expect(await call(async ({ a }, context) => [a, context])).toEqual([1, 'context']);
  });

  test('a plain function that takes no callback answers what it returns, even nothing', async () => {
    expect(await call(({ a }) => a)).toBe(1);
    expect(await call(() => undefined)).toBeUndefined();
  });

  test('a function that takes the callback answers by it, later too', async () => {
    const answer = await call((_event, _context, callback) => {
      setImmediate(() => callback(null, 'by callback'));
      return 'not this';
    });
    expect(answer).toBe('by callback');
  });

  test('an async function that takes the callback may use either', async () => {
    expect(
      await call(async (_event, _context, callback) => {
        setImmediate(() => callback(undefined, 'by callback'));
      }),
    ).toBe('by callback');
    expect(await call(async (_event, _context, _callback) => 'by return')).toBe('by return');
  });

  test.each<[string, Parameters<typeof call>[0]]>([
    [
      'thrown',
      () => {
        throw new Error('no');
      },
    ],
    ['rejected', () => Promise.reject(new Error('no'))],
    ['given to the callback', (_event, _context, callback) => callback(new Error('no'))],
  ])('an error that is %s fails the call', async (_how, fn) => {
    await expect(call(fn)).rejects.toThrow('no');
  });

  test('any error but null and undefined fails, 0 and an empty text too', async () => {
    await expect(call((_event, _context, callback) => callback(0))).rejects.toBe(0);
    await expect(call((_event, _context, callback) => callback(''))).rejects.toBe('');
  });
});

describe('how a failure is shown', () => {
  test('an error by its message, its name and the frames of the user’s code', async () => {
    const thrown = await call(() => {
      throw new RangeError('too much');
    }).catch((error: unknown) => error);
    const shown = describeError(thrown);
    expect(shown).toMatchObject({ errorMessage: 'too much', errorType: 'RangeError' });
    expect(shown.stackTrace?.[0]).toContain('call-user.test.ts');
    expect(shown.stackTrace?.join()).not.toContain('src/emulator');
  });

  test('a message that ends like a place is taken for none', () => {
    const shown = describeError(new SyntaxError('no number in line:3'));
    expect(shown.stackTrace?.[0]).toContain('call-user.test.ts');
  });

  test.each([
    ['a text', 'just text', 'just text', 'string'],
    ['an object', { code: 'X' }, "{ code: 'X' }", 'object'],
    ['null', null, 'null', 'object'],
    ['undefined', undefined, 'undefined', 'undefined'],
    ['what JSON cannot say', Symbol('x'), 'Symbol(x)', 'symbol'],
  ])('%s, which is no Error, as text', (_what, thrown, errorMessage, errorType) => {
    expect(describeError(thrown)).toEqual({ errorMessage, errorType });
  });
});
