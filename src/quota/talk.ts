/** What is under way between this gateway and Redis about one consumer. */
export interface Talk {
  admits: number;
  /** Redis may not have all that was counted here. */
  owing: boolean;
  settling: Promise<boolean> | undefined;
  /** Calls under way that Redis lets hold something, or may. */
  readonly known: Set<string>;
  /** Calls that ended unknown to Redis. */
  readonly ended: Set<string>;
  idle: (() => void) | undefined;
}

export function newTalk(): Talk {
  return { admits: 0, owing: false, settling: undefined, known: new Set(), ended: new Set(), idle: undefined };
}
