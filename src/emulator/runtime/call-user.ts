import { inspect } from 'node:util';
import type { FunctionError } from './messages.ts';

/** A handler or an initializer as users write it: the last argument is the callback. */
export type UserFunction = (...args: unknown[]) => unknown;

/**
 * Calls the user's function in whichever form it is written: returning a value, returning a promise, or calling the callback it declares.
 * A callback's non-null first argument fails the call. Rejects with what the function threw.
 */
export function callUser(fn: UserFunction, args: readonly unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const callback = (error?: unknown, data?: unknown): void => (error === null || error === undefined ? resolve(data) : reject(error));
    const takesCallback = fn.length > args.length;
    const returned = fn(...args, callback);
    if (isThenable(returned)) {
      // An async function that takes the callback and returns nothing answers by the callback.
      returned.then((value) => (value === undefined && takesCallback ? undefined : resolve(value)), reject);
    } else if (!takesCallback) resolve(returned);
  });
}

/** What a thrown or rejected value looks like to the caller. */
export function describeError(thrown: unknown): FunctionError {
  if (!(thrown instanceof Error)) {
    return { errorMessage: typeof thrown === 'string' ? thrown : inspect(thrown), errorType: typeof thrown };
  }
  const lines = (thrown.stack ?? '').split('\n');
  const frames = lines.filter((line) => /^\s+at /.test(line));
  const own = frames.findIndex((frame) => frame.includes(import.meta.url) || frame.includes(import.meta.filename));
  // Code that does not parse has no frame; Node puts FILE:LINE in front of the stack.
  const unparsed = /^(?!SyntaxError)\S.*:\d+$/.test(lines[0]!) && thrown instanceof SyntaxError ? [`at ${lines[0]}`] : [];
  const stackTrace = [...unparsed, ...frames.slice(0, own === -1 ? frames.length : own).map((frame) => frame.trim())];
  return { errorMessage: String(thrown.message), errorType: String(thrown.name), ...(stackTrace.length > 0 && { stackTrace }) };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
