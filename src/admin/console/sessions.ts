import { createHash, randomBytes } from 'node:crypto';
import { BoundedMap } from '../../bounded-map.ts';
import type { Clock } from '../../call.ts';

/** A working day. */
export const sessionMs = 8 * 60 * 60 * 1_000;
const mostSessions = 200;
/** So many wrong tokens from one address in a minute, then it has to wait. */
const mostFailures = 5;
const failureMs = 60_000;
const mostAddresses = 1_000;

/** Who has signed in, in memory: a restart signs everybody out. The oldest go when there are too many. */
export class Sessions {
  /** By the hash of their id: what a look-up's time tells of a hash leads to no id. */
  readonly #sessions: BoundedMap<true>;
  /** By address. */
  readonly #failures: BoundedMap<number>;

  constructor(clock: Clock) {
    this.#sessions = new BoundedMap({ maxBytes: mostSessions, clock });
    this.#failures = new BoundedMap({ maxBytes: mostAddresses, clock });
  }

  /** The id of a new one. */
  open(): string {
    const id = randomBytes(32).toString('base64url');
    this.#sessions.set(hashOf(id), true, 1, sessionMs);
    return id;
  }

  has(id: string | undefined): boolean {
    return id !== undefined && this.#sessions.get(hashOf(id)) === true;
  }

  close(id: string): void {
    this.#sessions.delete(hashOf(id));
  }

  /** Too many wrong tokens came from there: the next one is not even looked at. */
  mustWait(address: string): boolean {
    return (this.#failures.get(address) ?? 0) >= mostFailures;
  }

  failed(address: string): void {
    this.#failures.set(address, (this.#failures.get(address) ?? 0) + 1, 1, failureMs);
  }
}

function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('base64');
}
