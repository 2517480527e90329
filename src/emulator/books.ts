import type { Run } from './instance.ts';

/** What the executions of one function add up to. */
export interface Account {
  /** Executions, failed ones too; calls that were refused are none. */
  invocations: number;
  errors: number;
  billedMs: number;
  /** Billed milliseconds × configured MB: whole numbers, so the sum is exact. */
  billedMbMs: number;
  /** The same in GB-seconds, 1 GB being 1024 MB. */
  gbSeconds: number;
}

export interface BooksReport {
  readonly functions: Readonly<Record<string, Readonly<Account>>>;
  /** How often a call with this `X-Request-Id` ran. */
  readonly executions: Readonly<Record<string, number>>;
}

/** Request ids remembered, the oldest forgotten first. */
const rememberedIds = 10_000;

/** What the emulator has run and would bill: the other side to compare a gateway's metrics with. */
export class Books {
  readonly #accounts = new Map<string, Account>();
  readonly #executions = new Map<string, number>();

  /** @param requestId the caller's `X-Request-Id` */
  enter(functionName: string, memorySizeMb: number, run: Run, requestId: string | undefined): void {
    const account = this.#accounts.get(functionName) ?? { invocations: 0, errors: 0, billedMs: 0, billedMbMs: 0, gbSeconds: 0 };
    const ms = billedMs(run);
    account.invocations += 1;
    account.errors += run.kind === 'failed' ? 1 : 0;
    account.billedMs += ms;
    account.billedMbMs += ms * memorySizeMb;
    account.gbSeconds = account.billedMbMs / 1024 / 1000;
    this.#accounts.set(functionName, account);
    if (requestId !== undefined) this.#remember(requestId);
  }

  report(): BooksReport {
    return { functions: structuredClone(Object.fromEntries(this.#accounts)), executions: Object.fromEntries(this.#executions) };
  }

  #remember(requestId: string): void {
    this.#executions.set(requestId, (this.#executions.get(requestId) ?? 0) + 1);
    if (this.#executions.size <= rememberedIds) return;
    for (const oldest of this.#executions.keys()) {
      this.#executions.delete(oldest);
      return;
    }
  }
}

/** Rounded up to whole milliseconds. Source: FunctionGraph price details. */
export function billedMs(run: Run): number {
  return Math.ceil(run.durationMs);
}
