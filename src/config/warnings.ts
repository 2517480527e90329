import { anonymousId } from '../consumer.ts';
import type { Config } from './config.ts';

/** What is allowed, and still worth to know before it is found out at night. A sentence each. */
export function warningsOf(config: Pick<Config, 'admin' | 'redis' | 'consumers' | 'keys' | 'jwt'>): string[] {
  return [...ofToken(config), ...ofRedis(config), ...ofCallers(config)];
}

/** Nobody is locked out who guesses, see `admin/access.ts`: at a thousand guesses a second, so many random letters and digits last for good. */
const enoughCharacters = 20;

function ofToken({ admin: { token } }: Pick<Config, 'admin'>): string[] {
  if (token === undefined || token.reveal().length >= enoughCharacters) return [];
  return [
    `admin.token (not shown) is short enough to be guessed: take ${enoughCharacters} random characters or more, such as from openssl rand -hex 16`,
  ];
}

function ofRedis({ redis }: Pick<Config, 'redis'>): string[] {
  if (redis !== undefined) return [];
  return [
    'redis is missing: kept results and Idempotency-Keys are known to one process alone and end with it, so a call with a key may run again after a restart or on another gateway',
  ];
}

function ofCallers({ consumers, keys, jwt }: Pick<Config, 'consumers' | 'keys' | 'jwt'>): string[] {
  const some = consumers.some(({ id }) => id === anonymousId) || (consumers.length > 0 && (keys.length > 0 || jwt !== undefined));
  return some ? [] : ['nobody may call: no consumer has a key, jwt names none, and anonymous is denied'];
}
