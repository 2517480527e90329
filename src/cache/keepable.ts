import type { Answer, Outcome } from '../call.ts';
import { maxBodyBytes } from './store.ts';

/**
 * `yes`: it may be kept and shared. `no`: not kept, but those who wait for the same call may have it. `personal`: it is for the caller
 * whose call it was, and for nobody else.
 */
export type Keepable = 'yes' | 'no' | 'personal';

/** What may be kept: an outcome that is `ok`, not too large, which the function itself does not forbid. */
export function keepableOf(outcome: Outcome): Keepable {
  if (outcome.kind !== 'ok') return 'no';
  if (forbids(outcome.answer)) return 'personal';
  return outcome.answer.body.length <= maxBodyBytes ? 'yes' : 'no';
}

/** RFC 5861 section 4: these of an answer forbid to use it stale. Its `max-age` is not read: the file says how long a result is fresh. */
export function allowsStale({ cacheControl }: Answer): boolean {
  return cacheControl === undefined || !/(?:^|[\s,])(?:must-revalidate|proxy-revalidate|s-maxage)(?:$|[\s,=;])/i.test(cacheControl);
}

/**
 * `Cache-Control: no-store`, `private` or `no-cache` of the answer (RFC 9111 section 5.2.2), with or without field names. `no-cache` asks
 * for a validation on each use, which FunctionGraph does not know.
 */
function forbids({ cacheControl }: Answer): boolean {
  return cacheControl !== undefined && /(?:^|[\s,])(?:no-store|private|no-cache)(?:$|[\s,=;])/i.test(cacheControl);
}
