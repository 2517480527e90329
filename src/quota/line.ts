import { amountOf, grains, type Rule, type Use } from './store.ts';

/** Calls and MB·ms: whole numbers. */
export interface Count {
  calls: number;
  mbMs: number;
}

/** Of a rule's running window, as Redis said it last. */
export interface Word extends Count {
  readonly startMs: number;
  readonly leftMs: number;
}

/** What one rule of one consumer has used, as far as this process knows. What it counted itself is never lost, and never counted twice. */
export class Line {
  rule: Rule | undefined;
  /** When the window began, since 1970, by the clock of whoever counts for all; 0: none runs. */
  startMs = 0;
  endMs = 0;
  /** The end by the monotonic clock. */
  endAtMs = 0;
  /** It began here, and what time it is may not be known. */
  #isOwn = false;
  /** Of all gateways, as Redis said last; nothing where there is none. */
  readonly said: Count = { calls: 0, mbMs: 0 };
  /** The same at the moment this gateway was left to itself; its share is one of what was left then. */
  readonly base: Count = { calls: 0, mbMs: 0 };
  /** Counted here since then. */
  readonly since: Count = { calls: 0, mbMs: 0 };
  /** Counted here in this window, and not known to have reached Redis. */
  readonly owed: Count = { calls: 0, mbMs: 0 };
  /** Counted here since this process began. Redis is told this sum, and takes what it has not seen: once, however often it is told. */
  readonly life: Count = { calls: 0, mbMs: 0 };
  /** What of it Redis has confirmed. */
  readonly confirmed: Count = { calls: 0, mbMs: 0 };
  /** Calls about which Redis is being asked. */
  asked = 0;
  /** Grains held by calls of this process. */
  held = 0;
  /** The window for which somebody was told that the share is reached. */
  warnedStartMs = -1;

  /** Ends the window if it is over. */
  turn(rule: Rule, nowMs: number, epochMs: number): void {
    if (rule.window.kind === 'duration') {
      if (this.startMs !== 0 && this.endAtMs <= nowMs) this.clear(0, 0);
      return;
    }
    const { startMs, endMs } = rule.window.at(epochMs);
    // A clock that was set back over a midnight does not end the newer day; one that had been a long way ahead does.
    if (startMs > this.startMs || endMs < this.startMs) this.clear(startMs, endMs);
  }

  /** The first call of a window begins it. */
  begin(rule: Rule, nowMs: number, epochMs: number): void {
    if (this.startMs !== 0 || rule.window.kind !== 'duration') return;
    this.#isOwn = true;
    this.startMs = Math.floor(epochMs);
    this.endMs = this.startMs + rule.window.ms;
    this.endAtMs = nowMs + rule.window.ms;
  }

  add(calls: number, mbMs: number): void {
    const { since, owed, life } = this;
    since.calls += calls;
    since.mbMs += mbMs;
    owed.calls += calls;
    owed.mbMs += mbMs;
    life.calls += calls;
    life.mbMs += mbMs;
  }

  /** One call that was counted here did not come about. Its window may be over. */
  takeBack(): void {
    this.life.calls--;
    if (this.since.calls > 0) this.since.calls--;
    if (this.owed.calls > 0) this.owed.calls--;
  }

  used(rule: Rule): number {
    return amountOf(rule, this.said.calls + this.owed.calls, this.said.mbMs + this.owed.mbMs);
  }

  leftMs(rule: Rule, nowMs: number, epochMs: number): number {
    if (rule.window.kind === 'calendar') return Math.max(0, this.endMs - epochMs);
    return this.startMs === 0 ? rule.window.ms : Math.max(0, this.endAtMs - nowMs);
  }

  /** Whether the share at which somebody is told is reached, for the first time in this window. */
  warn(rule: Rule): boolean {
    if (rule.warnAt === 0 || this.warnedStartMs === this.startMs || this.used(rule) < rule.warnAt * rule.amount) return false;
    this.warnedStartMs = this.startMs;
    return true;
  }

  use(rule: Rule, nowMs: number, epochMs: number, over: boolean, warned: boolean): Use {
    const calls = this.said.calls + this.owed.calls;
    const mbMs = this.said.mbMs + this.owed.mbMs;
    return { calls, mbMs, reserved: this.held, leftMs: this.leftMs(rule, nowMs, epochMs), over, warned };
  }

  /** Redis has all that was counted here up to `life`. */
  confirm({ calls, mbMs }: Readonly<Count>): void {
    const { confirmed, life, owed } = this;
    confirmed.calls = Math.max(confirmed.calls, calls);
    confirmed.mbMs = Math.max(confirmed.mbMs, mbMs);
    owed.calls = Math.min(owed.calls, life.calls - confirmed.calls);
    owed.mbMs = Math.min(owed.mbMs, life.mbMs - confirmed.mbMs);
  }

  /** `rebase`: Redis is there, so that its word is what the next share is taken of. */
  hear(word: Word, nowMs: number, saidAtMs: number, rebase: boolean): void {
    const isOver = this.#isOwn ? this.endAtMs <= nowMs : this.endMs <= saidAtMs;
    // What was counted here in a window that is over is owed to none.
    if (isOver && word.startMs > this.startMs && this.startMs !== 0) this.clear(0, 0);
    // A window that began here goes on where Redis knows of none.
    if (word.startMs !== 0 || this.owed.calls === 0) {
      this.#isOwn = false;
      this.startMs = word.startMs;
      this.endMs = word.startMs === 0 ? 0 : saidAtMs + word.leftMs;
      this.endAtMs = nowMs + word.leftMs;
    }
    copy(word, this.said);
    if (!rebase) return;
    copy(word, this.base);
    copy(this.owed, this.since);
  }

  clear(startMs: number, endMs: number): void {
    this.startMs = startMs;
    this.endMs = endMs;
    for (const count of [this.said, this.base, this.since, this.owed]) {
      count.calls = 0;
      count.mbMs = 0;
    }
  }
}

/** What a gateway may count of an amount by itself, of which so much was used when it was left to itself. */
export function shareOf(rule: Rule, base: Readonly<Count>, { count, rank }: Live): number {
  if (count === 1) return rule.amount - amountOf(rule, base.calls, base.mbMs);
  const left = Math.max(0, rule.amount - amountOf(rule, base.calls, base.mbMs));
  if (rule.unit !== 'requests') return left / count;
  // Shares of whole calls: the first ones take what is left over, so that they sum up. Nobody refuses every call of an untouched window.
  const share = Math.floor(left / count) + (rank < Math.floor(left) % count ? 1 : 0);
  return base.calls === 0 ? Math.max(1, share) : share;
}

/** The gateways that share what is left, and which of them this one is. */
export interface Live {
  readonly count: number;
  readonly rank: number;
}

/** What a call holds, in grains: what it is likely to use, and no more than is left. */
export function holdOf(rule: Rule, estimateMbMs: number, left: number): number {
  return Math.min(Math.ceil((amountOf(rule, 1, estimateMbMs) / rule.amount) * grains), Math.ceil(left));
}

function copy(from: Readonly<Count>, to: Count): void {
  to.calls = from.calls;
  to.mbMs = from.mbMs;
}
