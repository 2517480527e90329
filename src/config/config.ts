import type { BreakerPolicy, CachePolicy, ConcurrencyPolicy, Fallback, Pricing, RetryPolicy, Target } from '../call.ts';
import type { Consumer, KnownKey, TokenIssuer } from '../consumer.ts';
import type { Credentials, Upstream } from '../upstream.ts';
import { formatUrn } from '../urn.ts';
import { consumersOf, keysOf, tokenIssuerOf } from './consumers.ts';
import type { ConfigFile } from './schema.ts';
import type { FunctionSettings } from './schema-functions.ts';
import type { Secret } from './secret.ts';
import { sharer } from './sharer.ts';
import type { Source } from './source.ts';

/** The file as the gateway uses it: complete, checked, defaults filled in. */
export interface Config {
  readonly listen: { readonly host: string; readonly port: number };
  readonly admin: { readonly host: string; readonly port: number; readonly token: Secret | undefined };
  readonly upstreams: readonly Upstream[];
  readonly redis: { readonly server: RedisServer; readonly keyPrefix: string; readonly timeoutMs: number } | undefined;
  readonly cache: { readonly memoryBytes: number };
  readonly metrics: { readonly maxSeries: number };
  readonly pricing: Pricing | undefined;
  /** Which calls have a line in the log, see `telemetry/call-log.ts`. */
  readonly log: { readonly successes: number; readonly refusalsPerSecond: number };
  /** In the order of the file; equal policies are one object. */
  readonly targets: readonly Target[];
  /** All who may call; `anonymous` is among them where callers without credentials are let in. */
  readonly consumers: readonly Consumer[];
  readonly keys: readonly KnownKey[];
  readonly jwt: TokenIssuer | undefined;
  /** What it was made of. */
  readonly source: Source;
}

/** URLs may hold a password. `ca` is PEM. */
type RedisServer = { readonly ca: Secret | undefined } & (
  | { readonly kind: 'single'; readonly url: Secret }
  | {
      readonly kind: 'sentinel';
      readonly name: string;
      readonly nodes: readonly Secret[];
      readonly user: string | undefined;
      readonly password: Secret | undefined;
      readonly database: number;
      readonly tls: boolean;
    }
  | { readonly kind: 'cluster'; readonly nodes: readonly Secret[] }
);

/** The checked file → the gateway's words and units. */
export function configOf(file: ConfigFile, source: Source): Config {
  const upstreams = Object.entries(file.upstreams).map(([id, settings]) => upstreamOf(id, settings));
  const { redis } = file;
  return {
    listen: file.listen,
    admin: { host: file.admin.host, port: file.admin.port, token: file.admin.token },
    upstreams,
    redis: redis && { server: redisServerOf(redis), keyPrefix: redis.keyPrefix, timeoutMs: redis.timeout },
    cache: { memoryBytes: file.cache.memory },
    metrics: file.metrics,
    pricing: file.pricing,
    log: file.log,
    targets: targetsOf(file.functions, upstreams),
    consumers: consumersOf(file),
    keys: keysOf(file),
    jwt: file.jwt && tokenIssuerOf(file.jwt),
    source,
  };
}

function redisServerOf({ url, sentinel, cluster, ca }: NonNullable<ConfigFile['redis']>): RedisServer {
  if (sentinel) return { kind: 'sentinel', ...sentinel, user: sentinel.user, password: sentinel.password, ca };
  if (cluster) return { kind: 'cluster', nodes: cluster, ca };
  // The schema lets no fourth case through.
  return { kind: 'single', url: url!, ca };
}

function upstreamOf(id: string, { endpoint, connectTimeout, credentials, ...settings }: ConfigFile['upstreams'][string]): Upstream {
  return {
    id,
    ...settings,
    endpoint: endpoint ?? `https://functiongraph.${settings.region}.myhuaweicloud.com`,
    connectTimeoutMs: connectTimeout,
    credentials: credentials && credentialsOf(settings.region, credentials),
  };
}

function credentialsOf(region: string, given: NonNullable<ConfigFile['upstreams'][string]['credentials']>): Credentials {
  const { iam, accessKey, secretKey, securityToken } = given;
  if (iam) return { kind: 'iam', ...iam, endpoint: iam.endpoint ?? `https://iam.${region}.myhuaweicloud.com` };
  // The schema lets no third case through.
  return { kind: 'aksk', accessKey: accessKey!, secretKey: secretKey!, ...(securityToken && { securityToken }) };
}

function targetsOf(functions: Readonly<Record<string, FunctionSettings>>, upstreams: readonly Upstream[]): Target[] {
  const served = new Map(upstreams.map(({ region, projectId, id }) => [`${region}:${projectId}`, id]));
  const shared = sharer();
  return Object.entries(functions).map(([name, settings]) => ({
    name,
    description: settings.description,
    urn: formatUrn(settings.urn),
    version: settings.urn.version,
    upstream: served.get(`${settings.urn.region}:${settings.urn.projectId}`)!,
    idempotent: settings.idempotent,
    timeoutMs: settings.timeout,
    retry: shared(retryOf(settings.retry)),
    breaker: shared(breakerOf(settings.breaker)),
    concurrency: shared(concurrencyOf(settings.concurrency)),
    fallback: settings.fallback && fallbackOf(settings.fallback),
    cache: settings.cache && shared(cacheOf(settings.cache)),
  }));
}

function retryOf({ attempts, on, backoff, budget }: FunctionSettings['retry']): RetryPolicy {
  return { attempts, on, backoff: { baseMs: backoff.base, maxMs: backoff.max }, budget };
}

function breakerOf({ failureRatio, minimumRequests, window, openFor, slowCalls }: FunctionSettings['breaker']): BreakerPolicy {
  const slow = slowCalls && { afterMs: slowCalls.after, ratio: slowCalls.ratio };
  return { failureRatio, minimumRequests, windowMs: window, openForMs: openFor, slowCalls: slow };
}

function concurrencyOf({ max, queue, queueTimeout, adaptive }: FunctionSettings['concurrency']): ConcurrencyPolicy {
  return { max, queue, queueTimeoutMs: queueTimeout, adaptive };
}

function fallbackOf({ status, body }: NonNullable<FunctionSettings['fallback']>): Fallback {
  return { status, body: Buffer.from(body) };
}

function cacheOf({ ttl, staleWhileRevalidate, staleIfError, scope, vary }: NonNullable<FunctionSettings['cache']>): CachePolicy {
  return { ttlMs: ttl, staleWhileRevalidateMs: staleWhileRevalidate ?? 0, staleIfErrorMs: staleIfError ?? 0, scope, vary };
}
