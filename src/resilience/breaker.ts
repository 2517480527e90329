import { EventEmitter } from 'node:events';
import CircuitBreaker from 'opossum';
import type { BreakerPolicy, Call, Clock, Invoke, Outcome, Policy, Target } from '../call.ts';

export type BreakerState = 'closed' | 'half-open' | 'open';

/** Whether an outcome speaks against the upstream. Throttling, the function's own errors and callers who left do not. */
export function countsAsFailure(outcome: Outcome): boolean {
  switch (outcome.kind) {
    case 'unreachable':
    case 'timeout':
      return true;
    case 'upstream_error':
      return outcome.cause === 'invalid' || (outcome.cause === 'service' && outcome.answer.status >= 500);
    default:
      return false;
  }
}

/** opossum counts rejections: an outcome that speaks against the upstream travels through it as one. No Error, so no stack is made. */
class CountedFailure {
  readonly outcome: Outcome;
  constructor(outcome: Outcome) {
    this.outcome = outcome;
  }
}

const windowBuckets = 10;

interface Circuit {
  readonly breaker: CircuitBreaker<[Call, AbortSignal, Invoke], Outcome>;
  openedAtMs: number;
}

/**
 * One circuit for each function, made at its first call. The one file that knows opossum; its traps, and what is done about each:
 * its timeout does not cancel and its AbortController is shared by all calls (both off: the deadline ends calls); two timers for
 * each breaker (one shared rotation for all breakers of a window, no snapshots); first failure opens (a minimum volume); its
 * threshold is strictly greater (a hair less is passed); a probe that tells nothing would close it (counts as a failure).
 */
export class Breakers {
  readonly #circuits = new Map<string, Circuit>();
  readonly #rotations = new Map<number, { emitter: EventEmitter; timer: NodeJS.Timeout }>();
  readonly #clock: Clock;
  readonly #onState: (target: Target, state: BreakerState) => void;

  constructor(clock: Clock, onState: (target: Target, state: BreakerState) => void) {
    this.#clock = clock;
    this.#onState = onState;
  }

  readonly policy: Policy = (next) => (call, signal) => {
    const circuit = this.#circuits.get(call.target.name) ?? this.#make(call.target);
    return circuit.breaker.fire(call, signal, next).catch((thrown: unknown): Outcome => {
      if (thrown instanceof CountedFailure) return thrown.outcome;
      if ((thrown as { code?: unknown }).code === 'EOPENBREAKER') return this.#refusal(call.target, circuit);
      throw thrown;
    });
  };

  /** Stops all timers. Calls that come after are refused by opossum, so close the servers first. */
  close(): void {
    for (const { breaker } of this.#circuits.values()) breaker.shutdown();
    for (const { timer } of this.#rotations.values()) clearInterval(timer);
    this.#circuits.clear();
    this.#rotations.clear();
  }

  #make(target: Target): Circuit {
    const { name, breaker: policy } = target;
    const breaker: Circuit['breaker'] = new CircuitBreaker(
      async (call: Call, signal: AbortSignal, next: Invoke) => {
        const probing = breaker.halfOpen;
        const outcome = await next(call, signal);
        if (countsAsFailure(outcome) || (probing && outcome.kind === 'abandoned')) throw new CountedFailure(outcome);
        return outcome;
      },
      {
        timeout: false,
        errorThresholdPercentage: policy.failureRatio * 100 - 1e-9,
        volumeThreshold: policy.minimumRequests,
        rollingCountTimeout: policy.windowMs,
        rollingCountBuckets: windowBuckets,
        resetTimeout: policy.openForMs,
        rollingPercentilesEnabled: false,
        enableSnapshots: false,
        rotateBucketController: this.#rotation(policy.windowMs),
      },
    );
    const circuit: Circuit = { breaker, openedAtMs: 0 };
    breaker.on('open', () => {
      circuit.openedAtMs = this.#clock.nowMs();
      this.#onState(target, 'open');
    });
    breaker.on('halfOpen', () => this.#onState(target, 'half-open'));
    breaker.on('close', () => this.#onState(target, 'closed'));
    this.#onState(target, 'closed');
    this.#circuits.set(name, circuit);
    return circuit;
  }

  #rotation(windowMs: BreakerPolicy['windowMs']): EventEmitter {
    const known = this.#rotations.get(windowMs);
    if (known) return known.emitter;
    const emitter = new EventEmitter().setMaxListeners(0);
    const timer = setInterval(() => emitter.emit('rotate'), windowMs / windowBuckets).unref();
    this.#rotations.set(windowMs, { emitter, timer });
    return emitter;
  }

  #refusal({ name, breaker }: Target, { openedAtMs }: Circuit): Outcome {
    const retryAfterMs = Math.max(0, openedAtMs + breaker.openForMs - this.#clock.nowMs());
    const detail = `the circuit of function "${name}" is open after too many failures; the next attempt is let through in ${Math.ceil(retryAfterMs / 1000)} s`;
    return { kind: 'refused', problem: { code: 'circuit_open', detail, retryAfterMs } };
  }
}
