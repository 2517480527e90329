import { EventEmitter } from 'node:events';
import CircuitBreaker from 'opossum';
import type { Call, Invoke, Outcome, Policy, Target } from '../call.ts';
import type { Signal } from '../signal.ts';
import { type BreakerStatus, Circuit, type CircuitParts, type Gate, type Outlook } from './circuit.ts';

const attempt = (next: Invoke, call: Call, signal: Signal) => next(call, signal);

/**
 * opossum's timeout would not cancel, and its abort controller is shared by all calls: the deadline ends calls. Its counting is not
 * used, so all share one status, without snapshots and their timers. A fault of ours is nobody's failure.
 */
const closed = {
  timeout: false as const,
  errorFilter: () => true,
  status: CircuitBreaker.newStatus({ rollingCountBuckets: 1, enableSnapshots: false, rotateBucketController: new EventEmitter() }),
};
const halfOpen = { ...closed, state: { closed: false, halfOpen: true } };

/**
 * opossum's state machine without its rules. Those are its listeners on itself, and they are taken away: they count a request where
 * it starts and its failure where it ends, close a half-open circuit for any late success or error that was filtered, and hold a
 * timer for each open circuit. What stays: one call passes when it is half-open, none when it is open.
 */
function newBreaker(options: typeof closed): CircuitBreaker<Parameters<typeof attempt>, Outcome> {
  return new CircuitBreaker(attempt, options).removeAllListeners();
}

/** A closed circuit lets everything pass, and most never open: opossum comes in where there is something to hold back. */
function newGate(state: 'closed' | 'half-open'): Gate {
  let breaker = state === 'closed' ? undefined : newBreaker(halfOpen);
  return {
    get pendingClose() {
      return breaker?.pendingClose ?? false;
    },
    fire: (next, call, signal) => (breaker ? breaker.fire(next, call, signal) : next(call, signal)),
    open() {
      breaker ??= newBreaker(closed);
      breaker.open();
    },
    close() {
      breaker = undefined;
    },
  };
}

const untouched: BreakerStatus = { state: 'closed', forced: false, reason: undefined, counts: { requests: 0, failures: 0, slow: 0 } };

const passing: Outlook = { kind: 'passes', share: 1 };

export interface BreakersParts extends Omit<CircuitParts, 'newGate'> {
  /** The functions of the configuration: what an operator may see and force, called or not. */
  readonly targets: readonly Target[];
}

/** One circuit for each function, made at its first call. The one file that knows opossum; the rules are in `circuit.ts`. */
export class Breakers {
  readonly #circuits = new Map<string, Circuit>();
  readonly #targets: readonly Target[];
  readonly #parts: CircuitParts;

  constructor({ targets, ...parts }: BreakersParts) {
    this.#targets = targets;
    this.#parts = { ...parts, newGate };
  }

  readonly policy: Policy = (next) => (call, signal) => this.#circuitOf(call.target).run(next, call, signal);

  /** `open` and `closed` hold the circuit there, `auto` leaves it to itself again. False: there is no such function. */
  force(name: string, to: 'open' | 'closed' | 'auto'): boolean {
    const target = this.#targets.find((each) => each.name === name);
    if (target) this.#circuitOf(target).force(to);
    return target !== undefined;
  }

  stateOf(name: string): BreakerStatus {
    return this.#circuits.get(name)?.status ?? untouched;
  }

  /** What would become of an attempt now. */
  outlookOf(name: string): Outlook {
    return this.#circuits.get(name)?.outlook ?? passing;
  }

  list(): ({ readonly function: string } & BreakerStatus)[] {
    return this.#targets.map(({ name }) => ({ function: name, ...this.stateOf(name) }));
  }

  close(): void {
    this.#circuits.clear();
  }

  #circuitOf(target: Target): Circuit {
    const known = this.#circuits.get(target.name);
    if (known) return known;
    const circuit = new Circuit(target, this.#parts);
    this.#circuits.set(target.name, circuit);
    return circuit;
  }
}
