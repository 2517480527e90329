import type { Clock } from '../../src/call.ts';

/** A clock that stands still until it is moved. `sleep` returns once it was moved far enough, and remembers what was asked for. */
export class FakeClock implements Clock {
  readonly sleptMs: number[] = [];
  #nowMs = 0;
  readonly #epochStartMs: number;
  readonly #sleepers = new Set<{ atMs: number; wake: () => void }>();

  constructor(epochMs = Date.UTC(2026, 0, 1)) {
    this.#epochStartMs = epochMs;
  }

  nowMs = (): number => this.#nowMs;
  epochMs = (): number => this.#epochStartMs + this.#nowMs;

  sleep = (ms: number, signal: AbortSignal): Promise<void> => {
    this.sleptMs.push(ms);
    return new Promise((resolve) => {
      const sleeper = { atMs: this.#nowMs + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
  };

  /** Moves time on and lets everything that was due run. */
  async advance(ms: number): Promise<void> {
    this.#nowMs += ms;
    for (const sleeper of this.#sleepers) {
      if (sleeper.atMs > this.#nowMs) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Lets every sleeper wake as soon as it sleeps: for tests that only ask how long was slept. */
  async drain(work: Promise<unknown>): Promise<void> {
    let done = false;
    void work.finally(() => {
      done = true;
    });
    while (!done) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = Math.min(...[...this.#sleepers].map((s) => s.atMs));
      if (Number.isFinite(next)) await this.advance(Math.max(0, next - this.#nowMs));
    }
  }
}
