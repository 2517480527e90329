/** Something to time. */
export type Step = {
  readonly name: string;
  /** Of what `run` gives: whether the step does what its name says. */
  readonly isRight: (result: never) => boolean;
} & (
  | { readonly kind: 'at once'; readonly run: () => unknown; readonly callsPerBatch: number }
  | { readonly kind: 'awaited'; readonly run: () => Promise<unknown>; readonly callsPerBatch: number }
  /** It says itself how long it took. */
  | { readonly kind: 'timed'; readonly run: () => Promise<Timed> }
);

export interface Timed {
  /** What counts. */
  readonly tookMs: number;
  readonly wholeMs: number;
}

/** Where calls take a microsecond a batch takes a millisecond: enough for a clock, and for many batches in half a second. */
const usualCalls = 960;

/** A step that is done when it returns. `callsPerBatch`: fewer where a call takes long. */
export function atOnce<Result>(
  name: string,
  run: () => Result,
  isRight: (result: Awaited<Result>) => boolean,
  callsPerBatch = usualCalls,
): Step {
  return { kind: 'at once', name, run, isRight, callsPerBatch };
}

/** A step that calls wait for, if only for the rest of a turn. */
export function awaited<Result>(name: string, run: () => Promise<Result>, isRight: (result: Result) => boolean): Step {
  return { kind: 'awaited', name, run, isRight, callsPerBatch: usualCalls };
}

/** What is opened for steps ends with `close`. */
export interface Steps {
  readonly steps: readonly Step[];
  close(): void;
}
