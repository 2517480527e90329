import { InvalidArgumentError } from 'commander';
import { type Fault, parseFault } from '../emulator/faults.ts';

/** `--fault SPEC…`, for the commands that open an emulator. */
export const faultOption = [
  '--fault <spec>',
  'let something go wrong, such as 429=0.1, hello:500, latency=50ms..2s; may be given more than once',
  collectFault,
] as const;

function collectFault(spec: string, faults: readonly Fault[] = []): readonly Fault[] {
  const parsed = parseFault(spec);
  if (!parsed.ok) throw new InvalidArgumentError(parsed.detail);
  return [...faults, parsed.fault];
}
