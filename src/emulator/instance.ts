import { Worker } from 'node:worker_threads';
import type { Clock } from '../call.ts';
import type { LocalFunction, Site } from './library.ts';
import { LogTail } from './log-tail.ts';
import { type FromWorker, type FunctionError, failureCodes, type ToWorker } from './runtime/messages.ts';
import { workerEnvironment, workerStart } from './worker-start.ts';

/** What came of an execution. */
export type Run = Ran & ({ readonly kind: 'done'; readonly result: string } | Failure);

type Failure = { readonly kind: 'failed'; readonly code: number; readonly error: FunctionError };

interface Ran {
  readonly startedAtEpochMs: number;
  readonly finishedAtEpochMs: number;
  /** Of the handler and, in an instance's first run, of the initializer. */
  readonly durationMs: number;
  readonly memoryUsedMb: number;
  /** What the function wrote. */
  readonly log: string;
}

/** What the instance hears of its worker, or that it heard nothing in time. */
type Told = Exclude<FromWorker, { kind: 'log' }> | { readonly kind: 'gone' } | { readonly kind: 'late' };

/** What an instance is busy with, and for how long it may be. */
interface Phase {
  readonly limitMs: number;
  readonly lateCode: number;
  readonly lateMessage: string;
}

/** The date for the log, the monotonic time for durations. */
interface Moment {
  readonly epochMs: number;
  readonly nowMs: number;
}

/** A running copy of a function, in a thread of its own; it runs one event at a time. */
export class Instance {
  readonly #clock: Clock;
  readonly #worker: Worker;
  readonly #log = new LogTail();
  readonly #memorySizeMb: number;
  readonly #starting: Phase;
  readonly #running: Phase;
  readonly #start: Promise<Told>;
  #hear: ((told: Told) => void) | undefined;
  #fresh: boolean = true;
  #gone: boolean = false;
  #outOfMemory: boolean = false;
  #memoryUsedMb = 0;

  constructor(fn: LocalFunction, version: string, site: Site, clock: Clock) {
    const { settings } = fn;
    this.#clock = clock;
    this.#memorySizeMb = settings.memorySize;
    this.#running = phase(settings.timeout, failureCodes.timeout, 'call invoke timeout');
    this.#starting =
      settings.initializer === undefined
        ? phase(settings.initializerTimeout, failureCodes.loadTimeout, 'load timeout')
        : phase(settings.initializerTimeout, failureCodes.initializerTimeout, 'initialize timeout');
    const start = workerStart(fn, version, site);
    this.#worker = new Worker(new URL('./runtime/main.ts', import.meta.url), {
      workerData: start,
      env: workerEnvironment(start),
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: settings.memorySize },
    });
    this.#worker.on('message', (message: FromWorker) => {
      if (message.kind === 'log') this.#log.append(message.text);
      else this.#hear?.(message);
    });
    this.#worker.on('error', (thrown: unknown) => {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      this.#outOfMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      this.#log.append(`${error.stack ?? error.message}\n`);
    });
    this.#worker.on('exit', () => {
      this.#gone = true;
      this.#hear?.({ kind: 'gone' });
    });
    this.#start = this.#next(this.#starting);
  }

  /** It has ended and runs nothing any more. */
  get gone(): boolean {
    return this.#gone;
  }

  /**
   * Runs one event, once the start is over if this is the first. Never rejects; after a failed start, a crash or a timeout the instance is gone.
   *
   * @param coldStartMs how much longer a start is to seem
   */
  async run(call: ToWorker, coldStartMs: number, signal: AbortSignal): Promise<Run> {
    let initMs = 0;
    if (this.#fresh) {
      this.#fresh = false;
      const began = this.#now();
      if (coldStartMs > 0) await this.#clock.sleep(coldStartMs, signal);
      const told = await this.#start;
      if (told.kind !== 'ready') {
        void this.stop();
        return this.#finish(told, this.#starting, began, 0);
      }
      initMs = told.initMs;
    }
    const began = this.#now();
    const answer = this.#next(this.#running);
    this.#worker.postMessage(call);
    const told = await answer;
    // Waited for, so that what it had written by then is in the log.
    if (told.kind === 'late') await this.stop();
    return this.#finish(told, this.#running, began, initMs);
  }

  /** Ends the thread, whatever it is doing; resolves when it has ended. */
  async stop(): Promise<void> {
    this.#gone = true;
    await this.#worker.terminate();
  }

  /** What the worker says next, or that it took too long. */
  async #next({ limitMs }: Phase): Promise<Told> {
    const heard = new AbortController();
    const told = await new Promise<Told>((resolve) => {
      this.#hear = resolve;
      if (this.#gone) resolve({ kind: 'gone' });
      void this.#clock.sleep(limitMs, heard.signal).then(() => resolve({ kind: 'late' }));
    });
    this.#hear = undefined;
    heard.abort();
    if ('memoryUsedMb' in told) this.#memoryUsedMb = told.memoryUsedMb;
    return told;
  }

  #now(): Moment {
    return { epochMs: this.#clock.epochMs(), nowMs: this.#clock.nowMs() };
  }

  #finish(told: Told, phase: Phase, began: Moment, initMs: number): Run {
    const ended = this.#now();
    const ran = (durationMs: number): Ran => ({
      startedAtEpochMs: began.epochMs,
      finishedAtEpochMs: ended.epochMs,
      durationMs: initMs + durationMs,
      memoryUsedMb: this.#memoryUsedMb,
      log: this.#log.take(),
    });
    switch (told.kind) {
      case 'done':
        return { kind: 'done', result: told.result, ...ran(told.durationMs) };
      case 'failed':
        return { kind: 'failed', code: told.code, error: told.error, ...ran(told.durationMs) };
      case 'late':
        return { ...failure(phase.lateCode, phase.lateMessage), ...ran(phase.limitMs) };
      default: {
        if (this.#outOfMemory) this.#memoryUsedMb = this.#memorySizeMb;
        const end = this.#outOfMemory
          ? failure(failureCodes.memoryExceeded, 'runtime memory limit exceeded')
          : failure(failureCodes.exited, 'runtime process is exited');
        return { ...end, ...ran(ended.nowMs - began.nowMs) };
      }
    }
  }
}

function phase(limitSeconds: number, lateCode: number, what: string): Phase {
  return { limitMs: limitSeconds * 1000, lateCode, lateMessage: `${what} ${limitSeconds}s` };
}

function failure(code: number, errorMessage: string): Failure {
  return { kind: 'failed', code, error: { errorMessage, errorType: 'RuntimeError' } };
}
