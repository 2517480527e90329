/** How many things are under way, for who waits until none is. */
export class UnderWay {
  #count = 0;
  #ended: (() => void) | undefined;

  begin(): void {
    this.#count += 1;
  }

  /** One that began is over. */
  readonly end = (): void => {
    this.#count -= 1;
    if (this.#count === 0) this.#ended?.();
  };

  /** Resolves when nothing is under way. What begins while somebody waits is waited for as well. To be asked once. */
  ended(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#ended = resolve;
    });
  }
}
