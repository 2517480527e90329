import type { Clock } from '../call.ts';
import { holdOf, Line, type Live, shareOf } from './line.ts';
import { type Account, amountOf, type Entry, grains, type QuotaStore, type Rule, type Ruling, type Use } from './store.ts';

/** What a call under way holds. */
interface Hold {
  readonly untilMs: number;
  readonly of: readonly Held[];
}

interface Held {
  readonly line: Line;
  /** Of its amount. */
  readonly grains: number;
}

/** One look at both clocks. */
interface Now {
  readonly ms: number;
  readonly epochMs: number;
}

/** Of one consumer. */
export interface Book {
  readonly lines: Map<string, Line>;
  readonly holds: Map<string, Hold>;
  /** Nothing that is held comes free by itself before. */
  soonestMs: number;
}

export interface LedgerOptions {
  readonly clock: Clock;
  /** Who else counts while nobody counts for all. */
  readonly live: () => Live;
  /** Since 1970; not the clock's own where Redis says what time it is. */
  readonly epochMs: () => number;
}

/** What is used, counted in this process: all there is, or the share of this gateway for as long as Redis is away. */
export class Ledger implements QuotaStore {
  readonly #options: LedgerOptions;
  readonly #books = new Map<string, Book>();
  readonly #lines = new WeakMap<Account, readonly Line[]>();

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  admit(account: Account, entry: Entry): Ruling {
    const now = this.#now();
    const among = this.#options.live();
    const lines = this.#turned(account, now);
    const holds = account.holds ? this.#holds(account.consumer, now) : undefined;
    const { kind, over } = judge(account, lines, holds?.size ?? 0, among);
    if (kind === 'refused' || kind === 'full') return { kind, uses: usesOf(account, lines, now, over) };
    for (let i = 0; i < lines.length; i++) if (account.rules[i]!.unit === 'requests') count(account.rules[i]!, lines[i]!, 0, now);
    if (kind === 'admitted' && account.holds) this.#hold(account, lines, entry, now);
    return { kind, uses: usesOf(account, lines, now, over, 'all') };
  }

  foresee(account: Account): Ruling {
    const now = this.#now();
    const lines = this.#turned(account, now);
    const held = account.holds ? this.#holds(account.consumer, now).size : 0;
    const { kind, over } = judge(account, lines, held, this.#options.live());
    return { kind, uses: usesOf(account, lines, now, over) };
  }

  charge(account: Account, mbMs: number): readonly Use[] {
    const now = this.#now();
    const lines = this.#turned(account, now);
    for (let i = 0; i < lines.length; i++) if (account.rules[i]!.unit !== 'requests') count(account.rules[i]!, lines[i]!, mbMs, now);
    return usesOf(account, lines, now, [], 'money');
  }

  release(account: Account, token: string): void {
    const { holds } = this.bookOf(account.consumer);
    const hold = holds.get(token);
    if (hold === undefined) return;
    holds.delete(token);
    letGo(hold);
  }

  read(account: Account): readonly Use[] {
    const now = this.#now();
    if (account.holds) this.#holds(account.consumer, now);
    return usesOf(account, this.#turned(account, now), now, []);
  }

  peek(account: Account): readonly Use[] {
    return this.read(account);
  }

  bookOf(consumer: string): Book {
    let book = this.#books.get(consumer);
    if (book === undefined) {
      book = { lines: new Map(), holds: new Map(), soonestMs: Number.POSITIVE_INFINITY };
      this.#books.set(consumer, book);
    }
    return book;
  }

  lineOf(consumer: string, key: string): Line {
    const { lines } = this.bookOf(consumer);
    let line = lines.get(key);
    if (line === undefined) {
      line = new Line();
      lines.set(key, line);
    }
    return line;
  }

  /** The lines of the account's rules, none of them of a window that is over. */
  turned(account: Account): readonly Line[] {
    return this.#turned(account, this.#now());
  }

  /** Without asking whether there is room. */
  hold(account: Account, entry: Entry): void {
    const now = this.#now();
    this.#hold(account, this.#turned(account, now), entry, now);
  }

  /** As if a call had never come: another one has refused it. */
  undo(account: Account, token: string): void {
    const lines = this.turned(account);
    for (let i = 0; i < lines.length; i++) if (account.rules[i]!.unit === 'requests') lines[i]!.takeBack();
    this.release(account, token);
  }

  #now(): Now {
    return { ms: this.#options.clock.nowMs(), epochMs: this.#options.epochMs() };
  }

  #turned(account: Account, now: Now): readonly Line[] {
    let lines = this.#lines.get(account);
    if (lines === undefined) {
      lines = account.rules.map((rule) => this.lineOf(account.consumer, rule.key));
      this.#lines.set(account, lines);
    }
    for (let i = 0; i < lines.length; i++) {
      const [rule, line] = [account.rules[i]!, lines[i]!];
      line.rule = rule;
      line.turn(rule, now.ms, now.epochMs);
    }
    return lines;
  }

  #hold(account: Account, lines: readonly Line[], { token, estimateMbMs, lastsMs }: Entry, now: Now): void {
    const book = this.bookOf(account.consumer);
    const among = this.#options.live();
    const of: Held[] = [];
    for (let i = 0; i < lines.length; i++) {
      const [rule, line] = [account.rules[i]!, lines[i]!];
      if (rule.unit === 'requests') continue;
      const held = holdOf(rule, estimateMbMs, Math.max(0, leftOf(rule, line, among)));
      line.held += held;
      of.push({ line, grains: held });
    }
    const untilMs = now.ms + lastsMs;
    book.holds.set(token, { untilMs, of });
    book.soonestMs = Math.min(book.soonestMs, untilMs);
  }

