import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { Clock } from '../call.ts';
import { atEndOfTurn } from '../end-of-turn.ts';
import { carefulOptions, clusterOptions, connectTimeoutMs, sentinelOptions, singleOptions } from './options.ts';
import { reasonOf } from './reason.ts';
import type { ClusterServer, RedisServer } from './server.ts';

/** ioredis, made to behave alike for one server, for sentinels and for a cluster. */
export interface Client {
  readonly commands: Redis | Cluster;
  /** Whether there is a server to send to, of a cluster any. Commands for one that is gone fail at once. */
  readonly connected: boolean;
  /** Reads a key, of a cluster at every node there is. Any reply but a refusal will do. */
  probe(key: string): Promise<unknown>;
  /** Commands from here to the end of this turn of the event loop go out in one write. To a cluster each goes out by itself. */
  gather(): void;
}

export interface ClientOptions {
  readonly server: RedisServer;
  readonly keyPrefix: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Ends the attempts to connect. */
  readonly signal: AbortSignal;
  /** How long to wait before the next attempt, given how many in a row have failed. Without a number it counts by itself. */
  readonly delayMs: (failed?: number) => number;
  /** Something went wrong, on the way to a server or with it. */
  readonly onError: (reason: string) => void;
  /** There is a server to send to. It may still be loading its data, or be mute. */
  readonly onConnected: () => void;
  readonly onLost: () => void;
}

/** Which node serves which keys is not asked more often, since each time takes a connection. */
const slotsEveryMs = 1_000;

/** Connects in the background, and again whenever it has lost the connection. Throws on a URL that is none. */
export function openClient(options: ClientOptions): Client {
  const { server } = options;
  if (server.kind === 'cluster') return openCluster(server, options);
  return openServer(server.kind === 'single' ? singleOptions(server) : sentinelOptions(server, options.onError), options);
}

type OwnOptions = ReturnType<typeof singleOptions> | ReturnType<typeof sentinelOptions>;

function openServer(own: OwnOptions, { keyPrefix, timeoutMs, clock, signal, delayMs, onError, ...on }: ClientOptions): Client {
  const sentinels = 'sentinels' in own ? own.sentinels.length : 0;
  /** Sentinels without an answer, in the attempt to connect under way. */
  let silent = 0;
  const redis = new Redis({
    ...carefulOptions(timeoutMs),
    ...own,
    keyPrefix,
    enableOfflineQueue: false,
    retryStrategy: () => delayMs(),
    // At the end of the list. ioredis goes on in it where it was the last time, so that some may not have been asked yet.
    sentinelRetryStrategy: () => (silent < sentinels ? 0 : null),
  });
  // A failure to connect is told by the events below.
  const connect = () => void redis.connect().catch(() => undefined);
  redis.on('error', (error: Error & { command?: { name: string } }) => {
    onError(reasonOf(error));
    // ioredis would go on in database 0, among the keys of somebody else.
    if (error.command?.name === 'select') redis.disconnect(true);
  });
  redis.on('sentinelError', () => {
    silent++;
  });
  redis.on('ready', on.onConnected);
  redis.on('close', () => {
    silent = 0;
    on.onLost();
  });
  // ioredis gives up when no sentinel has an answer.
  redis.on('end', async () => {
    silent = 0;
    on.onLost();
    await clock.sleep(delayMs(), signal);
    if (!signal.aborted) connect();
  });
  connect();
  return {
    commands: redis,
    get connected() {
      return redis.status === 'ready' && redis.stream.writable;
    },
    probe: (key) => redis.getBuffer(key),
    gather: gatherer(redis),
  };
}

/** Under load a turn brings many calls, and a write for each command costs more than the command. */
function gatherer(redis: Redis): () => void {
  let gathering: Redis['stream'] | undefined;
  return () => {
    const { stream } = redis;
    // Another connection may have taken the place of the one that gathers.
    if (stream === gathering || !stream?.writable) return;
    gathering = stream;
    stream.cork();
    atEndOfTurn(() => {
      stream.uncork();
      if (gathering === stream) gathering = undefined;
    });
  };
}

