import { callsPerSecond, type Measured } from '../compare.ts';
import type { Goal } from '../goals.ts';
import type { Row } from '../section.ts';
import { pairedRatio } from '../statistics.ts';

/** A row for each program, in calls a second. The first is Runway, which is compared with the others. */
export function rowsBeside([own, ...others]: readonly Measured[], goals: Readonly<Record<string, Goal>>): Row[] {
  const runs = callsPerSecond(own!);
  return [
    { name: own!.name, unit: 'calls/s', runs, discarded: own!.discarded },
    ...others.map((other): Row => {
      const beside = callsPerSecond(other);
      const { name, discarded } = other;
      return { name, unit: 'calls/s', runs: beside, discarded, compared: pairedRatio(runs, beside), goal: goals[name] };
    }),
  ];
}
