import type { Problem } from '../../call.ts';
import { withoutKeys } from '../../config/without-keys.ts';
import { anonymousId, type Consumer, type KnownKey, matchesGlob } from '../../consumer.ts';
import { notSaid } from '../../consumers/identify.ts';
import { notPermitted } from '../../consumers/permissions.ts';
import { refusalOf } from '../refusal.ts';
import { at, type Wanted, type WantedPart } from '../wanted.ts';
import { count, eitherOf } from '../words.ts';

export interface Callers {
  /** As it was asked for. */
  readonly id: string;
  /** Undefined: the configuration has none of this id. */
  readonly consumer: Consumer | undefined;
  readonly keys: readonly KnownKey[];
  /** A token may name it as well. */
  readonly takesTokens: boolean;
  readonly epochMs: number;
}

/** Who calls, and by what it may call the function. */
export function consumerPart(callers: Callers, functionName: string): WantedPart {
  const { id, consumer } = callers;
  if (consumer === undefined) return unknown(id);
  const settings: Wanted[] = id === anonymousId ? [at(['anonymous'], 'allow', 'who calls without a key is let in')] : [];
  settings.push(at(['consumers', id, 'priority'], consumer.priority, `priority ${consumer.priority}`));
  const by = consumer.functions.findIndex((glob) => matchesGlob(glob, functionName));
  if (by < 0) {
    const allowed = at(['consumers', id, 'functions'], consumer.functions, `may call ${eitherOf(consumer.functions) || 'nothing'}`);
    const says = `${id} may not call ${functionName}${credentials(callers)}`;
    return { part: 'consumer', says, settings: [allowed, ...settings], refusal: refusalOf(notPermitted) };
  }
  const glob = consumer.functions[by]!;
  const allowed = { ...at(['consumers', id, 'functions', by], glob, `by ${JSON.stringify(glob)}`), key: 'functions' };
  return { part: 'consumer', says: `${id} may call ${functionName}${credentials(callers)}`, settings: [allowed, ...settings] };
}

function unknown(id: string): WantedPart {
  if (id === anonymousId) {
    const denied = at(['anonymous'], 'deny', 'who calls without a key is not let in');
    return { part: 'consumer', says: 'nobody calls without a key', settings: [denied], refusal: refusalOf(notSaid) };
  }
  const says = `no consumer is called ${JSON.stringify(withoutKeys(id))}`;
  return { part: 'consumer', says, settings: [], refusal: refusalOf(nobody) };
}

const nobody: Problem = {
  code: 'unauthenticated',
  detail: 'no consumer of this id is in the configuration, so that no key and no token can name it',
};

/** By what it is known; what is wrong with that is only said, since the question is what would be if it called. */
function credentials({ id, keys, takesTokens, epochMs }: Callers): string {
  if (id === anonymousId) return '';
  const own = keys.filter(({ consumer }) => consumer === id);
  const good = own.filter(({ expiresAtMs }) => expiresAtMs === undefined || expiresAtMs > epochMs).length;
  if (good > 0) return `, known by ${count(good, 'key')}${takesTokens ? ' or a token' : ''}`;
  if (takesTokens) return ', known by a token';
  return own.length > 0 ? '; but all its keys have expired' : '; but it has no key to call with';
}
