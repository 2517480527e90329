import type { Clock } from '../call.ts';
import type { OnFault, Script, Scripts } from '../remote.ts';
import type { Signal } from '../signal.ts';
import { Gateways } from './gateways.ts';
import { Ledger } from './ledger.ts';
import type { Line, Live } from './line.ts';
import { decodeNews, encodeNews } from './news.ts';
import { admit, foresee, keysOf, read, release, ruleArgs, rulings, settle } from './scripts.ts';
import type { Account, Entry, QuotaStore, Ruling, Use } from './store.ts';
import { newTalk, type Talk } from './talk.ts';
import { counted, hasLost, moneyOf, usesOf, type Words, wordsOf } from './words.ts';

export interface RedisQuotaOptions {
  readonly remote: Scripts;
  /** Random: no two gateways, and no two lives of one, have the same. */
  readonly id: string;
  readonly clock: Clock;
  readonly onFault: OnFault;
}

const beatEveryMs = 1_000;
/** While the gateways find each other again. */
const hastyBeatEveryMs = 250;
/** A gateway that has not come back so long after Redis did is not waited for. */
const reunionMs = 6_000;
/** Faults of one consumer's own keys: they say nothing of Redis. */
const ofOneKey: ReadonlySet<string> = new Set(['WRONGTYPE', 'ERR']);

/**
 * What is used over all gateways, counted in Redis. When Redis is away this gateway goes on with its share of what was left, and tells
 * what it has counted when Redis is back. Until all gateways have done so, it keeps to its share.
 */
export class RedisQuota implements QuotaStore {
  readonly #options: RedisQuotaOptions;
  readonly #ledger: Ledger;
  readonly #gateways: Gateways;
  readonly #talks = new Map<string, Talk>();
  /** Consumers of whom the other gateways have not heard the latest. */
  readonly #news = new Set<string>();
  #live: Live = { count: 1, rank: 0 };
  /** Redis was away, and not everybody is known to be back. */
  #apart = false;
  /** The first word of Redis since, by the monotonic clock and by its own. */
  #back: { readonly atMs: number; readonly epochMs: number } | undefined;
  #failures = 0;
  /** What time it is for Redis, and when it said so. */
  #time: { readonly epochMs: number; readonly atMs: number } | undefined;

  constructor(options: RedisQuotaOptions) {
    this.#options = options;
    this.#gateways = new Gateways(options);
    this.#ledger = new Ledger({ clock: options.clock, live: () => this.#live, epochMs: () => this.#epochMs() });
  }

  /** How many gateways count together, as far as is known. */
  get gateways(): number {
    return this.#live.count;
  }

