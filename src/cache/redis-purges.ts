import { type OnFault, type Remote, tellFault } from '../remote.ts';

/** On one node of a cluster, since scripts work on several of them. */
const keys = {
  /**
   * Scope → how often it was purged; and, as `@version`, a number that rises with every purge: who has seen it has seen everything. One
   * key for both, and asked for by every gateway four times a second, so that no eviction takes the one and leaves the other.
   */
  generations: '{purges}:generations',
  /** Scope → how many results were kept in it since. */
  kept: '{purges}:kept',
  /** The last single results that were purged, by the version. */
  results: '{purges}:results',
};

/** Who was away for more purges of single results than that forgets all it has in memory. */
const rememberedResults = 1_000;

const begin = {
  name: 'runwayBeginGeneration',
  lua: `
local generation = math.max(tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0'), tonumber(ARGV[2])) + 1
redis.call('HSET', KEYS[1], ARGV[1], generation)
redis.call('HINCRBY', KEYS[1], '@version', 1)
local kept = redis.call('HGET', KEYS[2], ARGV[1]) or '0'
redis.call('HDEL', KEYS[2], ARGV[1])
return {generation, tonumber(kept)}`,
};

const announce = {
  name: 'runwayAnnouncePurge',
  lua: `
local version = redis.call('HINCRBY', KEYS[1], '@version', 1)
redis.call('ZADD', KEYS[2], version, ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1 - tonumber(ARGV[2]))
return version`,
};

/** A version lower than the known one is that of a Redis that lost its data: then all that is there is told. */
const changes = {
  name: 'runwayPurgesSince',
  lua: `
local version = redis.call('HGET', KEYS[1], '@version') or '0'
if version == ARGV[1] then return 0 end
local since = '-inf'
if tonumber(version) > tonumber(ARGV[1]) then since = '(' .. ARGV[1] end
local missed = 0
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[2]) then
  local oldest = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
  if tonumber(oldest[2]) > tonumber(ARGV[1]) + 1 then missed = 1 end
end
return {version, redis.call('HGETALL', KEYS[1]), redis.call('ZRANGEBYSCORE', KEYS[2], since, '+inf'), missed}`,
};

const restore = {
  name: 'runwayRestoreGeneration',
  lua: `
if tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0') >= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return redis.call('HINCRBY', KEYS[1], '@version', 1)`,
};

const count = {
  name: 'runwayCountKept',
  lua: `
for i = 1, #ARGV do redis.call('HINCRBY', KEYS[1], ARGV[i], 1) end
return #ARGV`,
};

/** What other gateways purged since a version. */
export interface Changes {
  readonly version: number;
  readonly generations: readonly (readonly [scope: string, generation: number])[];
  /** Keys of single results. */
  readonly results: readonly string[];
  /** There were more of them than are remembered. */
  readonly missed: boolean;
}

/** The purges of all gateways, in Redis. `undefined` wherever Redis did not do it. */
export class RedisPurges {
  readonly #remote: Remote;
  readonly #onFault: OnFault;

  constructor(options: { remote: Remote; onFault: OnFault }) {
    this.#remote = options.remote;
    this.#onFault = options.onFault;
  }

  /** The scope's next generation, above `from` at least; `kept`: how many results were kept in the one that ends. */
  async begin(scope: string, from: number): Promise<{ generation: number; kept: number } | undefined> {
    const reply = await this.#remote.run(begin, [keys.generations, keys.kept], [scope, from]);
    const [generation, kept] = (tellFault(reply, this.#onFault) ?? []) as number[];
    return generation === undefined || kept === undefined ? undefined : { generation, kept };
  }

  /** Tells all gateways to forget a single result. */
  async announce(key: string): Promise<boolean> {
    const reply = await this.#remote.run(announce, [keys.generations, keys.results], [key, rememberedResults]);
    return tellFault(reply, this.#onFault) !== undefined;
  }

  async since(version: number): Promise<Changes | 'none' | undefined> {
    const reply = await this.#remote.run(changes, [keys.generations, keys.results], [version, rememberedResults]);
    const answer = tellFault(reply, this.#onFault);
    if (answer === 0) return 'none';
    if (!Array.isArray(answer)) return undefined;
    const [seen, fields, results, missed] = answer as [Buffer, Buffer[], Buffer[], number];
    const generations = fields.flatMap((scope, at) =>
      at % 2 === 0 && scope.toString() !== '@version' ? [[scope.toString(), Number(fields[at + 1])] as const] : [],
    );
    return { version: Number(seen), generations, results: results.map(String), missed: missed === 1 };
  }

  /** Of a Redis that knows less than this gateway. */
  async restore(scope: string, generation: number): Promise<void> {
    tellFault(await this.#remote.run(restore, [keys.generations], [scope, generation]), this.#onFault);
  }

  /** One more result is kept in each of these. */
  async count(scopes: readonly string[]): Promise<void> {
    tellFault(await this.#remote.run(count, [keys.kept], scopes), this.#onFault);
  }
}
