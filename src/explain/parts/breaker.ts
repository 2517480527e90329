import { formatDuration } from '../../config/units.ts';
import { refusalOf } from '../refusal.ts';
import type { Now, Situation } from '../situation.ts';
import { ofFunction, type WantedPart } from '../wanted.ts';
import { percent } from '../words.ts';

/** The function's circuit: when it opens, how it stands, and why. */
export function breakerPart({ target, now }: Situation): WantedPart {
  const { failureRatio, minimumRequests, windowMs, openForMs, slowCalls } = target.breaker;
  const own = (key: string, value: unknown, says: string) => ofFunction(target.name, `breaker.${key}`, value, says);
  const settings = [
    own('failureRatio', failureRatio, `opens at ${percent(failureRatio)} failures`),
    own('minimumRequests', minimumRequests, `of ${minimumRequests} requests or more`),
    own('window', windowMs, `in ${formatDuration(windowMs)}`),
    own('openFor', openForMs, `for ${formatDuration(openForMs)}`),
    ...(slowCalls === undefined
      ? [own('slowCalls', null, 'slowness does not open it')]
      : [
          own('slowCalls.after', slowCalls.afterMs, `slow is more than ${formatDuration(slowCalls.afterMs)}`),
          own('slowCalls.ratio', slowCalls.ratio, `opens at ${percent(slowCalls.ratio)} slow`),
        ]),
  ];
  if (now === undefined) return { part: 'breaker', says: '', settings };
  const { status, outlook } = now.circuit;
  const refusal = outlook.kind === 'refused' ? { refusal: refusalOf(outlook.problem) } : {};
  const { reason, ...rest } = status;
  return { part: 'breaker', says: saysOf(now), settings, now: { ...rest, reason: reason ?? null, outlook: outlook.kind }, ...refusal };
}

const reasons = {
  failure_ratio: 'too many failed',
  slow_ratio: 'too many were slow',
  time_passed: 'its time had passed',
  probe_succeeded: 'the probe succeeded',
  probe_failed: 'the probe failed',
  forced: 'an operator holds it there',
  released: 'an operator has released it',
};

function saysOf({ circuit: { status, outlook } }: Now): string {
  const { state, reason, counts } = status;
  const why = reason === undefined ? '' : `, since ${reasons[reason]}`;
  const seen = `${counts.failures} of ${counts.requests} requests failed in the window`;
  if (outlook.kind === 'probes') return `${state}${why}; the call would be the probe that says whether it closes`;
  if (outlook.kind === 'refused') return `${state}${why}: the call would not pass`;
  if (outlook.share < 1) return `${state}${why}; ${percent(outlook.share)} of the calls pass while traffic comes back`;
  return `${state}${why}; ${seen}`;
}
