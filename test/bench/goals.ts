export type ComparedUnit = '×' | 'ms' | '%' | 'MB';

/** What Runway is to reach, first and then further. */
export interface Goal {
  readonly bound: 'at least' | 'at most';
  readonly unit: ComparedUnit;
  readonly first: number;
  readonly further: number | undefined;
}

const atLeast = (first: number, further: number): Goal => ({ bound: 'at least', unit: '×', first, further });
const atMost = (unit: ComparedUnit, first: number, further?: number): Goal => ({ bound: 'at most', unit, first, further });

/** Ratios are Runway ÷ the other program, in calls or bytes a second, each on one core. */
export const goals = {
  calls: {
    fastifyHttpProxy: atLeast(1.8, 2.2),
    bare: atLeast(0.62, 0.75),
    nginxLua: atLeast(0.55, 0.7),
  },
  kept: { bare: atLeast(0.65, 0.85) },
  /** What Runway adds to a call directly to the upstream, at half of its calls a second. */
  latency: { p50: atMost('ms', 0.15), p99: atMost('ms', 1, 0.5) },
  redis: { bare: atLeast(0.5, 0.7) },
  sizes: { bare: atLeast(0.8, 0.9) },
  /** How many fewer calls there are with much more of something. */
  growth: atMost('%', 5),
  memory: atMost('MB', 200, 120),
} as const;

export function reaches({ bound }: Goal, value: number, wanted: number): boolean {
  return bound === 'at least' ? value >= wanted : value <= wanted;
}
