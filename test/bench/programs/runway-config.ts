import { dump } from 'js-yaml';
import { bytesOfKey, hashOf, makeApiKey } from '../../../src/consumers/api-key.ts';
import { projectId, region, urnOf } from '../sample.ts';
import { answerSizesKb, largeAnswer } from './upstream.ts';

export interface Wanted {
  readonly port: number;
  readonly adminPort: number;
  readonly upstreamUrl: string;
  /** Beside those that every section calls. */
  readonly functions?: number;
  readonly consumers?: number;
  /** For more connections than the defaults let in. */
  readonly maxConcurrency?: number;
  /** Results are kept here, and memory has place for no more than one. */
  readonly redisUrl?: string;
}

export interface Made {
  readonly yaml: string;
  /** Names of the functions that were asked for. */
  readonly functions: readonly string[];
  /** A key of each consumer that was asked for. */
  readonly keys: readonly string[];
}

/** Counted for every call, and never reached. */
const limits = [
  { name: 'calls', requests: 1_000_000_000, per: 'day' },
  { name: 'work', gbSeconds: 1_000_000_000, per: 'day' },
];

/** The least that may be configured. A small result takes more than half of it. */
const leastMemory = '1kb';

/**
 * A configuration as an operator would write it: signed calls, prices, metrics, consumers with limits, all policies at their defaults.
 * Who has no key may call as well, and has no limits.
 */
export function runwayConfig({ port, adminPort, upstreamUrl, functions = 0, consumers = 1, maxConcurrency, redisUrl }: Wanted): Made {
  const names = Array.from({ length: functions }, (_, index) => `function-${index}`);
  const ids = Array.from({ length: consumers }, (_, index) => `consumer-${index}`);
  const keys = ids.map((id, index) => makeApiKey(id, randomOf(index)));
  const plain = (name: string) => [name, { urn: urnOf(name) }] as const;
  const kept = { urn: urnOf('kept'), idempotent: true, cache: { ttl: '1h' } };
  const config = {
    listen: { host: '127.0.0.1', port },
    admin: { port: adminPort },
    upstreams: {
      main: {
        region,
        projectId,
        endpoint: upstreamUrl,
        ...(maxConcurrency && { maxConcurrency }),
        credentials: { accessKey: 'AKAKAKAK', secretKey: 'secretsecretsecret' },
      },
    },
    ...(redisUrl && { redis: { url: redisUrl }, cache: { memory: leastMemory } }),
    pricing: { currency: 'CNY', perMillionRequests: 1.33, perGbSecond: 0.00011108 },
    ...(maxConcurrency && { defaults: { concurrency: { max: maxConcurrency } } }),
    functions: { ...Object.fromEntries(['hello', ...answerSizesKb.map(largeAnswer), ...names].map(plain)), kept },
    consumers: {
      ...Object.fromEntries(ids.map((id, index) => [id, { keys: [`sha256:${hashOf(keys[index]!)}`], limits }])),
      anonymous: {},
    },
    anonymous: 'allow',
  };
  return { yaml: dump(config, { noRefs: true }), functions: names, keys };
}

/** Keys need not be secret here, and the same ones each time tell runs apart less. */
function randomOf(index: number): Uint8Array {
  const random = Buffer.alloc(bytesOfKey);
  random.writeUInt32BE(index);
  return random;
}
