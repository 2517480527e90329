/** A function's answer as it is kept. Times are milliseconds since 1970, so that gateways and restarts agree on them. */
export interface KeptResult {
  readonly status: number;
  /** Nothing but {@link keptHeaders}. */
  readonly headers: Readonly<Partial<Record<KeptHeader, string>>>;
  readonly body: Buffer;
  readonly storedAtMs: number;
  /** From then on it is stale. */
  readonly freshUntilMs: number;
  /** From then on it is of no use to anybody: the end of the last window in which it may be answered stale. */
  readonly keptUntilMs: number;
  /** False: its function forbids to answer with it once it is stale. */
  readonly mayBeStale: boolean;
  /** How long it took to compute, in whole ms. */
  readonly tookMs: number;
  /** What the call cost and a hit saves, in whole MB·ms. Undefined when FunctionGraph sent no summary. */
  readonly billedMbMs: number | undefined;
}

/** The fields that describe the body. All others belong to the one call that was made: summary, request id, log, cookies. */
export const keptHeaders = ['content-type', 'content-encoding', 'content-language'] as const;
export type KeptHeader = (typeof keptHeaders)[number];

/**
 * Where results are kept. Nothing here rejects: a store that is away has no results and keeps none.
 * What every store promises is in `test/contract/result-store.test.ts`.
 */
export interface ResultStore {
  /** A result that is still kept, fresh or stale. At once where nobody has to be asked. */
  get(key: string): KeptResult | undefined | Promise<KeptResult | undefined>;
  /** Whether it is kept now: not when its time is over or its body is over {@link maxBodyBytes}. */
  set(key: string, result: KeptResult): Promise<boolean>;
  /** Whether there was one. */
  delete(key: string): Promise<boolean>;
}

/** One large result is not worth the many small ones it would push out. */
export const maxBodyBytes = 1024 * 1024;
