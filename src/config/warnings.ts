import type { Config } from './config.ts';

/** What is allowed, and still worth to know before it is found out at night. A sentence each. */
export function warningsOf({ redis }: Pick<Config, 'redis'>): string[] {
  if (redis !== undefined) return [];
  return [
    'redis is missing: kept results and Idempotency-Keys are known to one process alone and end with it, so a call with a key may run again after a restart or on another gateway',
  ];
}
