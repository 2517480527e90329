/** An answer that was no result. Nothing of the event, the answer's body or a secret. */
export interface Failure {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly requestId: string;
  /** A configured id, `anonymous`, or `_unknown`. */
  readonly consumer: string;
  readonly status: number;
  /** As `runway_requests_total` counts it. */
  readonly outcome: string;
  /** The code of a problem or of FunctionGraph's error; undefined where there was none. */
  readonly code: string | undefined;
  readonly detail: string;
  readonly durationMs: number;
  readonly attempts: number;
}

const mostOfOne = 50;
const mostFunctions = 200;

/** The last failures of each function: so many of one, of so many functions, and those go that failed longest ago. */
export class Failures {
  readonly #byFunction = new Map<string, Failure[]>();

  /** `name` is a configured one. */
  note(name: string, failure: Failure): void {
    const known = this.#byFunction.get(name) ?? [];
    known.push(failure);
    if (known.length > mostOfOne) known.shift();
    // Set anew, so that the order of the map is that of the last failures.
    this.#byFunction.delete(name);
    this.#byFunction.set(name, known);
    if (this.#byFunction.size > mostFunctions) this.#byFunction.delete(this.#byFunction.keys().next().value!);
  }

  /** Newest first. */
  of(name: string): readonly Failure[] {
    return (this.#byFunction.get(name) ?? []).toReversed();
  }
}
