import { anonymousId, type Consumer, type KnownKey, type Limit, type LimitWindow, type TokenIssuer } from '../consumer.ts';
import { isMap } from './fields.ts';
import type { ConfigFile } from './schema.ts';
import type { ConsumerSettings, LimitSettings } from './schema-consumers.ts';
import { sharer } from './sharer.ts';

type Callers = Pick<ConfigFile, 'consumers' | 'anonymous' | 'jwt'>;

const noLimits: readonly Limit[] = [];
const everyone: ConsumerSettings = { keys: [], functions: ['*'], priority: 'normal', limits: [] };

/** Who the file lets call; `anonymous` last where it does not stand in the file. */
export function consumersOf(file: Callers): Consumer[] {
  const shared = sharer();
  const settings = Object.entries(file.consumers ?? {});
  if (letsInAnonymous(file) && file.consumers?.[anonymousId] === undefined) settings.push([anonymousId, everyone]);
  return settings.map(([id, { priority, functions, limits, concurrency }]) => ({
    id,
    priority,
    functions: shared(functions),
    limits: limits.length === 0 ? noLimits : shared(limits.map(limitOf)),
    concurrency,
  }));
}

/**
 * Whether callers without credentials are let in. Unless the file says so, only as long as it names nobody who could have any:
 * a first try needs no key, and a list of consumers that is empty for now opens nothing.
 */
export function letsInAnonymous({ anonymous, consumers, jwt }: { [Key in keyof Callers]?: unknown }): boolean {
  if (anonymous !== undefined) return anonymous === 'allow';
  if (jwt !== undefined) return false;
  if (consumers === undefined) return true;
  const ids = isMap(consumers) ? Object.keys(consumers) : [];
  return ids.length === 1 && ids[0] === anonymousId;
}

export function keysOf({ consumers = {} }: Callers): KnownKey[] {
  return Object.entries(consumers).flatMap(([consumer, { keys }]) =>
    keys.map((key) => {
      const { hash, expires } = typeof key === 'string' ? { hash: key } : key;
      return { consumer, hash: hash.slice('sha256:'.length).toLowerCase(), expiresAtMs: expires };
    }),
  );
}

function limitOf({ name, function: glob, requests, gbSeconds, cost, per, timeZone, mode, warnAt }: LimitSettings): Limit {
  const [unit, amount] =
    requests !== undefined
      ? (['requests', requests] as const)
      : gbSeconds !== undefined
        ? (['gbSeconds', gbSeconds] as const)
        : // The schema lets no fourth case through.
          (['cost', cost!] as const);
  const window: LimitWindow =
    typeof per === 'number' ? { kind: 'duration', ms: per } : { kind: 'calendar', unit: per, timeZone: timeZone ?? 'UTC' };
  return { name, function: glob, unit, amount, window, mode, warnAt };
}

export function tokenIssuerOf({ jwks, issuer, audience, consumerClaim }: NonNullable<ConfigFile['jwt']>): TokenIssuer {
  return { jwksUrl: jwks, issuer, audience, consumerClaim };
}
