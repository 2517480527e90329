import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/config.ts';
import { Secret } from '../config/secret.ts';

/** What servers and stores are opened with. */
const openedWith = ['listen', 'admin', 'redis', 'cache', 'metrics', 'pricing'] as const;

/** The keys of the configuration in which it differs from the one that was opened, and which a reload does not take up. */
export function needRestart(opened: Config, fresh: Config): string[] {
  return openedWith.filter((key) => !isDeepStrictEqual(revealed(opened[key]), revealed(fresh[key])));
}

/** Two secrets always look equal from outside. */
function revealed(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value).map(([key, part]) => [key, revealed(part)]);
}
