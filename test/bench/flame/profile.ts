/** A CPU profile as V8 writes it (Chrome DevTools Protocol, `Profiler.Profile`), as far as it is drawn. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** By the clock of `process.hrtime`, so that others can say what part of it they mean. */
  readonly startTime: number;
  /** The node that was at work at each look. */
  readonly samples: readonly number[];
  /** Microseconds since the look before; the first one's since the start. */
  readonly timeDeltas: readonly number[];
}

export interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  readonly children?: readonly number[];
}

export interface CallFrame {
  /** Empty where it has none. */
  readonly functionName: string;
  /** Empty for what is not JavaScript. */
  readonly url: string;
  /** From 0; −1 where there is none. */
  readonly lineNumber: number;
}
