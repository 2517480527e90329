import { type Call, type Clock, type Invoke, isImpatient, type Outcome, type Problem, type Target } from '../call.ts';
import type { Signal } from '../signal.ts';
import { openTimeMs } from './open-time.ts';
import { type BreakerState, type Phase, refusalIn } from './phase.ts';
import { rampMs, shareAfter } from './ramp.ts';
import { settling } from './settling.ts';
import { type Verdict, verdictOf } from './verdict.ts';
import { type Counts, SlidingWindow } from './window.ts';

export type BreakerReason =
  | 'failure_ratio'
  | 'slow_ratio'
  | 'time_passed'
  | 'probe_succeeded'
  | 'probe_failed'
  /** An operator holds the circuit where it is. */
  | 'forced'
  /** An operator has left it to itself again. */
  | 'released';

export interface BreakerChange {
  readonly state: BreakerState;
  readonly reason: BreakerReason;
}

export interface BreakerStatus {
  readonly state: BreakerState;
  /** An operator holds it there. */
  readonly forced: boolean;
  /** Of the last change; undefined: there was none. */
  readonly reason: BreakerReason | undefined;
  /** In the window as it is now. */
  readonly counts: Counts;
}

/** What would become of an attempt. */
export type Outlook =
  /** `share`: of the attempts, above 0 and at most 1; the others are refused while traffic comes back. */
  | { readonly kind: 'passes'; readonly share: number }
  /** It would be the one that says whether the circuit closes. */
  | { readonly kind: 'probes' }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** opossum as far as it is used: lets calls through when it is closed, one when it is half-open, none when it is open. */
export interface Gate {
  /** Half-open, and the one place is free. */
  readonly pendingClose: boolean;
  fire(next: Invoke, call: Call, signal: Signal): Promise<Outcome>;
  open(): void;
  close(): void;
}

export interface CircuitParts {
  readonly clock: Clock;
  /** 0 to 1, for jitter and for who is let through while traffic comes back. */
  readonly random: () => number;
  readonly onChange: (target: Target, change: BreakerChange) => void;
  readonly newGate: (state: 'closed' | 'half-open') => Gate;
}

/** The circuit of one function: when its gate opens, for how long, and how it closes again. There is no timer: time passes with the calls. */
export class Circuit {
  readonly #target: Target;
  readonly #parts: CircuitParts;
  readonly #window: SlidingWindow;
  readonly #rampMs: number;
  #gate: Gate;
  #phase: Phase = neverOpened;
  #reason: BreakerReason | undefined;
  /** How often it has opened with no good spell between. */
  #openings = 0;

  constructor(target: Target, parts: CircuitParts) {
    this.#target = target;
    this.#parts = parts;
    this.#window = new SlidingWindow(target.breaker.windowMs);
    this.#rampMs = rampMs(target.breaker.openForMs);
    this.#gate = parts.newGate('closed');
  }

  run(next: Invoke, call: Call, signal: Signal): Promise<Outcome> {
    const startedAtMs = this.#parts.clock.nowMs();
    const phase = this.#phaseAt(startedAtMs);
    if (!this.#admits(phase, startedAtMs)) {
      const { name, breaker } = this.#target;
      return Promise.resolve({ kind: 'refused', problem: refusalIn(phase, name, breaker, startedAtMs) });
    }
    const queuedBeforeMs = call.tally.queuedMs;
    return this.#gate.fire(phase.state === 'half-open' ? settling(next) : next, call, signal).then(
      (outcome) => {
        const verdict = outcome.kind === 'timeout' && isImpatient(call) ? 'nothing' : verdictOf(outcome);
        this.#settle(phase, verdict, startedAtMs, call.tally.queuedMs - queuedBeforeMs);
        return outcome;
      },
      (fault: unknown) => {
        if (phase === this.#phase && phase.state === 'half-open') this.#freePlace();
        throw fault;
      },
    );
  }

