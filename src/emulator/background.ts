import type { Clock } from '../call.ts';
import type { Run } from './instance.ts';

/** One asynchronous invocation as `ListAsyncInvocations` shows it. */
interface Invocation {
  readonly request_id: string;
  /** Waiting for an instance counts as running. */
  status: 'RUNNING' | 'SUCCESS' | 'FAIL';
  error_code: number;
  error_message: string;
  readonly start_time: string;
  end_time: string;
}

/** Invocations remembered, and at most as many at once. */
const capacity = 1000;

/** The asynchronous invocations: they run after the caller has been answered, and can be asked about. A failure is not repeated, as by default in FunctionGraph. */
export class Background {
  readonly #clock: Clock;
  readonly #byFunction = new Map<string, Map<string, Invocation>>();
  #running = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Takes an invocation on, unless too many are under way.
   *
   * @param work must not reject; `undefined` when it could not run at all
   * @returns whether it was taken
   */
  start(functionName: string, requestId: string, work: () => Promise<Run | undefined>): boolean {
    if (this.#running >= capacity) return false;
    this.#running += 1;
    const invocation: Invocation = {
      request_id: requestId,
      status: 'RUNNING',
      error_code: 0,
      error_message: '',
      start_time: this.#now(),
      end_time: '',
    };
    this.#remember(functionName, invocation);
    void work().then((run) => {
      this.#running -= 1;
      invocation.status = run?.kind === 'done' ? 'SUCCESS' : 'FAIL';
      invocation.end_time = this.#now();
      if (run?.kind !== 'failed') return;
      invocation.error_code = run.code;
      invocation.error_message = run.error.errorMessage;
    });
    return true;
  }

  /** The newest first. */
  list(functionName: string, requestId: string | undefined): readonly Readonly<Invocation>[] {
    const known = this.#byFunction.get(functionName);
    if (known === undefined) return [];
    if (requestId === undefined) return [...known.values()].reverse();
    const invocation = known.get(requestId);
    return invocation === undefined ? [] : [invocation];
  }

  #remember(functionName: string, invocation: Invocation): void {
    const known = this.#byFunction.get(functionName) ?? new Map<string, Invocation>();
    this.#byFunction.set(functionName, known);
    known.set(invocation.request_id, invocation);
    const [oldest] = known.keys();
    if (known.size > capacity && oldest !== undefined) known.delete(oldest);
  }

  #now(): string {
    return new Date(this.#clock.epochMs()).toISOString().slice(0, 19);
  }
}
