import type { Clock } from '../call.ts';
import type { Signal } from '../signal.ts';
import { type Leases, leaseMs, type Turn } from './leases.ts';

/** What a gateway that asked and waited ends up with. `ended`: its signal was aborted. */
export type Settled = Extract<Turn, { kind: 'kept' | 'free' }> | Lead | { readonly kind: 'ended' };

/** The lease is held, and renewed, until one of these is called. */
export interface Lead {
  readonly kind: 'lead';
  readonly token: string;
  /** The result is kept together with the token, which gives the lease back. */
  keeping(): void;
  /** There is no result to keep; `passMs` as in {@link Leases.release}. */
  release(passMs: number): void;
}

const firstWaitMs = 5;
/** What the end of a computation is noticed late by, at most; half of that on the average. */
const longestWaitMs = 100;
/** Two renewals may fail before the lease is lost. */
const renewEveryMs = leaseMs / 3;

export interface TurnsParts {
  readonly leases: Pick<Leases, 'take' | 'renew' | 'release'>;
  readonly clock: Clock;
  /** 0 to 1, as `Math.random`: gateways that wait for the same result do not ask in step. */
  readonly random: () => number;
  readonly newToken: () => string;
}

/** Takes turns with the other gateways: waits for what another one computes, and holds the lease while this one does. */
export class Turns {
  readonly #parts: TurnsParts;

  constructor(parts: TurnsParts) {
    this.#parts = parts;
  }

  /** Whoever led and died is succeeded when its lease ends. */
  async await(key: string, newerThanMs: number, signal: Signal): Promise<Settled> {
    const { leases, clock, random, newToken } = this.#parts;
    const token = newToken();
    for (let waitMs = firstWaitMs; !signal.aborted; waitMs = Math.min(longestWaitMs, waitMs * 1.5)) {
      const turn = await leases.take(key, token, newerThanMs);
      if (turn.kind === 'lead') return this.#hold(key, token);
      if (turn.kind !== 'wait') return turn;
      await clock.sleep(waitMs * (0.5 + random()), signal);
    }
    return { kind: 'ended' };
  }

  #hold(key: string, token: string): Lead {
    const { leases } = this.#parts;
    const done = new AbortController();
    void this.#renew(key, token, done.signal);
    return {
      kind: 'lead',
      token,
      keeping: () => done.abort(),
      release(passMs) {
        done.abort();
        void leases.release(key, token, passMs);
      },
    };
  }

  async #renew(key: string, token: string, done: Signal): Promise<void> {
    const { leases, clock } = this.#parts;
    while (!done.aborted) {
      await clock.sleep(renewEveryMs, done);
      if (!done.aborted) await leases.renew(key, token);
    }
  }
}
