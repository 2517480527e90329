/** What stands in the place of a label's value when there is no room for another series. */
export const overflow = '_overflow';

/**
 * How many series there may be. Labels are closed sets, but a file of 10,000 functions and 100,000 consumers makes a billion of
 * combinations: beyond the bound what is new shares the label `_overflow`, and nothing that is counted is lost.
 */
export class Series {
  readonly most: number;
  held = 0;
  /** Observations that went to {@link overflow}. */
  overflowed = 0;

  constructor(most: number) {
    this.most = most;
  }

  /** Whether there is room for one more, to be taken later. */
  mayTake(): boolean {
    if (this.held < this.most) return true;
    this.overflowed += 1;
    return false;
  }

  /** False: there is no room for so many, and none of them is taken. */
  take(count: number): boolean {
    if (this.held + count > this.most) {
      this.overflowed += 1;
      return false;
    }
    this.held += count;
    return true;
  }

  give(count: number): void {
    this.held -= count;
  }
}
