import type { Call, Clock, Problem } from '../call.ts';
import { isFieldValue } from '../field-value.ts';
import { type CanonicalForm, fingerprintOf } from './fingerprint.ts';
import { recordKey } from './key.ts';
import { inFlight, lost, mismatch, unreadable } from './problems.ts';
import { type Claim, type Found, lifeMs, type RecordStore, type StoredReply, storedHeaders } from './store.ts';

/** What a call with an `Idempotency-Key` comes to. */
export type Entry =
  /**
   * This call is the one that runs. `settle` stores what came of it for 24 h; given nothing, it frees the key, which is for a call
   * that is known not to have run. To be called exactly once, whatever happens.
   */
  | { readonly kind: 'first'; settle(reply: StoredReply | undefined): Promise<void> }
  | { readonly kind: 'replay'; readonly reply: StoredReply }
  | { readonly kind: 'refused'; readonly problem: Problem };

export interface OnceParts {
  readonly store: RecordStore;
  readonly canonicalForm: CanonicalForm;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Random text that nobody guesses and that never comes again. */
  readonly newToken: () => string;
}

/** A call is settled shortly after its deadline; a gateway that takes this much longer is not slow but lost. */
const graceMs = 5_000;

/** Runs a call at most once per consumer, function and key, and answers its repeats with what the one execution came to. */
export class Once {
  readonly #parts: OnceParts;

  constructor(parts: OnceParts) {
    this.#parts = parts;
  }

  /** Never rejects, and waits for the store alone. `call.idempotencyKey` is given apart, since here there is one. */
  async enter(call: Call, idempotencyKey: string): Promise<Entry> {
    const { store, canonicalForm, clock, newToken } = this.#parts;
    const key = recordKey(call, idempotencyKey);
    const fingerprint = fingerprintOf(call.event, canonicalForm);
    const lastsMs = Math.ceil(Math.max(0, call.deadlineAtMs - clock.nowMs())) + graceMs;
    const claim: Claim = { token: newToken(), fingerprint, requestId: call.requestId, lastsMs };

    const found = await store.claim(key, claim);
    const abandoned = overdue(found);
    // Nobody knows whether a lost gateway ran it, and only the owner of the function may say that it does not matter.
    const takesOver = call.target.idempotent && abandoned?.fingerprint === fingerprint;
    return this.#entry(takesOver ? await store.claim(key, claim, abandoned) : found, key, claim);
  }

  #entry(found: Found, key: string, claim: Claim): Entry {
    switch (found.kind) {
      case 'claimed':
      case 'away':
        return { kind: 'first', settle: (reply) => this.#settle(key, claim, reply) };
      case 'finished':
        if (found.finished.fingerprint !== claim.fingerprint) return { kind: 'refused', problem: mismatch };
        return { kind: 'replay', reply: found.finished.reply };
      case 'running':
        if (found.claim.fingerprint !== claim.fingerprint) return { kind: 'refused', problem: mismatch };
        if (overdue(found) !== undefined) return { kind: 'replay', reply: lost(found.claim) };
        return { kind: 'refused', problem: inFlight(found.leftMs) };
      case 'unreadable':
        return { kind: 'refused', problem: unreadable };
    }
  }

  #settle(key: string, claim: Claim, reply: StoredReply | undefined): Promise<void> {
    const { store } = this.#parts;
    if (reply === undefined) return store.free(key, claim);
    return store.finish(key, claim, { fingerprint: claim.fingerprint, reply: storable(reply) }, lifeMs);
  }
}

/** The claim of an owner who should have settled it by now, and so is lost. */
function overdue(found: Found): Claim | undefined {
  return found.kind === 'running' && found.leftMs <= 0 ? found.claim : undefined;
}

/** A field that could not be read back would make the whole record one that is not there, and the call run again. */
function storable(reply: StoredReply): StoredReply {
  if (reply.kind === 'problem') return reply;
  const { kind, status, headers, body } = reply;
  const kept = Object.entries(headers).filter(([name, text]) => storedHeaders.includes(name) && isFieldValue(text));
  return { kind, status, headers: Object.fromEntries(kept), body };
}
