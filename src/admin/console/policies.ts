import type { Target } from '../../call.ts';
import { bytesText, countText, durationText, shareText } from './figures.ts';

/** How a function is called, in words: a name and what it is, a line each. */
export function policiesOf(target: Target): readonly (readonly [name: string, value: string])[] {
  const { timeoutMs, idempotent, retry, breaker, concurrency, cache, fallback } = target;
  return [
    ['Timeout', `${durationText(timeoutMs)} for the whole call`],
    [
      'Idempotent',
      idempotent ? 'yes: it may be repeated, and its result kept' : 'no: it is repeated only when it is known not to have run',
    ],
    ['Retry', retryText(retry)],
    ['Circuit', breakerText(breaker)],
    ['In flight', concurrencyText(concurrency)],
    ['Kept results', cache === undefined ? 'off' : cacheText(cache)],
    ['Fallback', fallback === undefined ? 'none' : `${fallback.status}, ${bytesText(fallback.body.length)}`],
  ];
}

function retryText({ attempts, on, backoff, budget }: Target['retry']): string {
  if (attempts === 1) return 'never';
  const pace = `${durationText(backoff.baseMs)} to ${durationText(backoff.maxMs)} apart`;
  return `${attempts} attempts, on ${on.join(' and ')}, ${pace}; budget ${shareText(budget.ratio)} of the calls and ${budget.minPerSecond} a second`;
}

function breakerText({ failureRatio, minimumRequests, windowMs, openForMs, slowCalls }: Target['breaker']): string {
  const failures = `opens at ${shareText(failureRatio)} failures of ${minimumRequests} requests or more in ${durationText(windowMs)}`;
  const slow = slowCalls ? `, or ${shareText(slowCalls.ratio)} slower than ${durationText(slowCalls.afterMs)}` : '';
  return `${failures}${slow}; for ${durationText(openForMs)} at first`;
}

function concurrencyText({ max, queue, queueTimeoutMs, adaptive }: Target['concurrency']): string {
  const waiting = queue === 0 ? 'nobody waits' : `${countText(queue)} wait up to ${durationText(queueTimeoutMs)}`;
  return `${countText(max)} at most${adaptive ? ', fewer where FunctionGraph throttles' : ''}; ${waiting}`;
}

function cacheText({ ttlMs, staleWhileRevalidateMs, staleIfErrorMs, scope, vary }: NonNullable<Target['cache']>): string {
  const parts = [`${durationText(ttlMs)} fresh`];
  if (staleWhileRevalidateMs > 0) parts.push(`${durationText(staleWhileRevalidateMs)} more while it is computed anew`);
  if (staleIfErrorMs > 0) parts.push(`${durationText(staleIfErrorMs)} more when that fails`);
  parts.push(scope === 'shared' ? 'one for all consumers' : 'each consumer its own');
  if (vary.length > 0) parts.push(`by ${vary.join(', ')}`);
  return parts.join(', ');
}
