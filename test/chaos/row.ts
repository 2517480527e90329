/** One line of the table: what was promised of the gateway, as a figure, and what came of it. */
export interface Figure {
  readonly promise: string;
  readonly wanted: string;
  readonly measured: string;
  readonly passed: boolean;
}

/** One row of the scoreboard: a fault is made, and what the gateway makes of it is measured. */
export interface Row {
  /** On the scoreboard of promises. */
  readonly number: number;
  /** Starts what it needs, and ends it. Rejects when it could not be measured. */
  measure(): Promise<readonly Figure[]>;
}

export function atMost(promise: string, limit: number, value: number, show: (value: number) => string = String): Figure {
  return { promise, wanted: `at most ${show(limit)}`, measured: show(value), passed: value <= limit };
}

export function atLeast(promise: string, limit: number, value: number, show: (value: number) => string = String): Figure {
  return { promise, wanted: `at least ${show(limit)}`, measured: show(value), passed: value >= limit };
}

export function exactly(promise: string, wanted: number, value: number): Figure {
  return { promise, wanted: `exactly ${wanted}`, measured: String(value), passed: value === wanted };
}

/** `of`: how many were looked at. With none there was nothing to see, which proves nothing. */
export function none(promise: string, of: number, value: number): Figure {
  return { promise, wanted: '0', measured: `${value} of ${of}`, passed: value === 0 && of > 0 };
}

export const inMs = (ms: number): string => `${ms.toFixed(1)} ms`;
export const inPercent = (share: number): string => `${(share * 100).toFixed(2)} %`;
export const inTimes = (ratio: number): string => `${ratio.toFixed(3)} ×`;
export const inMegabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;
