import type { Clock } from '../call.ts';

/** A fault that lasts happens on every call: it is told at once, then this often. */
const tellEveryMs = 10_000;

/** Says something of a kind at once, and while it goes on at most every ten seconds, with how often it went unsaid. */
export class Occasional {
  readonly #clock: Clock;
  readonly #said = new Map<string, { atMs: number; unsaid: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `kind` is one of a closed set; `say` gets how many were left unsaid since the last one. */
  say(kind: string, say: (unsaid: number) => void): void {
    const nowMs = this.#clock.nowMs();
    const last = this.#said.get(kind);
    if (last !== undefined && nowMs - last.atMs < tellEveryMs) {
      last.unsaid++;
      return;
    }
    this.#said.set(kind, { atMs: nowMs, unsaid: 0 });
    say(last?.unsaid ?? 0);
  }
}
