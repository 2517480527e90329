import type { Stack } from './fold.ts';
import { type Frame, type Origin, origins } from './frame.ts';

/** A frame in its place. */
export interface Box {
  readonly frame: Frame;
  /** From 0, the callbacks of the event loop being 1. */
  readonly level: number;
  /** From the left, and how wide: shares of the whole. */
  readonly start: number;
  readonly share: number;
  /** What it is at work itself. */
  readonly ownShare: number;
}

/** Each frame stands on the one that called it; what is narrower than `minShare` of the whole is left out with all that stands on it. */
export function layout(root: Stack, minShare: number): Box[] {
  const boxes: Box[] = [];
  const place = ({ frame, samples, ownSamples, callees }: Stack, level: number, startSamples: number) => {
    const share = samples / root.samples;
    if (share < minShare) return;
    boxes.push({ frame, level, start: startSamples / root.samples, share, ownShare: ownSamples / root.samples });
    let next = startSamples;
    for (const callee of callees) {
      place(callee, level + 1, next);
      next += callee.samples;
    }
  };
  place(root, 0, 0);
  return boxes;
}

/** How much of the work was in code from each origin, narrow frames and all. */
export function sharesOf(root: Stack): ReadonlyMap<Origin, number> {
  const shares = new Map<Origin, number>(origins.map((origin) => [origin, 0]));
  const add = ({ frame, ownSamples, callees }: Stack) => {
    shares.set(frame.origin, shares.get(frame.origin)! + ownSamples / root.samples);
    callees.forEach(add);
  };
  add(root);
  return shares;
}
