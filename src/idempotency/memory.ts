import { BoundedMap } from '../bounded-map.ts';
import type { Clock } from '../call.ts';
import { type Claim, type Finished, type Found, lifeMs, type RecordStore } from './store.ts';

/**
 * Some 30,000 small answers, or five of the largest there are. With Redis this is the nearer copy; without, it is all there is, and a
 * call whose answer had to go runs again.
 */
export const keptAnswerBytes = 32 * 1024 * 1024;

/** What an answer costs beside its text and bytes: objects, the map's slots, the list's links. Measured roughly, rounded up. */
const entryOverheadBytes = 512;

/** Records of this process. Claims are never pushed out: there are no more of them than calls in flight. */
export class MemoryRecords implements RecordStore {
  readonly #claims = new Map<string, { readonly claim: Claim; readonly untilMs: number }>();
  readonly #finished: BoundedMap<{ readonly finished: Finished; readonly untilMs: number }>;
  readonly #clock: Clock;

  /** `maxBytes`: of all answers, see {@link keptAnswerBytes}. */
  constructor(options: { maxBytes: number; clock: Clock }) {
    this.#finished = new BoundedMap(options);
    this.#clock = options.clock;
  }

  async claim(key: string, claim: Claim, instead?: Claim): Promise<Found> {
    const nowMs = this.#clock.nowMs();
    const finished = this.#finished.get(key);
    if (finished !== undefined) return { kind: 'finished', finished: finished.finished, leftMs: finished.untilMs - nowMs };
    const running = this.#running(key);
    if (running !== undefined && running.claim.token !== instead?.token)
      return { kind: 'running', claim: running.claim, leftMs: running.untilMs - nowMs };
    this.#claims.set(key, { claim, untilMs: nowMs + claim.lastsMs });
    return { kind: 'claimed' };
  }

  async finish(key: string, claim: Claim, finished: Finished, keptMs: number): Promise<void> {
    if (!this.#isClear(key, claim)) return;
    this.#claims.delete(key);
    const own = withOwnBody(finished);
    this.#finished.set(key, { finished: own, untilMs: this.#clock.nowMs() + keptMs }, entryBytes(own, key), keptMs);
  }

  async free(key: string, claim: Claim): Promise<void> {
    if (this.#running(key)?.claim.token === claim.token) this.#claims.delete(key);
  }

  /** Who did not settle it in a day never will: by a fault of ours, and no reason to keep the key for ever. */
  #running(key: string): { readonly claim: Claim; readonly untilMs: number } | undefined {
    const running = this.#claims.get(key);
    if (running === undefined || running.untilMs + lifeMs > this.#clock.nowMs()) return running;
    this.#claims.delete(key);
    return undefined;
  }

  /** Nothing stands there but the claim, if anything. */
  #isClear(key: string, claim: Claim): boolean {
    const running = this.#running(key);
    return running === undefined ? this.#finished.get(key) === undefined : running.claim.token === claim.token;
  }
}

/** A body is often a slice of a far larger network buffer, which a kept slice would hold on to. */
function withOwnBody({ fingerprint, reply }: Finished): Finished {
  if (reply.kind !== 'answer') return { fingerprint, reply };
  const body = Buffer.allocUnsafeSlow(reply.body.length);
  reply.body.copy(body);
  return { fingerprint, reply: { ...reply, body } };
}

function entryBytes({ reply }: Finished, key: string): number {
  const { text, bodyBytes } =
    reply.kind === 'answer'
      ? { text: JSON.stringify(reply.headers), bodyBytes: reply.body.length }
      : { text: JSON.stringify(reply), bodyBytes: 0 };
  // JavaScript may take two bytes for a character.
  return entryOverheadBytes + 2 * (key.length + text.length) + bodyBytes;
}