function openCluster(server: ClusterServer, { keyPrefix, timeoutMs, clock, signal, delayMs, onError, ...on }: ClientOptions): Client {
  const { startAt, ofEachNode } = clusterOptions(server);
  const cluster: Cluster = new Cluster(startAt, {
    keyPrefix,
    lazyConnect: true,
    redisOptions: { ...carefulOptions(timeoutMs), ...ofEachNode },
    enableOfflineQueue: false,
    // What was led on to another node has not run yet: followed once, and once more while slots move.
    maxRedirections: 3,
    retryDelayOnTryAgain: 1,
    // No command waits here for better times.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    slotsRefreshTimeout: connectTimeoutMs,
    clusterRetryStrategy: () => delayMs(),
    // While there are others a node is waited for. When there are none they end, and the cluster is looked for where the file says.
    clusterNodeRetryStrategy: (failed) => (ready().length > 0 ? delayMs(failed) : null),
    // Each connection looks names up itself: certificates are for names, and one name without an address is one node less.
    dnsLookup: (host, done) => done(null, host),
  });
  const ready = () => cluster.nodes('master').filter(({ status }) => status === 'ready');
  const fail = (error: Error) => onError(reasonOf(error));
  const connect = (node: Redis) => node.connect().catch(() => undefined);
  let lost = false;
  const found = () => {
    lost = false;
    on.onConnected();
  };

  calm(cluster, clock);
  cluster.on('error', fail);
  cluster.on('node error', fail);
  cluster.on('close', on.onLost);
  cluster.on('ready', async () => {
    const nodes = cluster.nodes('master').filter(({ status }) => status === 'wait');
    await Promise.race([Promise.all(nodes.map(connect)), clock.sleep(connectTimeoutMs, signal)]);
    found();
  });
  cluster.on('+node', (node: Redis) => {
    watchCopies(node, cluster, fail);
    node.on('ready', () => {
      if (lost) found();
    });
    node.on('close', () => {
      if (cluster.status !== 'ready') return;
      // Another one may have its keys by now, and the others know.
      if (ready().length > 0) return cluster.refreshSlotsCache();
      lost = true;
      on.onLost();
    });
    // ioredis connects a node when there is a command for it, which would wait for that.
    if (cluster.status === 'ready' && !node.options.readOnly) void connect(node);
  });
  void cluster.connect().catch(() => undefined);
  return {
    commands: cluster,
    get connected() {
      return cluster.status === 'ready' && ready().length > 0;
    },
    probe: (key) => Promise.all(ready().map((node) => node.getBuffer(keyPrefix + key).catch(unlessElsewhere))),
    gather: () => undefined,
  };
}

/** ioredis asks which node serves which keys for each command that was led on: here less often. */
function calm(cluster: Cluster, clock: Clock): void {
  const refresh = cluster.refreshSlotsCache.bind(cluster);
  let askedAtMs = Number.NEGATIVE_INFINITY;
  cluster.refreshSlotsCache = (done) => {
    const nowMs = clock.nowMs();
    // On connecting it cannot go on without.
    if (cluster.status === 'ready' && nowMs - askedAtMs < slotsEveryMs) return done?.();
    askedAtMs = nowMs;
    refresh(done);
  };
}

/**
 * ioredis asks a copy of a node's connection which node serves which keys. It drops the errors of the copy, and why there is no
 * cluster is among them; and it asks a node that is gone like any other, beside the attempts to connect that are made anyway.
 */
function watchCopies(node: Redis, cluster: Cluster, onError: (error: Error) => void): void {
  const duplicate = node.duplicate.bind(node);
  node.duplicate = ((override: RedisOptions) => {
    const copy = duplicate(override);
    copy.on('error', onError);
    if (cluster.status === 'ready' && node.status !== 'ready') copy.disconnect();
    return copy;
  }) as Redis['duplicate'];
}

/** A node that names another one for the key has answered. */
function unlessElsewhere(error: unknown): void {
  if (reasonOf(error) !== 'MOVED') throw error;
}
