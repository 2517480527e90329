import type { Clock, Pricing, Problem } from '../call.ts';
import type { Consumer, Limit } from '../consumer.ts';
import { Estimates } from './estimates.ts';
import { problemOf, type Refusal } from './problems.ts';
import { Rules } from './rules.ts';
import { type LimitState, statesOf } from './state.ts';
import { type Account, amountOf, type QuotaStore, type Ruling, type Use } from './store.ts';

export type Decision = 'allowed' | 'refused' | 'shadowed';

export interface QuotaParts {
  readonly store: QuotaStore;
  /** Without prices limits of cost count nothing. */
  readonly pricing: Pricing | undefined;
  readonly clock: Clock;
  /** Once for each limit that applied to a call. `limit`: its name, or `concurrency`. */
  readonly onDecision: (consumer: Consumer, limit: string, decision: Decision) => void;
  /** A limit's `warnAt` is reached: once for each window, over all gateways while Redis is there. `usedShare`: of the amount. */
  readonly onWarn: (consumer: Consumer, limit: Limit, usedShare: number) => void;
}

export interface CallToAdmit {
  /** No two calls of one gateway have the same. */
  readonly token: string;
  /** On the monotonic clock. */
  readonly deadlineAtMs: number;
  readonly estimateMbMs: number;
}

/** `states`: of all limits that apply, in the order of the configuration. */
export type Admission =
  /** It may run, and holds what it needs until {@link Quota.release}. */
  | { readonly kind: 'admitted'; readonly states: readonly LimitState[] }
  /** Nothing was taken of any limit. */
  | ({ readonly kind: 'refused'; readonly states: readonly LimitState[] } & Refusal)
  /** Its requests are counted, and what is kept may answer it, but it must not run. It holds nothing. */
  | ({ readonly kind: 'broke'; readonly states: readonly LimitState[] } & Extract<Refusal, { limit: LimitState }>);

/** Places come free when calls end, which nobody can foresee. */
const soonMs = 1_000;
/** What a call holds comes free so long after its deadline, should its gateway die. */
const graceMs = 5_000;

const free: Admission = { kind: 'admitted', states: [] };

/** Counts what consumers use of their limits, and says who must wait. */
export class Quota {
  readonly estimates = new Estimates();
  readonly #parts: QuotaParts;
  readonly #rules: Rules;
  readonly #holding = new Map<string, Account>();

  constructor(parts: QuotaParts) {
    this.#parts = parts;
    this.#rules = new Rules(parts.pricing);
  }

