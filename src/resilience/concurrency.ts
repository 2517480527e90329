import type { Call, Clock, Invoke, Outcome, Policy, Target } from '../call.ts';
import { endedBy } from '../call.ts';
import type { Signal } from '../signal.ts';
import type { Upstream } from '../upstream.ts';
import { Account } from './account.ts';
import { AdaptiveLimit } from './adaptive.ts';
import { Limiter } from './limiter.ts';
import { overloaded } from './overloaded.ts';

export interface ConcurrencyParts {
  readonly clock: Clock;
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number;
  readonly upstreams: readonly Pick<Upstream, 'id' | 'maxConcurrency'>[];
}

/** What metrics show of a function that has been called. */
export interface ConcurrencyGauge {
  readonly function: string;
  readonly inFlight: number;
  readonly queued: number;
  /** What is learned, where it is adaptive. */
  readonly limit: number;
}

/** How the places stand that a call of a function needs: one of the function, and one of its upstream's account. */
export interface Standing extends Omit<ConcurrencyGauge, 'function'> {
  readonly account: { readonly inFlight: number; readonly max: number };
}

interface Gate {
  readonly limiter: Limiter;
  /** Undefined: the limit stays as it is configured. */
  readonly adaptive: AdaptiveLimit | undefined;
}

/**
 * The limits of executions in flight, one for each function, made at its first call, and one for each upstream's account, and who is next
 * where they are reached. Stands innermost, around each attempt: no place is held while a retry waits.
 */
export class Concurrency {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #accounts: ReadonlyMap<string, Account>;
  readonly #gates = new Map<string, Gate>();

  constructor({ clock, random, upstreams }: ConcurrencyParts) {
    this.#clock = clock;
    this.#random = random;
    this.#accounts = new Map(upstreams.map(({ id, maxConcurrency }) => [id, new Account(maxConcurrency)]));
  }

  readonly policy: Policy = (next) => (call, signal) => {
    const gate = this.#gates.get(call.target.name) ?? this.#open(call.target);
    return gate.limiter.tryTake() ? this.#run(gate, next, call, signal) : this.#wait(gate, next, call, signal);
  };

  /** Read when metrics are scraped. */
  *gauges(): Generator<ConcurrencyGauge> {
    for (const [name, { limiter }] of this.#gates) {
      yield { function: name, inFlight: limiter.inFlight, queued: limiter.queued, limit: limiter.limit };
    }
  }

  /** How the places of a function stand, called or not. */
  standing({ name, upstream, concurrency: { max } }: Target): Standing {
    const limiter = this.#gates.get(name)?.limiter;
    const account = this.#accounts.get(upstream)!;
    return {
      inFlight: limiter?.inFlight ?? 0,
      queued: limiter?.queued ?? 0,
      limit: limiter?.limit ?? max,
      account: { inFlight: account.inFlight, max: account.max },
    };
  }

  #open({ name, upstream, concurrency: { max, queue, queueTimeoutMs, adaptive } }: Target): Gate {
    const account = this.#accounts.get(upstream)!;
    const gate: Gate = {
      limiter: new Limiter({ clock: this.#clock, limit: max, queue, queueTimeoutMs, account }),
      adaptive: adaptive ? new AdaptiveLimit(this.#clock, max) : undefined,
    };
    this.#gates.set(name, gate);
    return gate;
  }

  /** With a place, which is given back however the attempt ends. */
  async #run({ limiter, adaptive }: Gate, next: Invoke, call: Call, signal: Signal): Promise<Outcome> {
    const cutsAtStart = adaptive?.cuts ?? 0;
    const { upstreamMs } = call.tally;
    try {
      const outcome = await next(call, signal);
      if (adaptive) {
        learn(adaptive, outcome, limiter.inFlight, cutsAtStart);
        if (adaptive.limit !== limiter.limit) limiter.resize(adaptive.limit);
      }
      return outcome;
    } finally {
      limiter.release(call.tally.upstreamMs - upstreamMs);
    }
  }

  async #wait(gate: Gate, next: Invoke, call: Call, signal: Signal): Promise<Outcome> {
    const { limiter } = gate;
    const sinceMs = this.#clock.nowMs();
    const span = call.trace.span?.begin('queue');
    const turn = await limiter.wait(call, signal);
    span?.end({ turn });
    const nowMs = this.#clock.nowMs();
    call.tally.queuedMs += nowMs - sinceMs;
    switch (turn) {
      case 'taken':
        if (nowMs < call.deadlineAtMs) return this.#run(gate, next, call, signal);
        limiter.release();
        return endedInQueue(call, 'deadline');
      case 'left':
        return endedInQueue(call, signal.reason);
      case 'full':
        return this.#refusal(call, limiter, 'has no place free and none to wait in');
      case 'displaced':
        return this.#refusal(call, limiter, 'has no place free, and the one to wait in went to a consumer that uses less of its share');
      case 'late':
        return this.#refusal(call, limiter, `had no place free within ${limiter.queueTimeoutMs} ms`);
    }
  }

  #refusal({ target }: Call, { inFlight, queued, limit, queue, account }: Limiter, what: string): Outcome {
    const seen = `${inFlight} of ${limit} calls are in flight, ${account.inFlight} of ${account.max} over all functions of its upstream, and ${queued} of ${queue} wait`;
    return { kind: 'refused', problem: overloaded(`function "${target.name}" ${what}: ${seen}`, this.#random) };
  }
}

function learn(adaptive: AdaptiveLimit, outcome: Outcome, inFlight: number, cutsAtStart: number): void {
  if (outcome.kind === 'ok' || outcome.kind === 'function_error') adaptive.succeeded(inFlight);
  // A function that is switched off answers 429 as well, however few calls there are.
  else if (outcome.kind === 'throttled' && !outcome.disabled) adaptive.throttled(cutsAtStart);
}

/** A deadline that passes in the queue is our own refusal: the upstream was not asked, and its circuit must not count it. */
function endedInQueue({ target }: Call, reason: unknown): Outcome {
  if (reason !== 'deadline') return endedBy(reason, false);
  const detail = `the time of the call was up before function "${target.name}" had a place free`;
  return { kind: 'refused', problem: { code: 'deadline_exceeded', detail } };
}
