import { execFile } from 'node:child_process';
import { describeError } from './call-user.ts';
import type { FunctionError } from './messages.ts';

/**
 * What is wrong with code that does not load, and where.
 *
 * @param path the file the loading began with
 */
export async function describeLoadError(thrown: unknown, path: string): Promise<FunctionError> {
  const { stackTrace = [], ...error } = describeError(thrown);
  // The loader's frames say nothing of the code.
  const frames = stackTrace.filter((frame) => !/\bnode:/.test(frame));
  if (frames.length === 0 && thrown instanceof SyntaxError)
    frames.push(`at ${(await placeInModule(path)) ?? `${path}, or a module it imports`}`);
  return frames.length > 0 ? { ...error, stackTrace: frames } : error;
}

/** `FILE:LINE`: of an ES module that does not parse, Node tells the place on stderr only, not in the error. */
function placeInModule(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--check', path], (_error, _stdout, stderr) => resolve(/^(.+:\d+)\n/.exec(stderr)?.[1]));
  });
}
