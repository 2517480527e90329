import { consumerIdPattern } from '../consumer.ts';
import { isFunctionName } from '../name.ts';
import { type OnFault, type Script, type Scripts, tellFault } from '../remote.ts';
import { type Counts, counters } from './counts.ts';
import { dayMs, dayText } from './days.ts';
import { type Sum, Sums } from './sums.ts';

/** How long a day is kept after the last that was told of it: 13 months. */
export const keptDays = 400;
/** Of a page: what Redis looks through in well under a millisecond. */
const pageFields = 1_000;

/**
 * Adds a batch, unless it was added already: as `@ID` stands the number of the last batch of each gateway, which sends them in order,
 * one after the other. In the same key, so that no eviction takes the one and leaves the other. A Redis that is full refuses the first
 * write; a counter that is none is left out. Returns how many of these there were.
 */
const add: Script = {
  name: 'runwayAddUsage',
  lua: `
local last = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0') or 0
if last >= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local damaged = 0
for i = 4, #ARGV, 2 do
  local reply = redis.pcall('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1])
  if type(reply) == 'table' then damaged = damaged + 1 end
end
return damaged`,
};

/** Reads a page, and the number of the last batch of a gateway that is in it. */
const page: Script = {
  name: 'runwayReadUsage',
  lua: `
local found = redis.call('HSCAN', KEYS[1], ARGV[2], 'MATCH', ARGV[3], 'COUNT', ARGV[4])
return {redis.call('HGET', KEYS[1], ARGV[1]) or '0', found[1], found[2]}`,
};

/** What was used, in Redis: a hash for each day, with the fields `CONSUMER FUNCTION COUNTER`. */
export class RedisDays {
  readonly #remote: Scripts;
  readonly #self: string;
  readonly #onFault: OnFault;

  /** `id`: random, no two gateways and no two lives of one have the same. */
  constructor(options: { remote: Scripts; id: string; onFault: OnFault }) {
    this.#remote = options.remote;
    this.#self = `@${options.id}`;
    this.#onFault = options.onFault;
  }

  /** False: nobody knows whether it was added. It may be told again, any number of times. Numbers rise, and begin with 1. */
  async add(day: number, number: number, sums: readonly Sum[]): Promise<boolean> {
    const fields = sums.flatMap(({ consumer, function: name, counts }) =>
      counters.flatMap((counter) => (counts[counter] === 0 ? [] : [`${consumer} ${name} ${counter}`, counts[counter]])),
    );
    const reply = await this.#remote.run(add, [keyOf(day)], [this.#self, number, keptDays * dayMs, ...fields]);
    const damaged = tellFault(reply, this.#onFault);
    if (typeof damaged === 'number' && damaged > 0) this.#onFault('damaged');
    return reply.ok;
  }

  /** A day, and the number of this gateway's last batch that is in it. Undefined: Redis did not say. */
  async read(day: number, consumer: string | undefined): Promise<{ sums: Sums; last: number } | undefined> {
    // A page may be read twice while a hash grows.
    const values = new Map<string, number>();
    let last: number | undefined;
    let cursor = '0';
    do {
      // Ids hold no character that would mean something in a pattern.
      const match = consumer === undefined ? '*' : `${consumer} *`;
      const reply = await this.#remote.run(page, [keyOf(day)], [this.#self, cursor, match, pageFields]);
      const answer = tellFault(reply, this.#onFault);
      if (!Array.isArray(answer)) return undefined;
      const [seen, next, fields] = answer as [Buffer, Buffer, Buffer[]];
      if (last !== undefined && last !== Number(seen)) {
        // A batch that was given up has arrived after all: it is not in the pages before.
        values.clear();
        last = undefined;
        cursor = '0';
        continue;
      }
      last = Number(seen);
      cursor = next.toString();
      for (let at = 0; at + 1 < fields.length; at += 2) values.set(fields[at]!.toString(), Number(fields[at + 1]!));
    } while (cursor !== '0' || last === undefined);
    return { sums: this.#sumsOf(values), last };
  }

  #sumsOf(values: ReadonlyMap<string, number>): Sums {
    const sums = new Sums();
    let damaged = false;
    for (const [field, value] of values) {
      if (field.startsWith('@')) continue;
      const [consumer = '', name = '', counter = ''] = field.split(' ');
      if (consumerIdPattern.test(consumer) && isFunctionName(name) && isCounter(counter) && value >= 0) {
        sums.add(consumer, name, { [counter]: value });
      } else damaged = true;
    }
    if (damaged) this.#onFault('damaged');
    return sums;
  }
}

function keyOf(day: number): string {
  return `usage:${dayText(day)}`;
}

function isCounter(text: string): text is keyof Counts {
  return (counters as readonly string[]).includes(text);
}
