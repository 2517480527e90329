import { mayAnswer, mayStandIn } from '../cache/freshness.ts';
import type { Found } from '../cache/kept-results.ts';
import { notCached } from '../cache/recall.ts';
import type { Call, Problem, Target } from '../call.ts';
import { problemOf } from '../quota/problems.ts';
import type { Refusal, Verdict } from './explanation.ts';
import { hasNoTime, noTime } from './no-time.ts';
import { placeIn } from './parts/concurrency.ts';
import { refusalOf } from './refusal.ts';
import type { Now, Situation } from './situation.ts';
import { percent, spoken, tierNames } from './words.ts';

/** What would become of the call, in one sentence: the first thing on its path that decides. `refused`: who calls, or may not. */
export function verdictOf(situation: Situation, refused: Refusal | undefined): Verdict {
  if (refused !== undefined) return refusal(refused);
  const { call, notAccepted, now } = situation;
  if (call === undefined) return refusal(refusalOf(notAccepted!));
  if (now === undefined) return unasked(situation, call);
  const verdict = decided(situation, call, now);
  const unless = [
    ...(call.idempotencyKey === undefined ? [] : ['its Idempotency-Key was used before']),
    ...(now.shed === 0 ? [] : [`it is shed, as ${percent(now.shed)} of the calls are`]),
  ];
  if (verdict.kind === 'refused' || unless.length === 0) return verdict;
  return { ...verdict, says: `${verdict.says}, unless ${unless.join(' or ')}` };
}

function decided(situation: Situation, call: Call, now: Now): Verdict {
  const { admission, found } = now;
  if (admission.kind === 'refused') {
    const by = admission.limit === 'concurrency' ? 'its calls at the same time' : `limit ${admission.limit.name}`;
    return refusal(refusalOf(problemOf(admission, now.epochMs)), by);
  }
  const { cache } = situation.target;
  if (found !== undefined && mayAnswer(found.freshness, call.caching)) return kept(found, admission.kind === 'broke');
  if (call.caching.onlyIfCached) return refusal(refusalOf(notCached.problem));
  const stale = found !== undefined && cache !== undefined && mayStandIn(found.freshness, cache, call.caching);
  const standIn = (why: string): Verdict => ({
    kind: 'kept',
    says: `would be answered from ${tierNames[found!.tier]}, stale for ${spoken(-found!.freshness.leftMs)}, since ${why}`,
  });
  if (admission.kind === 'broke') {
    const { name } = admission.limit;
    return stale ? standIn(`limit ${name} is used up`) : refusal(refusalOf(problemOf(admission, now.epochMs)), `limit ${name}`);
  }
  return forwarded(situation, call, now, stale ? standIn : undefined);
}

/** On its way to the function. `standIn`: what is kept may take the place of a failure. */
function forwarded(
  { target, upstream, key }: Situation,
  call: Call,
  { shares, circuit: { outlook }, standing }: Now,
  standIn: ((why: string) => Verdict) | undefined,
): Verdict {
  if (hasNoTime(call)) return failed(noTime, 'its caller gives it no time', target, standIn);
  if (shares) return { kind: 'shared', says: 'would wait for an identical call that is under way, and get its answer' };
  if (outlook.kind === 'refused') return failed(outlook.problem, 'the circuit is open', target, standIn);
  const place = placeIn(standing, target.concurrency.queue);
  if (place === 'none') return standIn ? standIn('no place is free') : refusal(refusalOf(full));
  const sent = `would be sent to ${target.urn} by upstream ${upstream.id}`;
  const kept = key !== undefined && !call.caching.noStore ? ', and its result kept' : '';
  const probe = outlook.kind === 'probes' ? ' as the probe of its circuit' : '';
  const partly =
    outlook.kind === 'passes' && outlook.share < 1 ? `, if it is among the ${percent(outlook.share)} that its circuit lets pass` : '';
  if (place === 'queue')
    return { kind: 'waits', says: `would wait for a place and then ${sent.replace('would ', '')}${probe}${kept}${partly}` };
  return { kind: 'sent', says: `${sent}${probe}${kept}${partly}` };
}

/** Of a failure that something can stand in for: what is kept, else the fallback. */
function failed(problem: Problem, why: string, { fallback }: Target, standIn: ((why: string) => Verdict) | undefined): Verdict {
  if (standIn) return standIn(why);
  if (fallback) return { kind: 'fallback', says: `would be answered with the fallback of the file, since ${why}` };
  return refusal(refusalOf(problem));
}

function kept({ tier, freshness: { state, leftMs } }: Found, broke: boolean): Verdict {
  const from = `would be answered from ${tierNames[tier]}`;
  if (state === 'fresh') return { kind: 'kept', says: `${from}, fresh for ${spoken(leftMs)} more` };
  const anew = broke ? '' : ', and computed anew meanwhile';
  return { kind: 'kept', says: `${from}, stale for ${spoken(-leftMs)}${anew}` };
}

/** What the file says is all there is: what could still come between is named. */
function unasked({ target, upstream, consumer, key }: Situation, call: Call): Verdict {
  if (call.caching.onlyIfCached && key === undefined) return refusal(refusalOf(notCached.problem));
  if (hasNoTime(call) && !call.caching.onlyIfCached) {
    const refused = failed(noTime, 'its caller gives it no time', target, undefined);
    return key === undefined ? refused : { ...refused, says: `${refused.says}, unless a kept result can answer` };
  }
  const between = [
    ...(consumer.limits.length > 0 || consumer.concurrency !== undefined ? ['a limit'] : []),
    ...(key === undefined ? [] : ['a kept result']),
    'an open circuit',
    'a lack of places',
  ];
  const says = `would be sent to ${target.urn} by upstream ${upstream.id}, unless ${between.slice(0, -1).join(', ')} or ${between.at(-1)} decides otherwise`;
  return { kind: 'sent', says };
}

const full: Problem = { code: 'overloaded', detail: 'no place is free for a call of this function, and none to wait in' };

function refusal(refused: Refusal, by?: string): Verdict {
  const says = `would be refused: ${refused.code}${by === undefined ? '' : ` by ${by}`}: ${refused.detail}`;
  return { kind: 'refused', says, ...refused };
}
