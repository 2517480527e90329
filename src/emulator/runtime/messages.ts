/** What an instance and its worker say to each other. The worker starts by itself from its {@link WorkerStart}. */

/** The worker's `workerData`. */
export interface WorkerStart {
  readonly codeRoot: string;
  /** `FILE.FUNCTION`, relative to the code root and without the file's extension. */
  readonly handler: string;
  readonly initializer: string | undefined;
  readonly facts: FunctionFacts;
}

/** What a function can ask its context about itself. */
export interface FunctionFacts {
  readonly name: string;
  readonly version: string;
  readonly package: string;
  readonly projectId: string;
  readonly memorySizeMb: number;
  readonly cpuMillicores: number;
  readonly timeoutMs: number;
  readonly userData: Readonly<Record<string, string>>;
}

/** One execution. */
export interface ToWorker {
  readonly requestId: string;
  /** Empty for none. */
  readonly alias: string;
  /** JSON text. */
  readonly event: string;
}

/** How a function's own failure is shown to the caller. Source: "Developing Functions in Node.js". */
export interface FunctionError {
  readonly errorMessage: string;
  readonly errorType: string;
  readonly stackTrace?: readonly string[];
}

/** Numbers of function failures, as in `X-Func-Err-Code`. */
export const failureCodes = {
  entryNotFound: 4001,
  exception: 4002,
  responseTooLarge: 4004,
  initializerFailed: 4009,
  timeout: 4010,
  loadTimeout: 4012,
  loadFailed: 4201,
  exited: 4204,
  memoryExceeded: 4205,
  initializerTimeout: 4211,
} as const;

export type FromWorker =
  /** `initMs`: the initializer's time, which is billed; loading the code is not. */
  | { readonly kind: 'ready'; readonly initMs: number; readonly memoryUsedMb: number }
  | { readonly kind: 'log'; readonly text: string }
  /** `result`: JSON text. */
  | { readonly kind: 'done'; readonly result: string; readonly durationMs: number; readonly memoryUsedMb: number }
  /** Of a start or of an execution. */
  | {
      readonly kind: 'failed';
      readonly code: number;
      readonly error: FunctionError;
      readonly durationMs: number;
      readonly memoryUsedMb: number;
    };