  /** Those that are not over yet. */
  #holds(consumer: string, now: Now): Book['holds'] {
    const book = this.bookOf(consumer);
    if (now.ms < book.soonestMs) return book.holds;
    book.soonestMs = Number.POSITIVE_INFINITY;
    for (const [token, hold] of book.holds) {
      if (hold.untilMs > now.ms) book.soonestMs = Math.min(book.soonestMs, hold.untilMs);
      else {
        book.holds.delete(token);
        letGo(hold);
      }
    }
    return book.holds;
  }
}

/** Whether a call would fit, and which rules it would not fit in. `held`: calls of the consumer that are under way. */
function judge(account: Account, lines: readonly Line[], held: number, among: Live): Pick<Ruling, 'kind'> & { readonly over: boolean[] } {
  const over: boolean[] = [];
  let kind: Ruling['kind'] = 'admitted';
  for (let i = 0; i < lines.length; i++) {
    const rule = account.rules[i]!;
    const line = lines[i]!;
    over[i] = rule.unit === 'requests' ? unusedOf(rule, line, among) - line.asked < 1 : leftOf(rule, line, among) <= 0;
    if (!over[i] || !rule.enforced) continue;
    if (rule.unit === 'requests') kind = 'refused';
    else if (kind !== 'refused') kind = 'broke';
  }
  if (kind === 'admitted' && account.concurrency !== undefined) {
    const places = Math.max(1, Math.floor(account.concurrency / among.count));
    if (held >= places) kind = 'full';
  }
  return { kind, over };
}

function unusedOf(rule: Rule, { base, since }: Line, among: Live): number {
  return shareOf(rule, base, among) - amountOf(rule, since.calls, since.mbMs);
}

/** What of this gateway's share is neither used nor held, in grains: held as a whole, it leaves nothing. */
function leftOf(rule: Rule, line: Line, among: Live): number {
  return (unusedOf(rule, line, among) / rule.amount) * grains - line.held;
}

function count(rule: Rule, line: Line, mbMs: number, now: Now): void {
  line.begin(rule, now.ms, now.epochMs);
  line.add(1, mbMs);
}

function usesOf(account: Account, lines: readonly Line[], now: Now, over: readonly boolean[], warns?: 'all' | 'money'): Use[] {
  const uses: Use[] = [];
  for (let i = 0; i < lines.length; i++) {
    const [rule, line] = [account.rules[i]!, lines[i]!];
    uses.push(
      line.use(
        rule,
        now.ms,
        now.epochMs,
        over[i] === true,
        (warns === 'all' || (warns === 'money' && rule.unit !== 'requests')) && line.warn(rule),
      ),
    );
  }
  return uses;
}

function letGo({ of }: Hold): void {
  for (const held of of) held.line.held -= held.grains;
}

/** What is used of this process alone. */
export function openMemory(clock: Clock): Ledger {
  const alone: Live = { count: 1, rank: 0 };
  return new Ledger({ clock, live: () => alone, epochMs: () => clock.epochMs() });
}
