export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The smallest value that so large a `share` of all does not exceed (nearest rank). @param sorted ascending, not empty */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]!;
}

/** How far apart the runs are, as a share of their median: (largest − smallest) ÷ median. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

/** One value for each round; undefined where no run of the round counts. */
export type Rounds = readonly (number | undefined)[];

export function counted(rounds: Rounds): number[] {
  return rounds.filter((value) => value !== undefined);
}

/**
 * By how much `one` is faster than `other`: the median of the ratios within each round. What else the machine does falls on both
 * programs of a round alike, and not on all rounds. Undefined when no round has both.
 */
export function pairedRatio(one: Rounds, other: Rounds): number | undefined {
  return paired(one, other, (value, beside) => value / beside);
}

/** By how much `one` is more than `other`, for the same reason within each round. */
export function pairedDifference(one: Rounds, other: Rounds): number | undefined {
  return paired(one, other, (value, beside) => value - beside);
}

function paired(one: Rounds, other: Rounds, compare: (value: number, beside: number) => number): number | undefined {
  const compared = one.flatMap((value, round) => {
    const beside = other[round];
    return value === undefined || beside === undefined ? [] : [compare(value, beside)];
  });
  return compared.length === 0 ? undefined : median(compared);
}