  /** Asks all limits at once: one round trip, or none where nothing limits the consumer or no Redis counts. Whoever is admitted is to be released. */
  admit(consumer: Consumer, functionName: string, { token, deadlineAtMs, estimateMbMs }: CallToAdmit): Admission | Promise<Admission> {
    const account = this.#rules.of(consumer, functionName);
    if (account.rules.length === 0 && !account.holds) return free;
    const { store, clock } = this.#parts;
    const lastsMs = Math.max(0, deadlineAtMs - clock.nowMs()) + graceMs;
    const asked = store.admit(account, { token, estimateMbMs, lastsMs });
    if (asked instanceof Promise) return asked.then((ruling) => this.#ruled(consumer, account, token, ruling));
    return this.#ruled(consumer, account, token, asked);
  }

  /** What {@link admit} would say now, and how the limits stand. Nothing is counted, and nothing held. */
  async foresee(consumer: Consumer, functionName: string): Promise<Admission> {
    const account = this.#rules.of(consumer, functionName);
    if (account.rules.length === 0 && !account.holds) return free;
    const { kind, uses } = await this.#parts.store.foresee(account);
    return admissionOf(kind, statesOf(account, uses), account, uses);
  }

  /** Ends a call, however it ended. Nothing to do for one that was not admitted. */
  release(token: string): void | Promise<void> {
    const account = this.#holding.get(token);
    if (account === undefined) return undefined;
    this.#holding.delete(token);
    return this.#parts.store.release(account, token);
  }

  /** One execution that was billed: each attempt, and those nobody waited for. It may come after the call has ended. */
  charge(consumer: Consumer, functionName: string, { mbMs }: { readonly mbMs: number }): void | Promise<void> {
    const account = this.#rules.of(consumer, functionName);
    if (account.rules.every(({ unit }) => unit === 'requests')) return undefined;
    const charging = this.#parts.store.charge(account, mbMs);
    if (charging instanceof Promise) return charging.then((uses) => this.#warn(consumer, account, uses));
    return this.#warn(consumer, account, charging);
  }

  /** The refusal of a call: it counts as a decision, so it is to be made once, and only for a call that is refused in the end. */
  refuse(consumer: Consumer, refusal: Refusal): Problem {
    const { clock, onDecision } = this.#parts;
    onDecision(consumer, refusal.limit === 'concurrency' ? refusal.limit : refusal.limit.name, 'refused');
    return problemOf(refusal, clock.epochMs());
  }

  /** How the limits stand over all gateways, without counting anything. */
  async states(consumer: Consumer): Promise<LimitState[]> {
    const account = this.#rules.all(consumer);
    return statesOf(account, await this.#parts.store.read(account));
  }

  /** What is left of each limit, as far as it is known here. */
  remaining(consumer: Consumer): LimitState[] {
    const account = this.#rules.all(consumer);
    return statesOf(account, this.#parts.store.peek(account));
  }

  #ruled(consumer: Consumer, account: Account, token: string, { kind, uses }: Ruling): Admission {
    const states = statesOf(account, uses);
    if (kind === 'admitted' && account.holds) this.#holding.set(token, account);
    if (kind === 'admitted' || kind === 'broke') this.#tell(consumer, states, account, uses);
    return admissionOf(kind, states, account, uses);
  }

  #tell(consumer: Consumer, states: readonly LimitState[], account: Account, uses: readonly Use[]): void {
    const { onDecision } = this.#parts;
    for (let i = 0; i < states.length; i++) {
      const { name, shadowed } = states[i]!;
      // One without money left may still be answered; who refuses it in the end says so.
      if (shadowed || !uses[i]!.over) onDecision(consumer, name, shadowed ? 'shadowed' : 'allowed');
    }
    this.#warn(consumer, account, uses);
  }

  #warn(consumer: Consumer, account: Account, uses: readonly Use[]): void {
    for (let i = 0; i < uses.length; i++) {
      if (!uses[i]!.warned) continue;
      const rule = account.rules[i]!;
      const limit = consumer.limits.find(({ name }) => name === rule.name)!;
      this.#parts.onWarn(consumer, limit, amountOf(rule, uses[i]!.calls, uses[i]!.mbMs) / rule.amount);
    }
  }
}

function admissionOf(kind: Ruling['kind'], states: readonly LimitState[], account: Account, uses: readonly Use[]): Admission {
  if (kind === 'admitted') return { kind, states };
  if (kind === 'full') return { kind: 'refused', states, limit: 'concurrency', places: account.concurrency!, retryAfterMs: soonMs };
  const limit = slowest(states, uses, (state) => (state.unit === 'requests') === (kind === 'refused'));
  // Not used up, but held by calls under way, or other gateways' share while Redis is away: that may be over at any moment.
  const usedUp = limit.used + (limit.unit === 'requests' ? 1 : 0) > limit.amount || limit.used >= limit.amount;
  return { kind, states, limit, retryAfterMs: usedUp ? limit.resetMs : soonMs };
}

/** Of the enforced limits that a call does not fit in, the one that takes longest to be there again. */
function slowest(states: readonly LimitState[], uses: readonly Use[], counts: (state: LimitState) => boolean): LimitState {
  const over = states.filter((state, i) => uses[i]!.over && state.mode === 'enforce' && counts(state));
  return over.reduce((slower, state) => (state.resetMs > slower.resetMs ? state : slower));
}
