/** Of a function nothing is known of yet: one billed second at 128 MB. */
const firstMbMs = 128 * 1_000;

/** How much the newest execution counts. */
const weight = 0.2;

/** What an execution will use, by what those before it used: a moving average for each function. */
export class Estimates {
  readonly #mbMs = new Map<string, number>();
  readonly #memoryMb = new Map<string, number>();

  /** In whole MB·ms. */
  of(functionName: string): number {
    return Math.ceil(this.#mbMs.get(functionName) ?? firstMbMs);
  }

  /** Whether it was learned from an execution. */
  knows(functionName: string): boolean {
    return this.#mbMs.has(functionName);
  }

  /** The memory it was last billed for; the smallest there is until that is known. */
  memoryMbOf(functionName: string): number {
    return this.#memoryMb.get(functionName) ?? 128;
  }

  learn(functionName: string, mbMs: number, memoryMb: number): void {
    this.#memoryMb.set(functionName, memoryMb);
    const before = this.#mbMs.get(functionName) ?? mbMs;
    this.#mbMs.set(functionName, before + weight * (mbMs - before));
  }
}
