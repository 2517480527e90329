import type { OnFault, Remote } from '../remote.ts';
import { tellFault } from '../remote.ts';

/** Of several gateways that lack the same result one computes it, and the others wait. Whoever asks is told what is its part. */
export type Turn =
  /** Another one has kept it meanwhile: the value as it stands in Redis. */
  | { readonly kind: 'kept'; readonly value: Buffer }
  /** The one to compute it, until the lease ends or is given back. */
  | { readonly kind: 'lead' }
  | { readonly kind: 'wait' }
  /** To compute it without waiting: nobody can say whose turn it is, or no result of it can be kept. */
  | { readonly kind: 'free' };

/** A gateway that dies hands over after this long; one that is merely busy has time to {@link Leases.renew renew}. */
export const leaseMs = 3_000;

/** Stands in the place of a token. */
const pass = 'pass';

/**
 * What is kept of a result is newer than what the caller knows if its stamp is larger: `packed.ts` has it at bytes 9 to 23. A value that
 * is none of ours has no number there, or is told to be one by whoever reads it. A lease without an end is none of ours either.
 */
const take = {
  name: 'runwayTake',
  lua: `
local value = redis.call('GET', KEYS[1])
if value then
  local stamp = tonumber(string.sub(value, 9, 23))
  if stamp == nil or stamp > tonumber(ARGV[3]) then return value end
end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
if redis.call('PTTL', KEYS[2]) < 0 then
  redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
  return 1
end
if redis.call('GET', KEYS[2]) == '${pass}' then return 2 end
return 0`,
};

const renew = {
  name: 'runwayRenew',
  lua: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`,
};

/** A Redis that is full takes no pass; it still lets go of the lease. */
const release = {
  name: 'runwayRelease',
  lua: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then return redis.call('DEL', KEYS[1]) end
local passed = redis.pcall('SET', KEYS[1], '${pass}', 'PX', ARGV[2])
if passed.err then redis.call('DEL', KEYS[1]) end
return 1`,
};

export function leaseOf(key: string): string {
  return `lease:${key}`;
}

/** The leases of all gateways, in Redis. `token` is the holder's own, never another's. */
export class Leases {
  readonly #remote: Remote;
  readonly #onFault: OnFault;

  constructor(options: { remote: Remote; onFault: OnFault }) {
    this.#remote = options.remote;
    this.#onFault = options.onFault;
  }

  /** `newerThanMs`: when the result that the caller has and cannot use was stored; 0 if it has none. */
  async take(key: string, token: string, newerThanMs: number): Promise<Turn> {
    const answer = tellFault(await this.#remote.run(take, [key, leaseOf(key)], [token, leaseMs, newerThanMs]), this.#onFault);
    if (Buffer.isBuffer(answer)) return { kind: 'kept', value: answer };
    if (answer === 1) return { kind: 'lead' };
    return { kind: answer === 0 ? 'wait' : 'free' };
  }

  async renew(key: string, token: string): Promise<void> {
    tellFault(await this.#remote.run(renew, [leaseOf(key)], [token, leaseMs]), this.#onFault);
  }

  /** Without a result. With `passMs` nobody waits for one so long, else the next one is to compute it. */
  async release(key: string, token: string, passMs: number): Promise<void> {
    tellFault(await this.#remote.run(release, [leaseOf(key)], [token, passMs]), this.#onFault);
  }
}
