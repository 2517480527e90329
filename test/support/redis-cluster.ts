import { Redis } from 'ioredis';
import type { Certificates } from './certificates.ts';
import { freePort } from './redis-process.ts';
import { type RedisServer, startRedis } from './redis-server.ts';
import { until } from './until.ts';

export interface RedisCluster {
  /** Three masters, each with a third of the keys. */
  readonly nodes: readonly [RedisServer, RedisServer, RedisServer];
  /** Of the masters. */
  readonly urls: readonly string[];
  /** The master that has a key, prefix included. */
  nodeOf(key: string): Promise<RedisServer>;
  /** Resolves once every node sees the whole cluster. */
  whole(): Promise<void>;
  stop(): Promise<void>;
}

export interface RedisClusterOptions {
  /** After how long the others hold a node for dead. While they do, none of them serves anything. */
  readonly nodeTimeoutMs?: number;
  readonly tls?: Certificates;
  /** Another node, that takes the place of the first master when it fails. */
  readonly replica?: boolean;
}

const lastSlots = [5_460, 10_922, 16_383];

/** What a cluster knows of itself is on disk, so that a node that starts again finds its place. */
export async function startRedisCluster(options: RedisClusterOptions = {}): Promise<RedisCluster> {
  const { nodeTimeoutMs = 15_000, tls, replica = false } = options;
  const busPorts = await Promise.all(Array.from({ length: replica ? 4 : 3 }, freePort));
  const clustered = ['--cluster-enabled', 'yes', '--cluster-node-timeout', String(nodeTimeoutMs)];
  // Others see a replica once its master has told it something, be it a ping.
  const replicating = ['--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1'];
  const servers = await Promise.all(
    busPorts.map((port) => startRedis([...clustered, ...replicating, '--cluster-port', String(port)], tls && { tls })),
  );
  const nodes = servers.slice(0, 3) as [RedisServer, RedisServer, RedisServer];

  const ask = async <T>(node: RedisServer, question: (client: Redis) => Promise<T>): Promise<T> => {
    const client = new Redis(node.url, { ...(tls && { tls: { ca: tls.ca } }), retryStrategy: null, commandTimeout: 1_000 });
    client.on('error', () => undefined);
    try {
      return await question(client);
    } finally {
      client.disconnect();
    }
  };
  const stateOf = (node: RedisServer) =>
    ask(node, async (client) => [await client.cluster('INFO'), await client.cluster('SLOTS')] as const);
  const whole = () =>
    until('a whole cluster', async () => {
      const states = await Promise.all(nodes.map(stateOf));
      return states.every(([info, slots]) => info.includes('cluster_state:ok') && slots.length === nodes.length);
    });

  for (const [i, node] of nodes.entries()) {
    await ask(node, (client) => client.cluster('ADDSLOTSRANGE', i === 0 ? 0 : lastSlots[i - 1]! + 1, lastSlots[i]!));
  }
  for (const [i, other] of servers.entries()) {
    if (i > 0) await ask(nodes[0], (client) => client.call('CLUSTER', 'MEET', '127.0.0.1', other.port, busPorts[i]!));
  }
  await whole();
  if (replica) {
    const first = await ask(nodes[0], (client) => client.cluster('MYID'));
    await until('the replica knows its master', () => ask(servers[3]!, (client) => client.cluster('REPLICATE', first)).then(() => true));
    await until('the replica is up to date', async () => {
      const [seen] = (await stateOf(nodes[1]))[1];
      return seen?.length === 4 && (await ask(servers[3]!, (client) => client.info('replication'))).includes('master_link_status:up');
    });
  }
  return {
    nodes,
    urls: nodes.map(({ url }) => url),
    async nodeOf(key) {
      const slot = await ask(nodes[0], (client) => client.cluster('KEYSLOT', key));
      return nodes[lastSlots.findIndex((last) => slot <= last)]!;
    },
    whole,
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}
