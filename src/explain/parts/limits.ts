import { formatDuration } from '../../config/units.ts';
import { type Consumer, type Limit, type LimitWindow, matchesGlob } from '../../consumer.ts';
import { problemOf } from '../../quota/problems.ts';
import type { Admission } from '../../quota/quota.ts';
import type { LimitState } from '../../quota/state.ts';
import { refusalOf } from '../refusal.ts';
import type { Now, Situation } from '../situation.ts';
import { at, type WantedPart } from '../wanted.ts';
import { shownNumber, spoken } from '../words.ts';

/** Each limit that counts the call, and whether it would let it pass. */
export function limitParts({ target, consumer, pricing, now }: Situation): WantedPart[] {
  const currency = pricing?.currency ?? '';
  const parts = consumer.limits.flatMap((limit, index): WantedPart[] => {
    if (limit.function !== undefined && !matchesGlob(limit.function, target.name)) return [];
    return [limitPart(consumer, limit, index, currency, now)];
  });
  if (consumer.concurrency !== undefined) parts.push(placesPart(consumer, consumer.concurrency, now));
  return parts.length > 0 ? parts : [{ part: 'limit', says: 'none counts this call', settings: [] }];
}

function limitPart({ id }: Consumer, limit: Limit, index: number, currency: string, now: Now | undefined): WantedPart {
  const { name, amount, unit, window, mode } = limit;
  const own = (key: string, value: unknown, says: string) => at(['consumers', id, 'limits', index, key], value, says);
  const settings = [
    own(unit, amount, `${amount} ${{ requests: 'requests', gbSeconds: 'GB-seconds', cost: currency }[unit]}`),
    own('per', window.kind === 'duration' ? window.ms : window.unit, `per ${windowOf(window)}`),
    ...(limit.function === undefined ? [] : [own('function', limit.function, `of ${JSON.stringify(limit.function)}`)]),
    own('mode', mode, mode === 'shadow' ? 'shadow: counted, not enforced' : 'enforced'),
  ];
  const state = now?.admission.states.find((each) => each.name === name);
  if (now === undefined || state === undefined) return { part: 'limit', name, says: '', settings };
  const refusal = refusing(now, name);
  const passes = refusal === undefined && (unit === 'requests' ? state.remaining >= 1 : state.remaining > 0);
  return {
    part: 'limit',
    name,
    says: standing(state, passes),
    settings,
    now: { used: state.used, remaining: state.remaining, resetSeconds: Math.ceil(state.resetMs / 1_000), passes },
    ...(refusal && { refusal }),
  };
}

function standing({ used, remaining, resetMs, mode }: LimitState, passes: boolean): string {
  const left = `${shownNumber(used)} used, ${shownNumber(remaining)} left`;
  if (passes) return `${left}: the call would pass`;
  const verdict = mode === 'shadow' ? 'the call would pass, since it is not enforced' : 'the call would not pass';
  return `${left}, all again in ${spoken(resetMs)}: ${verdict}`;
}

/** Calls at the same time. */
function placesPart({ id }: Consumer, places: number, now: Now | undefined): WantedPart {
  const settings = [at(['consumers', id, 'concurrency'], places, `${places} calls at the same time`)];
  const part = { part: 'limit', name: 'concurrency', settings } as const;
  if (now === undefined) return { ...part, says: '' };
  const refusal = refusing(now, 'concurrency');
  const passes = refusal === undefined;
  const says = passes ? 'the call would pass' : 'all are taken: the call would not pass';
  return { ...part, says, now: { passes }, ...(refusal && { refusal }) };
}

function refusing({ admission, epochMs }: Now, name: string) {
  return nameOf(admission) === name && admission.kind !== 'admitted' ? refusalOf(problemOf(admission, epochMs)) : undefined;
}

/** Of the limit that refuses the call: `concurrency` for the places. */
function nameOf(admission: Admission): string | undefined {
  if (admission.kind === 'admitted') return undefined;
  return admission.limit === 'concurrency' ? admission.limit : admission.limit.name;
}

function windowOf(window: LimitWindow): string {
  if (window.kind === 'duration') return formatDuration(window.ms);
  return `${window.unit} in ${window.timeZone}`;
}
