/**
 * Winners at random places, the same on each run, and exactly so many in each hundred: the share of a short run is the share that was
 * asked for, and what is judged is the gateway, not the dice.
 */
export class Lottery {
  #state = 20_260_101;
  readonly #urns = new Map<number, boolean[]>();

  draws(winnersPer100: number): boolean {
    if (winnersPer100 === 0) return false;
    let urn = this.#urns.get(winnersPer100);
    if (urn === undefined || urn.length === 0) {
      urn = Array.from({ length: 100 }, (_, index) => index < winnersPer100);
      this.#urns.set(winnersPer100, urn);
    }
    return urn.splice(this.#below(urn.length), 1)[0]!;
  }

  /** A linear congruential generator, Numerical Recipes' constants; its high bits are the random ones. */
  #below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }
}
