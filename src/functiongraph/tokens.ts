import type { Clock } from '../call.ts';
import type { Signal } from '../signal.ts';
import type { IamCredentials } from '../upstream.ts';
import { readTokenAnswer, type TokenAnswer, type TokenFailure, tokenRequest } from './iam.ts';
import type { Transport } from './transport.ts';

export type TokenResult = { readonly kind: 'token'; readonly token: string } | TokenFailure | { readonly kind: 'ended' };

/** The token of one IAM user and project, kept for as long as it lives. */
export interface Tokens {
  /** The current token, at once where there is one; else it waits for IAM, no longer than until `signal` aborts. Never rejects. */
  current(signal: Signal): Promise<TokenResult>;
  /**
   * FunctionGraph refused `token` with a 401: a change of password or permissions ends it early. True when a newer one may be had;
   * false when it is itself new, so that the fault is another and each call would fetch one more in vain.
   */
  invalidate(token: string): boolean;
}

export interface TokensOptions {
  readonly credentials: IamCredentials;
  readonly transport: Transport;
  readonly clock: Clock;
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number;
  /** After every request to IAM: whether it gave a token, and when that ends, in milliseconds since 1970. */
  readonly onStatus: (up: boolean, expiresAtEpochMs?: number) => void;
}

/** A request to IAM may take this long. */
const fetchTimeoutMs = 10_000;
/** A refused token is only replaced when at least this old. */
const newForMs = 30_000;
/** The pause after a failure, doubled with each one that follows, so that a down IAM is not hammered. */
const pause = { baseMs: 1000, maxMs: 60_000 };

interface Kept {
  readonly token: string;
  readonly obtainedAtMs: number;
  /** Between 80 and 90 % of its life, so that many gateways do not ask in the same second. */
  readonly refreshAtMs: number;
  readonly expiresAtMs: number;
}

export function openTokens({ credentials, transport, clock, random, onStatus }: TokensOptions): Tokens {
  let kept: Kept | undefined;
  let inFlight: Promise<TokenResult> | undefined;
  let failures: { readonly last: TokenFailure; readonly count: number; readonly notBeforeMs: number } | undefined;

  /** One request at a time, however many wait for it; within the pause after a failure, the failure is the answer. */
  function refresh(): Promise<TokenResult> {
    if (failures && clock.nowMs() < failures.notBeforeMs) return Promise.resolve(failures.last);
    inFlight ??= fetchToken().finally(() => {
      inFlight = undefined;
    });
    return inFlight;
  }

  async function fetchToken(): Promise<TokenResult> {
    const answer = await ask();
    if (answer.kind !== 'issued') {
      onStatus(false);
      const count = (failures?.count ?? 0) + 1;
      const pauseMs = Math.min(pause.maxMs, pause.baseMs * 2 ** (count - 1)) * (0.5 + random() / 2);
      failures = { last: answer, count, notBeforeMs: clock.nowMs() + pauseMs };
      return answer;
    }
    failures = undefined;
    const { token, livesMs } = answer.issued;
    onStatus(true, clock.epochMs() + livesMs);
    const nowMs = clock.nowMs();
    kept = { token, obtainedAtMs: nowMs, refreshAtMs: nowMs + livesMs * (0.8 + random() / 10), expiresAtMs: nowMs + livesMs };
    return { kind: 'token', token };
  }

  async function ask(): Promise<TokenAnswer> {
    const answered = new AbortController();
    const late = new AbortController();
    void clock.sleep(fetchTimeoutMs, answered.signal).then(() => late.abort());
    const exchange = await transport.exchange(tokenRequest(credentials), late.signal);
    answered.abort();
    return readTokenAnswer(exchange, clock.epochMs());
  }

  return {
    async current(signal) {
      const nowMs = clock.nowMs();
      if (kept === undefined || nowMs >= kept.expiresAtMs) return untilAborted(refresh(), signal);
      if (nowMs >= kept.refreshAtMs) void refresh();
      return { kind: 'token', token: kept.token };
    },
    invalidate(token) {
      if (kept === undefined || kept.token !== token) return true;
      if (clock.nowMs() - kept.obtainedAtMs < newForMs) return false;
      kept = undefined;
      return true;
    },
  };
}

/** Leaves `work` to the others who wait for it when `signal` aborts. */
function untilAborted(work: Promise<TokenResult>, signal: Signal): Promise<TokenResult> {
  return new Promise((resolve) => {
    const leave = () => resolve({ kind: 'ended' });
    if (signal.aborted) return leave();
    signal.addEventListener('abort', leave);
    void work.then((result) => {
      signal.removeEventListener('abort', leave);
      resolve(result);
    });
  });
}
