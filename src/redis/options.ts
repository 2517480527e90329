import { isIP } from 'node:net';
import { reasonOf } from './reason.ts';
import { type Address, addressOf, type ClusterServer, type RedisServer, type SentinelServer, type SingleServer } from './server.ts';

/** Of a connection; TLS included. */
export const connectTimeoutMs = 1_000;

/** ioredis' own defaults queue and repeat commands, which hangs its caller in an outage: all of that is off. */
export function carefulOptions(timeoutMs: number) {
  return {
    connectionName: 'runway',
    disableClientInfo: true,
    // RESP2 does all that is needed here, and every server and proxy speaks it.
    protocol: 2,
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // For what ioredis asks on connecting. The bound of a call's command is in connection.ts.
    commandTimeout: Math.max(connectTimeoutMs, timeoutMs),
    connectTimeout: connectTimeoutMs,
    disconnectTimeout: 500,
    // A command that is too late leaves the socket as it is; this one drops a dead socket and so makes a new one.
    socketTimeout: Math.max(2_000, 2 * timeoutMs),
    maxLoadingRetryTime: 2_000,
  } as const;
}

export function singleOptions({ url, ca }: SingleServer) {
  const address = addressOf(url, 6379);
  const { host, port, database } = address;
  return {
    host,
    port,
    db: database,
    ...login(address),
    ...(address.tls && { tls: { ...trust(ca), ...(isIP(host) === 0 && { servername: host }) } }),
    // Whether it is loading is seen from its reply to a read, so that it need not allow INFO.
    enableReadyCheck: false,
  };
}

/** `onError` is told of a master that is none any more. */
export function sentinelOptions({ name, nodes, user, password, database, tls, ca }: SentinelServer, onError: (reason: string) => void) {
  const sentinels = nodes.map((url) => addressOf(url, 26379));
  const [first] = sentinels as [Address];
  return {
    name,
    sentinels: sentinels.map(({ host, port }) => ({ host, port })),
    ...(first.user !== undefined && { sentinelUsername: first.user }),
    ...(first.password !== undefined && { sentinelPassword: first.password }),
    ...(first.tls && { sentinelTLS: trust(ca) }),
    db: database,
    ...login({ user, password: password?.reveal() }),
    ...(tls && { tls: trust(ca), enableTLSForSentinelMode: true }),
    // What sentinels call each other may be no address from here: those of the file are asked.
    updateSentinels: false,
    sentinelCommandTimeout: connectTimeoutMs,
    // By INFO: a sentinel may name a master that is none any more. One that ceases to be one is left, for another to be named.
    enableReadyCheck: true,
    reconnectOnError: (error: Error) => {
      const demoted = reasonOf(error) === 'READONLY';
      if (demoted) onError('READONLY');
      return demoted;
    },
  };
}

export function clusterOptions({ nodes, ca }: ClusterServer) {
  const addresses = nodes.map((url) => addressOf(url, 6379));
  const [first] = addresses as [Address];
  return {
    startAt: addresses.map(({ host, port }) => ({ host, port })),
    ofEachNode: { ...login(first), ...(first.tls && { tls: trust(ca) }) },
  };
}

function login({ user, password }: Pick<Address, 'user' | 'password'>) {
  return { ...(user !== undefined && { username: user }), ...(password !== undefined && { password }) };
}

function trust(ca: RedisServer['ca']) {
  return { ...(ca && { ca: ca.reveal() }) };
}
