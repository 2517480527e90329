import type { Problem } from '../call.ts';
import { problemKinds } from '../problem.ts';
import type { Refusal } from './explanation.ts';

/** A problem as its caller would see it. */
export function refusalOf({ code, detail, retryAfterMs }: Problem): Refusal {
  const seconds = retryAfterMs !== undefined && Number.isFinite(retryAfterMs) ? { retryAfterSeconds: Math.ceil(retryAfterMs / 1_000) } : {};
  return { code, status: problemKinds[code].status, detail, ...seconds };
}
