import type { Line, Word } from './line.ts';
import type { Account, Rule, Use } from './store.ts';

/** What a script answers: of each rule, in their order. */
export interface Words {
  readonly code: number;
  readonly nowMs: number;
  readonly words: readonly (Word & Pick<Use, 'reserved' | 'over' | 'warned'>)[];
}

/** Redis has counted a call; `here`: this gateway had counted it before. */
export function counted(account: Account, lines: readonly Line[], here: boolean): void {
  for (const [i, line] of lines.entries()) {
    if (account.rules[i]!.unit !== 'requests') continue;
    if (!here) {
      line.life.calls++;
      line.since.calls++;
    }
    line.confirm({ calls: line.confirmed.calls + 1, mbMs: 0 });
  }
}

/** A Redis that knows less of a window that still runs than it said before. */
export function hasLost(line: Line, word: Word, nowMs: number): boolean {
  const { said, startMs, endMs } = line;
  if (startMs === 0 || endMs <= nowMs || said.calls + said.mbMs === 0) return false;
  return word.startMs === startMs ? word.calls < said.calls || word.mbMs < said.mbMs : word.startMs === 0 || word.startMs > startMs;
}

/** Of what a script returned. */
export function wordsOf([code, nowMs, ...rest]: number[], rules: readonly Rule[]): Words {
  const words = rules.map((_, i) => {
    const [startMs = 0, leftMs = 0, calls = 0, mbMs = 0, reserved = 0, over, warned] = rest.slice(7 * i, 7 * i + 7);
    return { startMs, leftMs, calls, mbMs, reserved, over: over === 1, warned: warned === 1 };
  });
  return { code: code!, nowMs: nowMs!, words };
}

export function usesOf({ words }: Words): Use[] {
  return words.map(({ calls, mbMs, reserved, leftMs, over, warned }) => ({ calls, mbMs, reserved, leftMs, over, warned }));
}

const money = new WeakMap<Account, Account>();

/** The same account with its limits of GB-seconds and cost alone. */
export function moneyOf(account: Account): Account {
  let known = money.get(account);
  if (known === undefined) {
    known = { ...account, rules: account.rules.filter(({ unit }) => unit !== 'requests') };
    money.set(account, known);
  }
  return known;
}
