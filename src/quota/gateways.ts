import type { OnFault, Script, Scripts } from '../remote.ts';
import type { Live } from './line.ts';

/** On one node of a cluster. */
const keys = ['{quotas}:gateways', '{quotas}:version', '{quotas}:order', '{quotas}:news'];

/** A gateway that was not heard of for so long is not counted. */
const silentMs = 3_500;
/** Who was away for more news than that has missed some. */
const rememberedNews = 10_000;

/** ARGV: id, how long it counts, the news it has seen, how many are remembered, since when others are recent, then consumer and text of each it brings. */
const beat: Script = {
  name: 'runwayBeat',
  lua: `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[2]))
redis.call('ZADD', KEYS[1], now, ARGV[1])
local ids = redis.call('ZRANGE', KEYS[1], 0, -1)
local rank = 0
for _, id in ipairs(ids) do if id < ARGV[1] then rank = rank + 1 end end
local version = tonumber(redis.call('GET', KEYS[2]) or '0')
local since = '(' .. ARGV[3]
if version < tonumber(ARGV[3]) then since = '-inf' end
local told = redis.call('ZRANGEBYSCORE', KEYS[3], since, '+inf', 'LIMIT', 0, 1000)
local all = {now, #ids, redis.call('ZCOUNT', KEYS[1], ARGV[5], '+inf'), rank, version}
if #told == 1000 then all[5] = tonumber(redis.call('ZSCORE', KEYS[3], told[1000])) end
for _, consumer in ipairs(told) do
  all[#all + 1] = consumer
  all[#all + 1] = redis.call('HGET', KEYS[4], consumer) or ''
end
for i = 6, #ARGV, 2 do
  redis.call('ZADD', KEYS[3], redis.call('INCR', KEYS[2]), ARGV[i])
  redis.call('HSET', KEYS[4], ARGV[i], ARGV[i + 1])
end
for _, consumer in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1 - tonumber(ARGV[4]))) do
  redis.call('ZREM', KEYS[3], consumer)
  redis.call('HDEL', KEYS[4], consumer)
end
for i = 1, #KEYS do redis.call('PEXPIRE', KEYS[i], 86400000) end
return all`,
};

const leave: Script = { name: 'runwayLeave', lua: `return redis.call('ZREM', KEYS[1], ARGV[1])` };

export interface Beat extends Live {
  /** Since 1970, by Redis. */
  readonly nowMs: number;
  /** Of the gateways, those that were heard of since the time that was asked for. */
  readonly recent: number;
  /** Consumer and text, as other gateways have told them; this one's own may be among them. */
  readonly news: readonly (readonly [consumer: string, text: string])[];
}

/** The gateways that count in the same Redis, and what they tell each other of it. */
export class Gateways {
  readonly #remote: Scripts;
  readonly #id: string;
  readonly #onFault: OnFault;
  #version = 0;

  constructor(options: { remote: Scripts; id: string; onFault: OnFault }) {
    this.#remote = options.remote;
    this.#id = options.id;
    this.#onFault = options.onFault;
  }

  /** Says that this one is there. Undefined: Redis is not. `sinceMs`: by Redis. */
  async beat(news: ReadonlyMap<string, string>, sinceMs: number): Promise<Beat | undefined> {
    const args = [this.#id, silentMs, this.#version, rememberedNews, sinceMs, ...[...news].flat()];
    const reply = await this.#remote.run(beat, keys, args);
    if (!reply.ok) {
      if (reply.reason !== 'away') this.#onFault(reply.reason);
      return undefined;
    }
    const [nowMs, count, recent, rank, version, ...told] = reply.value as [number, number, number, number, number, ...Buffer[]];
    this.#version = version;
    const pairs = told.flatMap((consumer, at) => (at % 2 === 0 ? [[consumer.toString(), told[at + 1]!.toString()] as const] : []));
    return { nowMs, count, recent, rank, news: pairs };
  }

  /** The others need not wait for this one any more. */
  async leave(): Promise<void> {
    await this.#remote.run(leave, [keys[0]!], [this.#id]);
  }
}
