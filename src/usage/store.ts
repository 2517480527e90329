import type { Counts, Use } from './counts.ts';

/** Days, the first and the last included, by their start in ms since 1970. */
export interface Asked {
  readonly fromMs: number;
  readonly toMs: number;
  /** Undefined: of all. */
  readonly consumer: string | undefined;
}

/** May be told several times of the same; the counts are to be added up, and not to be kept. */
export type Each = (day: number, consumer: string, functionName: string, counts: Readonly<Counts>) => void;

/** Where it is counted what was used, by the day of UTC. Nothing here rejects. What every store promises is in `test/contract/usage-store.test.ts`. */
export interface UsageStore {
  /** Never waits. */
  record(consumer: string, functionName: string, use: Use): void;
  /** Tells `each` what was used, and returns what of it is not known here; undefined: all is. */
  read(asked: Asked, each: Each): Promise<string | undefined>;
  /** What is still to be told to others is told. Nothing is recorded after it. */
  close(): Promise<void>;
}