  async admit(account: Account, entry: Entry): Promise<Ruling> {
    const talk = this.#talk(account.consumer);
    while (talk.owing || talk.settling !== undefined)
      if (!(await this.#settle(account.consumer, talk))) return this.#alone(account, entry, talk);
    const here = this.#apart ? this.#ledger.admit(account, entry) : undefined;
    if (here !== undefined && here.kind !== 'admitted') {
      talk.owing ||= here.kind === 'broke';
      return here;
    }
    talk.admits++;
    if (account.holds) talk.known.add(entry.token);
    const { token, lastsMs, estimateMbMs } = entry;
    const rest = [this.#nameOf(token), Math.ceil(lastsMs), estimateMbMs, account.holds ? 1 : 0, account.concurrency ?? 0];
    const lines = this.#ledger.turned(account);
    // Counted here already, or one more that Redis may admit while another one has no answer.
    const asks = here === undefined ? 1 : 0;
    for (const line of lines) line.asked += asks;
    const said = await this.#run(admit, account, lines, rest);
    for (const line of lines) line.asked -= asks;
    if (--talk.admits === 0) talk.idle?.();
    if (said === undefined) {
      talk.owing = true;
      return here ?? this.#alone(account, entry, talk);
    }
    const kind = rulings[said.code]!;
    if (kind !== 'admitted') talk.known.delete(token);
    if (here !== undefined && kind !== 'admitted') this.#ledger.undo(account, token);
    if (kind === 'admitted' || kind === 'broke') counted(account, lines, here !== undefined && kind === 'admitted');
    if (kind === 'admitted' && here === undefined && account.holds) this.#ledger.hold(account, entry);
    this.#hear(account.consumer, lines, said);
    this.#news.add(account.consumer);
    return { kind, uses: usesOf(said) };
  }

  async foresee(account: Account): Promise<Ruling> {
    const talk = this.#talk(account.consumer);
    const settled = !talk.owing || (await this.#settle(account.consumer, talk));
    const here = settled && !this.#apart ? undefined : this.#ledger.foresee(account);
    if (here !== undefined && (!settled || here.kind !== 'admitted')) return here;
    const lines = this.#ledger.turned(account);
    const said = await this.#run(foresee, account, lines, [account.concurrency ?? 0]);
    if (said === undefined) return this.#ledger.foresee(account);
    this.#hear(account.consumer, lines, said);
    return { kind: rulings[said.code]!, uses: usesOf(said) };
  }

  async charge(account: Account, mbMs: number): Promise<readonly Use[]> {
    const here = this.#ledger.charge(account, mbMs);
    const talk = this.#talk(account.consumer);
    const money = moneyOf(account);
    const lines = this.#ledger.turned(money);
    const sent = lines.map(({ life }) => ({ ...life }));
    const said = talk.owing ? undefined : await this.#run(settle, money, lines, []);
    if (said === undefined) {
      talk.owing = true;
      return here;
    }
    for (const [i, line] of lines.entries()) line.confirm(sent[i]!);
    this.#hear(account.consumer, lines, said);
    this.#news.add(account.consumer);
    const uses = usesOf(said);
    let at = 0;
    return account.rules.map((rule, i) => (rule.unit === 'requests' ? here[i]! : uses[at++]!));
  }

  async release(account: Account, token: string): Promise<void> {
    this.#ledger.release(account, token);
    const talk = this.#talk(account.consumer);
    if (!talk.known.delete(token)) return;
    const reply = await this.#options.remote.run(release, this.#keys(account.consumer), [0, this.#nameOf(token)]);
    if (reply.ok) return;
    this.#failed(reply.reason);
    talk.ended.add(token);
    talk.owing = true;
  }

  async read(account: Account): Promise<readonly Use[]> {
    const talk = this.#talk(account.consumer);
    if (talk.owing && !(await this.#settle(account.consumer, talk))) return this.#ledger.read(account);
    const lines = this.#ledger.turned(account);
    const said = await this.#run(read, account, lines, []);
    if (said === undefined) return this.#ledger.read(account);
    this.#hear(account.consumer, lines, said);
    return usesOf(said);
  }

  peek(account: Account): readonly Use[] {
    return this.#ledger.peek(account);
  }

  /** Keeps in touch with Redis and the other gateways until `signal` is aborted. */
  async follow(signal: Signal): Promise<void> {
    while (!signal.aborted) {
      await this.catchUp();
      await this.#options.clock.sleep(this.#apart ? hastyBeatEveryMs : beatEveryMs, signal);
    }
    for (const [consumer, talk] of this.#talks) if (talk.owing && !(await this.#settle(consumer, talk))) break;
    await this.#gateways.leave();
  }

  /** Tells Redis what it has missed, and hears of the others. */
  async catchUp(): Promise<void> {
    const failures = this.#failures;
    for (const [consumer, talk] of this.#talks) {
      if (!talk.owing) continue;
      await this.#settle(consumer, talk);
      // Whoever says that it is back has told everything before.
      if (this.#failures !== failures) return;
    }
    const news = new Map([...this.#news].map((consumer) => [consumer, encodeNews(this.#ledger.bookOf(consumer).lines)]));
    this.#news.clear();
    const beat = await this.#gateways.beat(news, this.#back?.epochMs ?? 0);
    if (beat === undefined) {
      for (const consumer of news.keys()) this.#news.add(consumer);
      this.#leave();
      return;
    }
    const atMs = this.#options.clock.nowMs();
    this.#time = { epochMs: beat.nowMs, atMs };
    for (const [consumer, text] of beat.news) if (!news.has(consumer)) this.#learn(consumer, text);
    this.#back ??= { atMs, epochMs: beat.nowMs };
    const isWaiting = this.#apart && this.#live.count > 1 && atMs - this.#back.atMs < reunionMs;
    if (isWaiting && beat.recent < this.#live.count) return;
    this.#apart = false;
    this.#live = { count: beat.count, rank: beat.rank };
  }

  /** What a call goes by in Redis: tokens differ in one gateway alone. */
  #nameOf(token: string): string {
    return `${this.#options.id}-${token}`;
  }

  /** By this gateway's share. */
  #alone(account: Account, entry: Entry, talk: Talk): Ruling {
    const ruling = this.#ledger.admit(account, entry);
    if (ruling.kind !== 'admitted' && talk.known.delete(entry.token)) talk.ended.add(entry.token);
    talk.owing = true;
    return ruling;
  }

  /** Whether Redis has now all that was counted here for a consumer. Nobody is admitted meanwhile, so that nobody is told of twice. */
  #settle(consumer: string, talk: Talk): Promise<boolean> {
    talk.settling ??= this.#settleNow(consumer, talk).finally(() => {
      talk.settling = undefined;
    });
    return talk.settling;
  }

  async #settleNow(consumer: string, talk: Talk): Promise<boolean> {
    if (talk.admits > 0) await new Promise<void>((resolve) => (talk.idle = resolve));
    const lines = [...this.#ledger.bookOf(consumer).lines.values()].filter(({ rule }) => rule !== undefined);
    const account = { consumer, rules: lines.map(({ rule }) => rule!) };
    for (const line of lines) line.turn(line.rule!, this.#options.clock.nowMs(), this.#epochMs());
    const sent = lines.map(({ life }) => ({ ...life }));
    const ended = [...talk.ended];
    talk.owing = false;
    const names = ended.map((token) => this.#nameOf(token));
    const said = await this.#run(settle, account, lines, names, true);
    if (said === undefined) {
      talk.owing = true;
      return false;
    }
    for (const token of ended) talk.ended.delete(token);
    for (const [i, line] of lines.entries()) line.confirm(sent[i]!);
    this.#hear(consumer, lines, said, true);
    this.#news.add(consumer);
    return true;
  }

  async #run(
    script: Script,
    { consumer, rules }: Pick<Account, 'consumer' | 'rules'>,
    lines: readonly Line[],
    rest: readonly (string | number)[],
    remembers = false,
  ): Promise<Words | undefined> {
    // At most once more: then it is known what time it is.
    for (let attempt = 0; attempt < 2; attempt++) {
      const epochMs = this.#epochMs();
      const args = rules.flatMap((rule, i) => ruleArgs(rule, lines[i]!, epochMs, remembers));
      const reply = await this.#options.remote.run(script, this.#keys(consumer), [rules.length, ...args, ...rest]);
      if (!reply.ok) {
        this.#failed(reply.reason);
        return undefined;
      }
      const all = reply.value as number | number[];
      const nowMs = typeof all === 'number' ? all : all[1]!;
      this.#time = { epochMs: nowMs, atMs: this.#options.clock.nowMs() };
      if (typeof all !== 'number') return wordsOf(all, rules);
    }
    this.#options.onFault('clock');
    return undefined;
  }

  #hear(consumer: string, lines: readonly Line[], { nowMs, words }: Words, settled = false): void {
    if (!settled && lines.some((line, i) => hasLost(line, words[i]!, nowMs))) {
      // What is known here is told before it is forgotten.
      this.#talk(consumer).owing = true;
      return;
    }
    const atMs = this.#options.clock.nowMs();
    for (const [i, line] of lines.entries()) {
      line.hear(words[i]!, atMs, nowMs, !this.#apart);
      if (words[i]!.warned) line.warnedStartMs = line.startMs;
    }
  }

  #learn(consumer: string, text: string): void {
    const atMs = this.#options.clock.nowMs();
    const epochMs = this.#epochMs();
    for (const { key, startMs, endMs, calls, mbMs } of decodeNews(text)) {
      const line = this.#ledger.lineOf(consumer, key);
      const isNewer = startMs > line.startMs || (startMs === line.startMs && (calls > line.said.calls || mbMs > line.said.mbMs));
      if (isNewer && endMs > epochMs) line.hear({ startMs, leftMs: endMs - epochMs, calls, mbMs }, atMs, epochMs, !this.#apart);
    }
  }

  #failed(reason: string): void {
    if (reason !== 'away') this.#options.onFault(reason);
    if (!ofOneKey.has(reason)) this.#leave();
  }

  #leave(): void {
    this.#apart = true;
    this.#back = undefined;
    this.#failures++;
  }

  #epochMs(): number {
    const { clock } = this.#options;
    return this.#time === undefined ? clock.epochMs() : this.#time.epochMs + clock.nowMs() - this.#time.atMs;
  }

  #keys(consumer: string): string[] {
    return keysOf(consumer, this.#options.id);
  }

  #talk(consumer: string): Talk {
    let talk = this.#talks.get(consumer);
    if (talk === undefined) {
      talk = newTalk();
      this.#talks.set(consumer, talk);
    }
    return talk;
  }
}
