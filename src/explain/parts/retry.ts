import { formatDuration } from '../../config/units.ts';
import type { Situation } from '../situation.ts';
import { ofFunction, type WantedPart } from '../wanted.ts';
import { count } from '../words.ts';

/** What would be repeated. */
export function retryPart(situation: Situation): WantedPart {
  const { name, retry } = situation.target;
  const { attempts, on, backoff, budget } = retry;
  const own = (key: string, value: unknown, says: string) => ofFunction(name, `retry.${key}`, value, says);
  const settings = [
    own('attempts', attempts, count(attempts, 'attempt')),
    own('on', on, on.length === 0 ? 'on no status' : `on ${on.join(', ')}`),
    own('backoff.base', backoff.baseMs, `${formatDuration(backoff.baseMs)} doubling`),
    own('backoff.max', backoff.maxMs, `up to ${formatDuration(backoff.maxMs)}`),
    own('budget.ratio', budget.ratio, `${budget.ratio} repeats for each call`),
    own('budget.minPerSecond', budget.minPerSecond, `and ${budget.minPerSecond} per second`),
  ];
  const now = situation.now && { now: { repeatsLeft: Math.floor(situation.now.repeatsLeft) } };
  return { part: 'retry', says: saysOf(situation), settings, ...now };
}

function saysOf({ target, call, now }: Situation): string {
  if (target.retry.attempts === 1) return 'never repeated';
  if (call?.relayed) return 'not repeated here: it comes from another Runway, which repeats it';
  const what = call?.repeatable ? 'repeated when it fails, since it may run twice' : 'repeated only when it is known not to have run';
  if (now === undefined) return what;
  return `${what}; ${now.repeatsLeft < 1 ? 'the budget is used up' : `${Math.floor(now.repeatsLeft)} repeats are left in the budget`}`;
}
