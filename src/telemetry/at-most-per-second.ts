import type { Clock } from '../call.ts';

/** Says something of a kind so often a second, and the next time how often it went unsaid. */
export class AtMostPerSecond {
  readonly #limit: number;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #kinds = new Map<string, { sinceMs: number; said: number; unsaid: number }>();

  constructor(limit: number, clock: Pick<Clock, 'nowMs'>) {
    this.#limit = limit;
    this.#clock = clock;
  }

  /** `kind` is one of a closed set; `say` gets how many were left unsaid since the last one. */
  say(kind: string, say: (unsaid: number) => void): void {
    const nowMs = this.#clock.nowMs();
    let state = this.#kinds.get(kind);
    if (state === undefined) {
      state = { sinceMs: nowMs, said: 0, unsaid: 0 };
      this.#kinds.set(kind, state);
    } else if (nowMs - state.sinceMs >= 1_000) {
      state.sinceMs = nowMs;
      state.said = 0;
    }
    if (state.said >= this.#limit) {
      state.unsaid++;
      return;
    }
    const { unsaid } = state;
    state.said++;
    state.unsaid = 0;
    say(unsaid);
  }
}
