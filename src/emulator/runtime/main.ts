/** The worker of one instance: loads the user's code, runs the initializer, then runs one event after another. */

import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { getHeapStatistics } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { callUser, describeError, type UserFunction } from './call-user.ts';
import { Context } from './context.ts';
import { findEntryPoint } from './entry-point.ts';
import { describeLoadError } from './load-error.ts';
import { type FromWorker, type FunctionError, failureCodes, type ToWorker, type WorkerStart } from './messages.ts';

const { codeRoot, handler, initializer, facts } = workerData as WorkerStart;

const tell = (message: FromWorker): void => parentPort!.postMessage(message);
const write = (text: string): void => tell({ kind: 'log', text });

// The worker's own streams arrive at the parent later than the answer: what is written must be there before it.
const sink = new Writable({
  decodeStrings: false,
  write(chunk, _encoding, done) {
    write(String(chunk));
    done();
  },
});
Object.defineProperty(process, 'stdout', { value: sink });
Object.defineProperty(process, 'stderr', { value: sink });
globalThis.console = new Console({ stdout: sink, stderr: sink });

const memoryUsedMb = (): number => {
  const heap = getHeapStatistics();
  return (heap.used_heap_size + heap.external_memory) / 2 ** 20;
};

const handle = await start();
if (handle !== undefined) parentPort!.on('message', (message: ToWorker) => void run(handle, message));

async function start(): Promise<UserFunction | undefined> {
  const handle = await load(handler);
  const initialize = initializer === undefined ? undefined : await load(initializer);
  if (handle === undefined || (initializer !== undefined && initialize === undefined)) return undefined;
  const startedAtMs = performance.now();
  try {
    if (initialize !== undefined) await callUser(initialize, [new Context(facts, { requestId: '', alias: '', startedAtMs }, write)]);
  } catch (thrown) {
    fail(failureCodes.initializerFailed, thrown, startedAtMs);
    return undefined;
  }
  const initMs = initialize === undefined ? 0 : performance.now() - startedAtMs;
  tell({ kind: 'ready', initMs, memoryUsedMb: memoryUsedMb() });
  return handle;
}

/** The user's function, of a CommonJS or an ES module; says so and gives nothing when it cannot be had. */
async function load(entry: string): Promise<UserFunction | undefined> {
  const cannot = (code: number, error: FunctionError) => tell({ kind: 'failed', code, error, durationMs: 0, memoryUsedMb: memoryUsedMb() });
  const found = findEntryPoint(codeRoot, entry);
  try {
    const module = found && ((await import(pathToFileURL(found.path).href)) as Record<string, unknown>);
    const exported = found && (module?.[found.name] ?? (module?.default as Record<string, unknown> | undefined)?.[found.name]);
    if (typeof exported === 'function') return exported as UserFunction;
    cannot(failureCodes.entryNotFound, { errorMessage: `"${entry}" is not an exported function of the code`, errorType: 'EntryNotFound' });
  } catch (thrown) {
    cannot(failureCodes.loadFailed, await describeLoadError(thrown, found!.path));
  }
  return undefined;
}

async function run(handle: UserFunction, { requestId, alias, event }: ToWorker): Promise<void> {
  const startedAtMs = performance.now();
  try {
    const value = await callUser(handle, [JSON.parse(event), new Context(facts, { requestId, alias, startedAtMs }, write)]);
    // In an array, what JSON has no word for (undefined, a function) becomes null.
    const result = JSON.stringify([value]).slice(1, -1);
    tell({ kind: 'done', result, durationMs: performance.now() - startedAtMs, memoryUsedMb: memoryUsedMb() });
  } catch (thrown) {
    fail(failureCodes.exception, thrown, startedAtMs);
  }
}

function fail(code: number, thrown: unknown, startedAtMs: number): void {
  tell({ kind: 'failed', code, error: describeError(thrown), durationMs: performance.now() - startedAtMs, memoryUsedMb: memoryUsedMb() });
}
