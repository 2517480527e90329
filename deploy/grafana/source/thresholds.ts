import { ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';

/** The colour of the smallest values, then from which value on another holds, ascending. */
export type Steps = readonly [base: string, ...rest: readonly (readonly [from: number, colour: string])[]];

export const uncoloured: Steps = ['blue'];
/** More is worse. */
export const worseFrom = (yellow: number, red: number): Steps => ['green', [yellow, 'yellow'], [red, 'red']];
/** Less is worse. */
export const badBelow = (yellow: number, red: number): Steps => ['red', [red, 'yellow'], [yellow, 'green']];
/** Any at all is bad. */
export const badFromOne: Steps = ['green', [1, 'red']];

export function thresholds([base, ...rest]: Steps): ThresholdsConfigBuilder {
  const steps = [{ value: null, color: base }, ...rest.map(([value, color]) => ({ value, color }))];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}
