import { Observation, type Observed } from './observation.ts';

/**
 * The executions of one function, at the size it has and at the one it had before. They are kept apart: a runtime takes what memory
 * it is given before it tidies up, so what was used at one size says little of another. Two are enough for a rollout, in which
 * versions of different size take turns.
 */
export class WatchedFunction {
  readonly urn: string;
  readonly #sinceMs: number;
  #current: Observation | undefined;
  #other: Observation | undefined;

  constructor(urn: string, sinceMs: number) {
    this.urn = urn;
    this.#sinceMs = sinceMs;
  }

  /** What it was billed for last. */
  get sizeMb(): number | undefined {
    return this.#current?.sizeMb;
  }

  add(nowMs: number, sizeMb: number, usedMb: number, billedMs: number, outOfMemory: boolean): void {
    let current = this.#current;
    if (current === undefined || current.sizeMb !== sizeMb) current = this.#turnTo(sizeMb, nowMs);
    current.add(nowMs, usedMb, billedMs, outOfMemory);
  }

  /** Undefined: nothing was seen in the time that counts. */
  observed(nowMs: number): { readonly current: Observed; readonly other: Observed | undefined } | undefined {
    const current = this.#current?.observed(nowMs);
    return current && { current, other: this.#other?.observed(nowMs) };
  }

  #turnTo(sizeMb: number, nowMs: number): Observation {
    const before = this.#current;
    let turned = this.#other;
    // The first size is watched from the start: who ran once in that time has a pace.
    if (turned === undefined) turned = new Observation(sizeMb, before === undefined ? this.#sinceMs : nowMs);
    else if (turned.sizeMb !== sizeMb) turned.restart(sizeMb, nowMs);
    this.#other = before;
    this.#current = turned;
    return turned;
  }
}
