import { Distribution } from '../../src/telemetry/distribution.ts';
import type { FunctionNumbers } from '../../src/telemetry/numbers.ts';

/** Calls of functions, counted as metrics count them, for tests of what is made of the numbers. */
export class CountedCalls {
  readonly #functions = new Map<string, ReturnType<typeof nothing>>();

  /** So many calls that took `seconds` each. */
  call(name: string, count = 1, seconds = 0.004, outcome = 'ok'): void {
    const numbers = this.#functions.get(name) ?? nothing(name);
    this.#functions.set(name, numbers);
    for (let made = 0; made < count; made++) {
      numbers.duration.observe(seconds);
      numbers.overhead.observe(0.0002);
    }
    numbers.requests += count;
    numbers.outcomes[outcome] = (numbers.outcomes[outcome] ?? 0) + count;
    numbers.executions += count;
    numbers.billedMbMs += count * 1_024_000;
  }

  lookUp(name: string, lookups: number, kept: number): void {
    const numbers = this.#functions.get(name) ?? nothing(name);
    this.#functions.set(name, numbers);
    numbers.lookups += lookups;
    numbers.kept += kept;
  }

  /** It has left the configuration. */
  remove(name: string): void {
    this.#functions.delete(name);
  }

  readonly numbers = (): Iterable<FunctionNumbers> => this.#functions.values();
}

function nothing(name: string) {
  return {
    function: name,
    requests: 0,
    outcomes: {} as Record<string, number>,
    attempts: 0,
    retries: 0,
    lookups: 0,
    kept: 0,
    executions: 0,
    billedMbMs: 0,
    wastedMbMs: 0,
    savedMbMs: 0,
    savedCalls: 0,
    breaker: undefined,
    memorySizeMb: undefined,
    duration: new Distribution([0.001, 0.005, 0.01, 0.1, 1]),
    overhead: new Distribution([0.0001, 0.001]),
    memoryUsed: undefined,
  };
}
