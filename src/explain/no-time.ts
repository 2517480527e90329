import type { Call, Problem } from '../call.ts';

/** What is told to a caller who gives no time at all (`Prefer: wait=0`), where nothing that is there already can answer. */
export const noTime: Problem = { code: 'deadline_exceeded', detail: 'the time of the call was up before FunctionGraph had answered' };

/** It can be answered at once or not at all. */
export function hasNoTime({ acceptedAtMs, deadlineAtMs }: Call): boolean {
  return deadlineAtMs <= acceptedAtMs;
}
