import type { Problem } from '../call.ts';

/** What the call that ran came to, and what each repeat of it gets. */
export type StoredReply =
  /** `headers`: lower-case names, of which {@link storedHeaders} are stored. */
  | { readonly kind: 'answer'; readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: Buffer }
  /** `requestId`: of the call that ran, so that the problem's document is the same to the byte. */
  | { readonly kind: 'problem'; readonly problem: Problem; readonly requestId: string };

/**
 * The fields that say what came of the execution. A replay bills nothing and logs nothing, so the summary, the billed duration and the log
 * stay with the call that ran.
 */
export const storedHeaders: readonly string[] = [
  'content-type',
  'content-encoding',
  'content-language',
  // That of a fallback: nobody should take it for a result.
  'proxy-status',
  'x-cff-request-id',
  'x-func-err-code',
  'x-is-func-err',
];

/** Stands in a store while the call runs, and says who runs it. */
export interface Claim {
  /** Random: no two calls have the same. */
  readonly token: string;
  /** Of the call's event, see `fingerprint.ts`. */
  readonly fingerprint: string;
  readonly requestId: string;
  /** From when it was stored, in whole ms; after that its owner has settled it, or is lost. */
  readonly lastsMs: number;
}

/** Stands in a store once the call has run. */
export interface Finished {
  readonly fingerprint: string;
  readonly reply: StoredReply;
}

/** What stands under a key when somebody claims it. */
export type Found =
  /** Nothing stood in the way: the new claim stands there now. */
  | { readonly kind: 'claimed' }
  /** `leftMs`: of what the claim lasts, by the store's own clock, so that no two gateways' clocks are compared. 0 or less: it is over. */
  | { readonly kind: 'running'; readonly claim: Claim; readonly leftMs: number }
  /** `leftMs`: for how long it is still kept. */
  | { readonly kind: 'finished'; readonly finished: Finished; readonly leftMs: number }
  /** A record of another release, which cannot be read. */
  | { readonly kind: 'unreadable' }
  /** The store does not answer. */
  | { readonly kind: 'away' };

/**
 * Where it is written who runs a call and what came of it. A claim is recognised by its token: who was replaced changes nothing any more.
 * Nothing here rejects. What every store promises is in `test/contract/idempotency-store.test.ts`.
 */
export interface RecordStore {
  /** Puts `claim` where nothing is, or where `instead` still stands. Of many at the same time exactly one is `claimed`. */
  claim(key: string, claim: Claim, instead?: Claim): Promise<Found>;
  /** Puts `finished` where `claim` still stands, or where nothing is: a store that was away during the claim learns of it here. */
  finish(key: string, claim: Claim, finished: Finished, keptMs: number): Promise<void>;
  /** Takes `claim` away where it still stands. */
  free(key: string, claim: Claim): Promise<void>;
}

/** How long an answer is replayed; and how long the claim of a lost gateway keeps others from running the call again. */
export const lifeMs = 24 * 60 * 60 * 1_000;