  /** What would become of an attempt now. Nothing changes for the asking: a probe that is due stays due. */
  get outlook(): Outlook {
    const nowMs = this.#parts.clock.nowMs();
    const phase = this.#phase;
    if (phase.state === 'open' && nowMs >= phase.probeAtMs) return { kind: 'probes' };
    if (phase.state === 'half-open' && this.#gate.pendingClose) return { kind: 'probes' };
    const share = phase.state === 'closed' ? shareAfter(nowMs - phase.sinceMs, this.#rampMs) : 0;
    if (share > 0) return { kind: 'passes', share };
    return { kind: 'refused', problem: refusalIn(phase, this.#target.name, this.#target.breaker, nowMs) };
  }

  /** `open` and `closed` hold the circuit there, `auto` leaves it to itself again. */
  force(to: 'open' | 'closed' | 'auto'): void {
    if (to === 'open') {
      this.#gate.open();
      this.#enter({ state: 'open', probeAtMs: Number.POSITIVE_INFINITY, forced: true }, 'forced');
    } else if (to === 'closed') {
      this.#gate.close();
      this.#enter({ ...neverOpened, forced: true }, 'forced');
    } else if (this.#phase.forced) {
      this.#release();
    }
  }

  get status(): BreakerStatus {
    const { state, forced } = this.#phase;
    return { state, forced, reason: this.#reason, counts: { ...this.#window.counts(this.#parts.clock.nowMs()) } };
  }

  /** Nothing has passed a circuit that was held open: whether the upstream works is still to be found out. */
  #release(): void {
    this.#openings = 0;
    if (this.#phase.state === 'open') this.#halfOpen('released');
    else this.#enter({ ...neverOpened }, 'released');
  }

  #phaseAt(nowMs: number): Phase {
    if (this.#phase.state === 'open' && nowMs >= this.#phase.probeAtMs) this.#halfOpen('time_passed');
    return this.#phase;
  }

  #admits(phase: Phase, nowMs: number): boolean {
    if (phase.state !== 'closed') return this.#gate.pendingClose;
    const sinceMs = nowMs - phase.sinceMs;
    return sinceMs >= this.#rampMs || this.#parts.random() < shareAfter(sinceMs, this.#rampMs);
  }

  /** An attempt is over that began in `phase`. If that is over too, the attempt says nothing of what is now. */
  #settle(phase: Phase, verdict: Verdict, startedAtMs: number, queuedMs: number): void {
    if (phase !== this.#phase || phase.forced) return;
    if (verdict === 'nothing') {
      if (phase.state === 'half-open') this.#freePlace();
      return;
    }
    const { slowCalls } = this.#target.breaker;
    const nowMs = this.#parts.clock.nowMs();
    const slow = slowCalls !== undefined && nowMs - startedAtMs - queuedMs > slowCalls.afterMs;
    if (phase.state === 'half-open') this.#judgeProbe(verdict === 'failure' || slow, nowMs);
    else if (verdict !== 'answered') this.#count(verdict, slow, nowMs);
  }

  #count(verdict: Verdict, slow: boolean, nowMs: number): void {
    const { failureRatio, minimumRequests, slowCalls } = this.#target.breaker;
    this.#window.record(nowMs, verdict === 'failure', slow);
    const counts = this.#window.counts(nowMs);
    if (counts.requests < minimumRequests) return;
    if (counts.failures / counts.requests >= failureRatio) this.#open('failure_ratio', nowMs);
    else if (slowCalls !== undefined && counts.slow / counts.requests >= slowCalls.ratio) this.#open('slow_ratio', nowMs);
  }

  #judgeProbe(failed: boolean, nowMs: number): void {
    if (failed) {
      this.#open('probe_failed', nowMs);
    } else {
      this.#gate.close();
      this.#enter({ state: 'closed', sinceMs: nowMs, forced: false }, 'probe_succeeded');
    }
  }

  #open(reason: BreakerReason, nowMs: number): void {
    const { openForMs, windowMs } = this.#target.breaker;
    // A good spell: a whole window with all of the traffic.
    if (this.#phase.state === 'closed' && nowMs - this.#phase.sinceMs >= this.#rampMs + windowMs) this.#openings = 0;
    const openMs = openTimeMs(openForMs, this.#openings, this.#parts.random());
    this.#openings += 1;
    this.#gate.open();
    this.#enter({ state: 'open', probeAtMs: nowMs + openMs, forced: false }, reason);
  }

  #halfOpen(reason: BreakerReason): void {
    this.#freePlace();
    this.#enter({ state: 'half-open', forced: false }, reason);
  }

  /** opossum gives its one place once: a probe that told nothing leaves it to the next call by a gate of its own. */
  #freePlace(): void {
    this.#gate = this.#parts.newGate('half-open');
  }

  #enter(phase: Phase, reason: BreakerReason): void {
    this.#phase = phase;
    this.#reason = reason;
    this.#window.clear();
    this.#parts.onChange(this.#target, { state: phase.state, reason });
  }
}

const neverOpened: Extract<Phase, { state: 'closed' }> = { state: 'closed', sinceMs: Number.NEGATIVE_INFINITY, forced: false };
