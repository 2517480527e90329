import { mayAnswer, mayStandIn } from '../../cache/freshness.ts';
import { factsOf } from '../../cache/look.ts';
import type { CachePolicy, Call } from '../../call.ts';
import { formatDuration } from '../../config/units.ts';
import type { Situation } from '../situation.ts';
import { at, ofFunction, type WantedPart } from '../wanted.ts';
import { spoken, tierNames } from '../words.ts';

/** Whether a result can be kept, whether one is, and what it is good for. */
export function cachePart(situation: Situation): WantedPart {
  const { target, key, now } = situation;
  const { name, cache } = target;
  if (cache === undefined) {
    const says = target.idempotent ? 'nothing is kept' : 'nothing is kept, since the function is not idempotent';
    return { part: 'cache', says, settings: [at(['functions', name, 'cache'], null, 'off')] };
  }
  const found = now?.found;
  return {
    part: 'cache',
    says: saysOf(situation, cache),
    settings: settingsOf(name, cache),
    ...(now && { now: { key: key ?? null, kept: found === undefined ? null : factsOf(found) } }),
  };
}

function settingsOf(name: string, { ttlMs, staleWhileRevalidateMs, staleIfErrorMs, scope, vary }: CachePolicy) {
  const own = (key: string, value: unknown, says: string) => ofFunction(name, `cache.${key}`, value, says);
  const stale = (ms: number, when: string) => (ms === 0 ? `not stale ${when}` : `stale for ${formatDuration(ms)} ${when}`);
  return [
    own('ttl', ttlMs, `fresh for ${formatDuration(ttlMs)}`),
    own('staleWhileRevalidate', staleWhileRevalidateMs, stale(staleWhileRevalidateMs, 'while it is computed anew')),
    own('staleIfError', staleIfErrorMs, stale(staleIfErrorMs, 'when that fails')),
    own('scope', scope, scope === 'shared' ? 'one result for all' : 'each consumer its own'),
    own('vary', vary, vary.length === 0 ? 'whatever the headers' : `by ${vary.join(', ')}`),
  ];
}

function saysOf({ call, key, now }: Situation, policy: CachePolicy): string {
  if (call === undefined) return 'not looked for';
  if (key === undefined) return `nothing is kept of this call: ${whyNoKey(call)}`;
  const { caching } = call;
  if (caching.noStore) return 'the caller wants nothing that is kept, and nothing kept (no-store)';
  if (caching.noCache) return 'the caller wants nothing that is kept already (no-cache)';
  if (now === undefined) return 'what is kept is for a gateway to say';
  if (now.found === undefined) return 'nothing is kept of such a call yet';
  const { freshness, tier } = now.found;
  const kept = `kept in ${tierNames[tier]} for ${spoken(freshness.ageMs)}`;
  const over = `stale for ${spoken(-freshness.leftMs)}`;
  if (mayAnswer(freshness, caching)) {
    return freshness.state === 'fresh' ? `${kept}, fresh for ${spoken(freshness.leftMs)} more` : `${kept}, ${over}`;
  }
  if (freshness.state === 'fresh') return `${kept}, older than the caller allows`;
  return `${kept}, ${over}: ${mayStandIn(freshness, policy, caching) ? 'only for when computing it anew fails' : 'of no use any more'}`;
}

function whyNoKey({ wantsLog }: Call): string {
  if (wantsLog) return 'the caller asks for the log';
  return 'the event is over 32 KB, or two events that differ might look the same (a name twice in an object, a number too exact)';
}
