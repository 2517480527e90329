import { until } from '../support/until.ts';
import { atLeast, atMost, exactly, type Figure, none, type Row } from './row.ts';
import { type ChaosConsumer, consumerWith } from './support/consumers.ts';
import { startGateway } from './support/gateway-process.ts';
import { Caller, type Sample } from './support/load.ts';
import { openRedisServer } from './support/redis.ts';
import { openUpstream } from './support/upstream.ts';

const clients = 64;
const limit = 2_000;
const offered = 6_000;

/** A quota holds over two gateways and 64 clients, to the call with Redis, and nearly without it. */
export const row06: Row = {
  number: 6,
  async measure() {
    await using upstream = await openUpstream();
    await upstream.behave('work', { kind: 'answer', afterMs: 1 });
    await using redis = await openRedisServer();
    const [shared, apart] = ['shared', 'apart'].map((id) => consumerWith(id, { limits: [{ name: 'hour', requests: limit, per: '1h' }] }));
    const file = {
      functions: { work: { at: upstream.endpoint, concurrency: { max: 200, queue: 1_000 } } },
      // A busy machine must not pass for a Redis that is away.
      redis: { url: redis.url, timeout: '1s' },
      consumers: { shared: shared!.section, apart: apart!.section },
    };
    await using one = await startGateway(file);
    await using two = await startGateway(file);
    for (const gateway of [one, two]) {
      await until('Redis is there', async () => (await gateway.metric('runway_dependency_up', { dependency: 'redis' })) === 1);
    }
    await using callerOne = new Caller(one.url);
    await using callerTwo = new Caller(two.url);
    const callers = [callerOne, callerTwo];

    const withRedis = await drive(callers, shared!);
    // Each gateway has counted something, so that each knows of the other.
    await Promise.all(callers.map((caller) => caller.call('work', { headers: apart!.headers })));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await redis.kill('SIGKILL');
    for (const gateway of [one, two]) {
      await until('Redis is away', async () => (await gateway.metric('runway_dependency_up', { dependency: 'redis' })) === 0);
    }
    const withoutRedis = await drive(callers, apart!);
    return [
      ...judged('with Redis', withRedis),
      exactly('… admitted', limit, admitted(withRedis)),
      ...judged('without it', withoutRedis),
      atMost('… admitted, with the two calls before', 1.1 * limit, admitted(withoutRedis) + 2),
      atLeast('… nobody is shut out: admitted', 0.9 * limit, admitted(withoutRedis) + 2),
    ];
  },
};

/** As many calls as offered, by 64 clients, half of them at each gateway. */
async function drive(callers: readonly Caller[], { headers }: ChaosConsumer): Promise<Sample[]> {
  const samples: Sample[] = [];
  let left = offered;
  const client = async (caller: Caller) => {
    while (left-- > 0) samples.push(await caller.call('work', { headers }));
  };
  await Promise.all(Array.from({ length: clients }, (_, index) => client(callers[index % callers.length]!)));
  return samples;
}

function admitted(samples: readonly Sample[]): number {
  return samples.filter(({ status }) => status === 200).length;
}

/** All others are refused for the limit, and for nothing else. */
function judged(what: string, samples: readonly Sample[]): Figure[] {
  const others = samples.filter(({ status, code }) => status !== 200 && code !== 'rate_limited');
  return [none(`${clients} clients, 2 gateways, ${what}: neither admitted nor refused for the limit`, samples.length, others.length)];
}
