/** What a function's memory can be set to, in MB. Source: FunctionGraph API reference, `X-Cff-Instance-Memory`. */
export const memorySizesMb = [128, 256, 512, 768, 1024, 1280, 1536, 1792, 2048, 2560, 3072, 3584, 4096, 8192, 10_240] as const;

/** The smallest size that holds `neededMb`; the largest there is when none does. */
export function sizeForMb(neededMb: number): number {
  return memorySizesMb.find((sizeMb) => sizeMb >= neededMb) ?? memorySizesMb.at(-1)!;
}

/** The next size above; undefined: there is none. */
export function sizeAboveMb(sizeMb: number): number | undefined {
  return memorySizesMb.find((each) => each > sizeMb);
}
