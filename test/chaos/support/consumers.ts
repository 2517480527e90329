import { randomBytes } from 'node:crypto';
import { bytesOfKey, hashOf, makeApiKey } from '../../../src/consumers/api-key.ts';

/** A consumer's key, and what stands of it in the file. */
export interface ChaosConsumer {
  /** What its calls have to send. */
  readonly headers: { readonly 'x-api-key': string };
  readonly section: Readonly<Record<string, unknown>>;
}

/** @param settings of the consumer, beside its key */
export function consumerWith(id: string, settings: Readonly<Record<string, unknown>> = {}): ChaosConsumer {
  const key = makeApiKey(id, randomBytes(bytesOfKey));
  return { headers: { 'x-api-key': key }, section: { keys: [`sha256:${hashOf(key)}`], ...settings } };
}
