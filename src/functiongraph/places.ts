import type { Signal } from '../signal.ts';

/**
 * A bounded number of places, first come, first served. undici's own queue has no bound and cannot be left:
 * what was given up there still waits, holds its body, and makes those behind it wait.
 */
export class Places {
  #free: number;
  readonly #line = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** True with a place taken, at once where one is free; false when `signal` aborted first. */
  take(signal: Signal): true | Promise<boolean> {
    if (this.#free > 0) {
      this.#free--;
      return true;
    }
    return new Promise((resolve) => {
      const settle = (taken: boolean) => {
        this.#line.delete(enter);
        signal.removeEventListener('abort', leave);
        resolve(taken);
      };
      const enter = () => settle(true);
      const leave = () => settle(false);
      this.#line.add(enter);
      signal.addEventListener('abort', leave);
    });
  }

  /** Hands a taken place to the next in line. */
  release(): void {
    const [next] = this.#line;
    if (next) next();
    else this.#free++;
  }
}
