import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesOfKey, hashOf, makeApiKey } from '../../src/consumers/api-key.ts';
import { credentials } from './emulated.ts';
import { openTestRedis } from './redis-client.ts';
import { type Served, serving } from './runway.ts';
import { openTcpProxy, type TcpProxy } from './tcp-proxy.ts';

const project = '7aad83af3e8d42e99ac194e8419e2c9b';
const user = { domain: 'example', user: 'runway', password: 'example-password' };
const consumers = ['team', 'batch', 'small', 'poor'] as const;
export type ConsumerId = (typeof consumers)[number];

/** Functions for no more than the series that they make. */
export const oneMore = ['one-more', 'and-another', 'a-third', 'a-fourth'];

export interface BusyGateway {
  /** Where callers call. */
  readonly url: string;
  readonly admin: string;
  /** What Prometheus calls it. */
  readonly instance: string;
}

/**
 * Gateways with everything that can be counted: consumers with keys that end, limits of all kinds, a price, kept results, circuits, queues.
 * One signs, another has tokens of IAM, a third has room for few series. They share a Redis, which the first one can be cut off from.
 */
export interface BusyGateways extends AsyncDisposable {
  readonly signing: BusyGateway;
  readonly withTokens: BusyGateway;
  readonly crowded: BusyGateway;
  readonly emulatorUrl: string;
  /** Between the first gateway and Redis. */
  readonly wayToRedis: Pick<TcpProxy, 'cut' | 'restore'>;
  readonly keys: Readonly<Record<ConsumerId, string>>;
  /** Writes over what Redis has of kept results: whoever looks there finds what cannot be read. */
  spoilKept(): Promise<void>;
}

export async function startBusyGateways(redisUrl: string): Promise<BusyGateways> {
  await using opening = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'runway-busy-'));
  opening.defer(() => rmSync(folder, { recursive: true }));
  const signed = ['--access-key', credentials.HUAWEICLOUD_SDK_AK, '--secret-key', credentials.HUAWEICLOUD_SDK_SK];
  const asIam = ['--iam-domain', user.domain, '--iam-user', user.user, '--iam-password', user.password];
  const emulator = opening.use(await serving(['emulator', '--port', '0', '--json', ...signed, ...asIam]));
  const emulatorUrl = String(emulator.ready.url);
  const redis = new URL(redisUrl);
  const wayToRedis = opening.use(await openTcpProxy(Number(redis.port)));
  const keys = Object.fromEntries(consumers.map((id) => [id, makeApiKey(id, randomBytes(bytesOfKey))])) as Record<ConsumerId, string>;
  const keyPrefix = `busy-${process.pid}-${Date.now()}:`;
  const { redis: own } = await openTestRedis(redisUrl, keyPrefix);
  opening.defer(() => own.close());

  async function serve(name: string, redisPort: number, admittedBy: string, more: string): Promise<BusyGateway> {
    const file = join(folder, `${name}.yaml`);
    const upstream = `region: cn-north-1, projectId: ${project}, endpoint: "${emulatorUrl}", credentials: ${admittedBy}`;
    const at = `redis: { url: "redis://127.0.0.1:${redisPort}", keyPrefix: "${keyPrefix}" }`;
    writeFileSync(file, `upstreams: { main: { ${upstream} } }\n${at}\n${more}\n${shared(keys)}`);
    const gateway: Served = opening.use(await serving(['serve', '-c', file]));
    const admin = String(gateway.ready.admin);
    return { url: String(gateway.ready.url), admin, instance: new URL(admin).host };
  }

  const { HUAWEICLOUD_SDK_AK: accessKey, HUAWEICLOUD_SDK_SK: secretKey } = credentials;
  const keyPair = `{ accessKey: ${accessKey}, secretKey: ${secretKey} }`;
  const signing = await serve('signing', wayToRedis.port, keyPair, '');
  const iam = `{ iam: { endpoint: "${emulatorUrl}", domain: ${user.domain}, user: ${user.user}, password: ${user.password}, project: main } }`;
  const withTokens = await serve('with-tokens', Number(redis.port), iam, '');
  const crowded = await serve('crowded', Number(redis.port), keyPair, 'metrics: { maxSeries: 1000 }');
  const opened = opening.move();
  return {
    signing,
    withTokens,
    crowded,
    emulatorUrl,
    wayToRedis,
    keys,
    async spoilKept() {
      const spoiled = await own.run(spoil, [''], [`${keyPrefix}result:*`]);
      if (!spoiled.ok || !(Number(spoiled.value) > 0)) throw new Error(`no kept result was spoilt: ${JSON.stringify(spoiled)}`);
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

const spoil = {
  name: 'busySpoil',
  lua: `
local spoilt = 0
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  redis.call('SET', key, 'spoilt', 'KEEPTTL')
  spoilt = spoilt + 1
end
return spoilt`,
};

/** The part of the file that all have. `hello` has something of everything. */
function shared(keys: Readonly<Record<ConsumerId, string>>): string {
  const urn = (name: string) => `urn: "urn:fss:cn-north-1:${project}:function:default:${name}"`;
  const hashed = (id: ConsumerId) => `"sha256:${hashOf(keys[id])}"`;
  return `listen: { host: 127.0.0.1, port: 0 }
admin: { host: 127.0.0.1, port: 0 }
pricing: { currency: USD, perMillionRequests: 0.2, perGbSecond: 0.00001667, monthlyBudget: 100 }
anonymous: allow
consumers:
  anonymous: {}
  team:
    keys: [{ hash: ${hashed('team')}, expires: 2099-12-31 }]
    priority: high
    limits:
      - { name: pace, requests: 1000, per: 1d }
      - { name: spend, gbSeconds: 1000, per: month }
      - { name: pulse, requests: 2, per: 1s, warnAt: 50%, mode: shadow }
  batch: { keys: [${hashed('batch')}], priority: low, functions: [hello] }
  small: { keys: [${hashed('small')}], limits: [{ name: few, requests: 2, per: 1d }] }
  poor: { keys: [${hashed('poor')}], limits: [{ name: money, cost: 0.000001, per: month }] }
defaults: { timeout: 20s }
functions:
  hello:
    ${urn('hello')}
    idempotent: true
    cache: { ttl: 1s, staleWhileRevalidate: 2s, staleIfError: 1h, scope: shared }
    retry: { backoff: { base: 20ms, max: 100ms }, budget: { ratio: 0.01, minPerSecond: 0.1 } }
    breaker: { minimumRequests: 5, openFor: 1s }
  primes: { ${urn('primes')}, idempotent: true, retry: { backoff: { base: 20ms, max: 100ms } } }
  thrifty: { ${urn('primes')}, retry: { budget: { ratio: 0, minPerSecond: 0 } } }
  patient: { ${urn('image')}, timeout: 1s, retry: { backoff: { base: 60s, max: 60s } } }
  flaky: { ${urn('flaky')}, idempotent: true, retry: { backoff: { base: 20ms, max: 100ms } }, breaker: { minimumRequests: 1000 } }
  slow: { ${urn('slow')} }
  hurried: { ${urn('slow')}, timeout: 200ms }
  narrow: { ${urn('slow')}, concurrency: { max: 1, queue: 2, queueTimeout: 200ms } }
  image: { ${urn('image')}, breaker: { minimumRequests: 1000 } }
${oneMore.map((name) => `  ${name}: { ${urn('hello')} }\n`).join('')}`;
}
