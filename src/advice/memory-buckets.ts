/** An edge is this much above the one before it: so far may a share lie above the truth. */
export const bucketGrowth = 1.03;
/** Nothing that runs code needs less, and no size is anywhere near it: one bucket for all below. */
export const firstEdgeMb = 8;
/** More than the largest size there is. */
const lastEdgeMb = 10_500;

const edgesMb: readonly number[] = edges();
const perLog = 1 / Math.log(bucketGrowth);

/** Beyond the last edge is one bucket more. */
export const bucketCount = edgesMb.length + 1;

/** The bucket that holds `usedMb`: the first whose edge is not below it. */
export function bucketOf(usedMb: number): number {
  if (usedMb <= firstEdgeMb) return 0;
  // The edge below it, or, where the logarithm misses an edge by its last digit, its own.
  const below = Math.floor(Math.log(usedMb / firstEdgeMb) * perLog);
  if (below >= edgesMb.length) return edgesMb.length;
  return edgesMb[below]! < usedMb ? below + 1 : below;
}

/** No value of the bucket is above it. */
export function edgeOf(bucket: number): number {
  return edgesMb[bucket] ?? Number.POSITIVE_INFINITY;
}

function edges(): number[] {
  const found = [firstEdgeMb];
  while (found.at(-1)! < lastEdgeMb) found.push(found.at(-1)! * bucketGrowth);
  return found;
}
